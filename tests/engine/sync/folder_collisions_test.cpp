#include "engine/sync/folder_collisions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/imap/folder_name.h"
#include "engine/sync/folder_names.h"
#include "tests/engine/sync/folder_maps.h"

namespace godwit::sync {
namespace {

using testing::ElementsAre;
using testing::Pair;

std::string raw(std::string_view utf8) { return *imap::encode_modified_utf7(utf8); }

FolderTree case_blind(FolderTree tree) {
    tree.case_blind = true;
    return tree;
}

TEST(Collisions, MechanicalOnesAreKeptApart) {
    const auto map = map_of(folder_tree('/', "", {"a.b", "a_b", "a.b/x", "a_b/x"}), folder_tree('.', "", {}));
    const std::string apart = "a_b" + name_suffix("a.b");
    EXPECT_THAT(pairs(map), ElementsAre(Pair("a.b", apart), Pair("a.b/x", "a_b.x" + name_suffix("a.b/x")),
                                        Pair("a_b", "a_b"), Pair("a_b/x", "a_b.x")));
    EXPECT_EQ(folder(map, "a.b").rule, "kept_apart");
    EXPECT_EQ(folder(map, "a.b").why, "\".\" in a level becomes \"_\"; kept apart from \"a_b\", which goes to \"a_b\"");
    EXPECT_EQ(folder(map, "a.b").destination_display, apart);
    EXPECT_EQ(folder(map, "a.b").merged_with, "");
    // Whatever else is selected first, copied first or new: "a_b" keeps its name.
    EXPECT_EQ(
        folder(map_of(folder_tree('/', "", {"a.b", "a_b"}), folder_tree('.', "", {"a_b"}), {.folderfirst = {"a.b"}}), "a_b")
            .destination,
        "a_b");
}

TEST(Collisions, OptionsMerge) {
    const auto source = folder_tree('/', "", {"INBOX", "A", "B", "C"});
    const auto destination = folder_tree('/', "", {"INBOX"});
    struct Row {
        SyncOptions options;
        std::vector<std::string> destinations, merged_with;
    };
    const Row rows[] = {
        {{.f1f2 = {"A=B"}}, {"INBOX", "B", "B", "C"}, {"", "", "A", ""}},
        {{.f1f2 = {"A=B"}, .mixfolders = true}, {"INBOX", "B", "B", "C"}, {"", "", "A", ""}},
        {{.f1f2 = {"A=B"}, .mixfolders = false}, {"INBOX", "B", "B" + name_suffix("B"), "C"}, {"", "", "", ""}},
        {{.f1f2 = {"A=INBOX"}}, {"INBOX", "INBOX", "B", "C"}, {"", "INBOX", "", ""}},
        {{.f1f2 = {"A=INBOX"}, .mixfolders = false}, {"INBOX", "INBOX" + name_suffix("A"), "B", "C"}, {"", "", "", ""}},
        {{.regextrans2 = {"s/^[A-C]$/all in/"}}, {"INBOX", "all in", "all in", "all in"}, {"", "", "A", "A"}},
        {{.folderfirst = {"C"}, .regextrans2 = {"s/^[A-C]$/x/"}}, {"x", "INBOX", "x", "x"}, {"", "", "C", "C"}},
        {{.regextrans2 = {"s/^[AC]$/B/"}, .mixfolders = false},
         {"INBOX", "B" + name_suffix("A"), "B", "B" + name_suffix("C")},
         {"", "", "", ""}},
    };
    for (const auto& row : rows) {
        const auto map = map_of(source, destination, row.options);
        std::vector<std::string> names, merges;
        for (const auto& folder : map.folders) {
            names.push_back(folder.destination);
            merges.push_back(folder.merged_with);
        }
        EXPECT_EQ(names, row.destinations) << "row " << &row - rows;
        EXPECT_EQ(merges, row.merged_with) << "row " << &row - rows;
    }
}

TEST(Collisions, OfThreeOnlyThoseThatAnOptionSentAreMerged) {
    const auto map = map_of(folder_tree('/', "", {"a.b", "a_b", "z"}), folder_tree('.', "", {}), {.f1f2 = {"z=a_b"}});
    EXPECT_THAT(pairs(map), ElementsAre(Pair("a.b", "a_b" + name_suffix("a.b")), Pair("a_b", "a_b"), Pair("z", "a_b")));
    EXPECT_EQ(folder(map, "z").merged_with, "a_b");
}

TEST(Collisions, OfSubfolders) {
    const auto source = folder_tree('/', "", {"INBOX", "S", "S/INBOX", "S/x"});
    const auto merged = map_of(source, folder_tree('.', "INBOX.", {}), {.subfolder1 = "S"});
    EXPECT_THAT(pairs(merged), ElementsAre(Pair("S", "INBOX"), Pair("S/INBOX", "INBOX"), Pair("S/x", "INBOX.x")));
    const auto apart = map_of(source, folder_tree('.', "INBOX.", {}), {.subfolder1 = "S", .mixfolders = false});
    EXPECT_EQ(folder(apart, "S/INBOX").destination, "INBOX.INBOX" + name_suffix("S/INBOX"));
    EXPECT_THAT(pairs(map_of(source, folder_tree('/', "", {}), {.subfolder1 = "S", .subfolder2 = "S"})),
                ElementsAre(Pair("S", "S"), Pair("S/INBOX", "S/INBOX"), Pair("S/x", "S/x")));
}

TEST(Collisions, InboxBelowThePrefix) {
    const auto map = map_of(folder_tree('.', "INBOX.", {"INBOX.INBOX", "INBOX"}), folder_tree('/', "", {}));
    EXPECT_THAT(pairs(map), ElementsAre(Pair("INBOX", "INBOX"), Pair("INBOX.INBOX", "INBOX" + name_suffix("INBOX.INBOX"))));
}

TEST(Collisions, ASuffixMayBeTakenToo) {
    const std::string taken = "a_b" + name_suffix("a.b");
    const auto map = map_of(folder_tree('/', "", {"a.b", "a_b", taken}), folder_tree('.', "", {}));
    EXPECT_EQ(folder(map, taken).destination, taken);
    EXPECT_EQ(folder(map, "a.b").destination, "a_b" + name_suffix("a.b", 1));
}

TEST(Collisions, CaseBlindDestinations) {
    const auto source = folder_tree('/', "", {"Trash", "trash", raw("ärzte"), raw("ÄRZTE")});
    const auto apart = map_of(source, case_blind(folder_tree('/', "", {})));
    EXPECT_THAT(pairs(apart),
                ElementsAre(Pair(raw("ÄRZTE"), raw("ÄRZTE")), Pair(raw("ärzte"), raw("ärzte") + name_suffix(raw("ärzte"))),
                            Pair("Trash", "Trash"), Pair("trash", "trash" + name_suffix("trash"))));
    const auto merged = map_of(source, case_blind(folder_tree('/', "", {})), {.mixfolders = true});
    EXPECT_EQ(folder(merged, "trash").destination, "Trash");
    EXPECT_EQ(folder(merged, "trash").merged_with, "Trash");
    // The spelling that is there counts.
    const auto there = map_of(source, case_blind(folder_tree('/', "", {"TRASH"})));
    EXPECT_EQ(folder(there, "Trash").destination, "TRASH");
    EXPECT_TRUE(folder(there, "Trash").exists);
    EXPECT_EQ(folder(there, "Trash").why, "the destination writes it \"TRASH\"");
    EXPECT_EQ(folder(there, "trash").destination, "TRASH" + name_suffix("trash"));
    EXPECT_EQ(folder(there, "Trash").case_twin, "");
}

TEST(Collisions, CaseTwinsWhereNobodyKnows) {
    const auto map = map_of(folder_tree('/', "", {"INBOX", "Trash", "trash", "Sent", "other"}),
                            folder_tree('/', "", {"inbox", "SENT", "other"}));
    EXPECT_EQ(folder(map, "Trash").case_twin, "trash");
    EXPECT_EQ(folder(map, "trash").case_twin, "Trash");
    EXPECT_EQ(folder(map, "Sent").case_twin, "SENT");
    EXPECT_EQ(folder(map, "INBOX").case_twin, "");
    EXPECT_EQ(folder(map, "other").case_twin, "");
}

TEST(RenameRefused, GivesAnAcceptableName) {
    const auto destination = folder_tree('.', "INBOX.", {"INBOX", "INBOX.100_"});
    auto map = map_of(folder_tree('/', "", {"100%", "a%b", "a*b", "ok"}), destination);
    ASSERT_TRUE(rename_refused(map, "INBOX.100%", destination));
    EXPECT_EQ(folder(map, "100%").destination, "INBOX.100_");
    EXPECT_EQ(folder(map, "100%").rule, "renamed");
    EXPECT_TRUE(folder(map, "100%").exists);
    EXPECT_EQ(folder(map, "100%").why, "prefix \"INBOX.\" is put on; the destination refuses \"INBOX.100%\"");
    EXPECT_FALSE(rename_refused(map, "INBOX.100_", destination));
    EXPECT_FALSE(rename_refused(map, "INBOX.ok", destination));
    EXPECT_FALSE(rename_refused(map, "no such", destination));
}

TEST(RenameRefused, TheOrderOfRefusalsDoesNotMatter) {
    const auto destination = folder_tree('/', "", {});
    const auto fresh = map_of(folder_tree('/', "", {"a%b", "a*b", "c%d", "c_d"}), destination);
    auto one = fresh, other = fresh;
    for (const auto name : {"a%b", "a*b", "c%d"}) EXPECT_TRUE(rename_refused(one, name, destination));
    for (const auto name : {"c%d", "a*b", "a%b"}) EXPECT_TRUE(rename_refused(other, name, destination));
    EXPECT_EQ(pairs(one), pairs(other));
    EXPECT_THAT(pairs(one), ElementsAre(Pair("a%b", "a_b"), Pair("a*b", "a_b" + name_suffix("a*b")),
                                        Pair("c%d", "c_d" + name_suffix("c%d")), Pair("c_d", "c_d")));
}

TEST(RenameRefused, MergedFoldersStayTogether) {
    const auto destination = folder_tree('/', "", {});
    auto map = map_of(folder_tree('/', "", {"A", "B"}), destination, {.f1f2 = {"A=x%", "B=x%"}});
    ASSERT_TRUE(rename_refused(map, "x%", destination));
    EXPECT_THAT(pairs(map), ElementsAre(Pair("A", "x_"), Pair("B", "x_")));
    EXPECT_EQ(folder(map, "B").merged_with, "A");
}

}  // namespace
}  // namespace godwit::sync
