#include "engine/sync/folder_map.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/imap/folder_name.h"
#include "tests/engine/sync/folder_maps.h"

namespace godwit::sync {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

std::string raw(std::string_view utf8) { return *imap::encode_modified_utf7(utf8); }

// One source folder and where it goes, whatever else there is.
struct Row {
    std::string source, destination;
};

void expect_rows(char from, std::string prefix1, char to, std::string prefix2, const std::vector<Row>& rows,
                 const SyncOptions& options = {}) {
    for (const auto& row : rows) {
        const auto map = map_of(folder_tree(from, prefix1, {row.source}), folder_tree(to, prefix2, {}), options);
        ASSERT_EQ(map.folders.size(), 1u) << row.source;
        EXPECT_EQ(map.folders[0].destination, row.destination) << row.source;
    }
}

TEST(FolderMap, CourierToDovecot) {
    expect_rows('.', "INBOX.", '/', "",
                {{"INBOX", "INBOX"},
                 {"INBOX.Sent", "Sent"},
                 {"INBOX.a.b.c", "a/b/c"},
                 {"INBOX.a/b", "a.b"},  // delimiters change places
                 {"INBOX.x&AOk-.y", "x&AOk-/y"},
                 {"INBOX.INBOX", "INBOX"},  // alone it may be; see collisions
                 {"INBOX.INBOX.x", "INBOX/x"}});
}

TEST(FolderMap, DovecotToCourier) {
    expect_rows('/', "", '.', "INBOX.",
                {{"inbox", "INBOX"},
                 {"Sent", "INBOX.Sent"},
                 {"a/b", "INBOX.a.b"},
                 {"v1.2/x", "INBOX.v1_2.x"},
                 {"INBOX/x", "INBOX.INBOX.x"},
                 {"Inbox/x", "INBOX.Inbox.x"}});
}

TEST(FolderMap, SameLayoutChangesNothing) {
    const std::vector<std::string> names = {"INBOX",         "INBOX.a",   "INBOX.a.b", "INBOX.INBOX",
                                            "INBOX.INBOX.x", "INBOX. b ", "INBOX.a/b"};
    for (const auto& name : names) expect_rows('.', "INBOX.", '.', "INBOX.", {{name, name}});
    for (const auto& name : {"INBOX", "a.b/c", "INBOX/x", "[Gmail]/Sent Mail"})
        expect_rows('/', "", '/', "", {{name, name}});
}

TEST(FolderMap, OtherDelimiters) {
    expect_rows('\\', "", '/', "", {{"a\\b/c", "a/b\\c"}});
    expect_rows('.', "", '^', "", {{"a.b^c", "a^b.c"}});
    expect_rows('/', "", '^', "", {{"a/b^c", "a^b_c"}});
    expect_rows('/', "", '.', "", {{"a/b.c", "a.b/c"}}, {.fixslash2 = false});
}

TEST(FolderMap, FlatServers) {
    const auto flat = folder_tree(std::nullopt, "", {"INBOX", "a.b", "c"});
    EXPECT_THAT(pairs(map_of(flat, folder_tree('.', "INBOX.", {}))),
                ElementsAre(Pair("INBOX", "INBOX"), Pair("a.b", "INBOX.a_b"), Pair("c", "INBOX.c")));
    EXPECT_THAT(pairs(map_of(folder_tree('/', "", {"INBOX", "a/b"}), folder_tree(std::nullopt, "", {}))),
                ElementsAre(Pair("INBOX", "INBOX"), Pair("a/b", "a_b")));
}

TEST(FolderMap, StrangeNamesTravelRaw) {
    std::vector<std::string> names = {
        " a ", "say \"hi\"", "b\\c",     "100%",      "*",    "[x]",         "R&-D",    "&",         "&AGE-",
        "a&b", "\xff\xfe",   "Entwürfe", "tab\there", "\x01", raw("日本語"), raw("🎉"), "e\xcc\x81", std::string(255, 'n')};
    for (const auto& name : names) {
        expect_rows('/', "", '/', "", {{name, name}});
        expect_rows('.', "INBOX.", '/', "", {{"INBOX." + name, name}});
        expect_rows('/', "", '.', "INBOX.", {{name, "INBOX." + name}}, {.automap = true, .regextrans2 = {"s/^never$/x/"}});
    }
    const auto map = map_of(folder_tree('/', "", {raw("Entwürfe"), "\xff"}), folder_tree('/', "", {}));
    EXPECT_EQ(map.folders[0].source_display, "Entwürfe");
    EXPECT_EQ(map.folders[1].destination_display, imap::display_name("\xff"));
}

TEST(FolderMap, OptionsOverrideServers) {
    expect_rows('.', "INBOX.", '/', "", {{"INBOX.a.b", "INBOX/a/b"}}, {.prefix1 = ""});
    expect_rows('.', "", '/', "", {{"x.a.b", "a/b"}, {"y.a", "y/a"}}, {.prefix1 = "x."});
    expect_rows('/', "", '.', "INBOX.", {{"a/b", "a.b"}}, {.prefix2 = ""});
    expect_rows('/', "", '.', "", {{"a/b", "Altes_&AOQ-.a.b"}}, {.prefix2 = "Altes_ä."});
    expect_rows('/', "", '.', "", {{"a\\b/c", "a/b\\c"}}, {.sep1 = "\\", .sep2 = "/"});
    expect_rows('/', "", '.', "", {{"a/b", "a|b"}}, {.sep2 = "|"});
}

TEST(FolderMap, ExactNames) {
    const auto source = folder_tree('.', "INBOX.", {"INBOX", "INBOX.Alt", "INBOX.Alt.Kind", "INBOX.B&APw-cher", "INBOX.x"});
    const auto destination = folder_tree('/', "", {"INBOX"});
    const auto map =
        map_of(source, destination,
               {.f1f2 = {"INBOX.Alt=Old Ä/R&D", "INBOX.Bücher=Books", "nope=x", "inbox=In", "INBOX.x=a", "INBOX.x=b=c"},
                .regextrans2 = {"s/^/R-/"}});
    EXPECT_THAT(pairs(map),
                ElementsAre(Pair("INBOX", "In"), Pair("INBOX.Alt", "Old &AMQ-/R&-D"), Pair("INBOX.Alt.Kind", "R-Alt/Kind"),
                            Pair("INBOX.B&APw-cher", "Books"), Pair("INBOX.x", "b=c")));
    EXPECT_EQ(folder(map, "INBOX.Alt").rule, "f1f2");
    EXPECT_EQ(folder(map, "INBOX.Alt").why, "f1f2 names \"Old Ä/R&D\"");
    ASSERT_EQ(map.unknown.size(), 1u);
    EXPECT_EQ(map.unknown[0].option + " " + map.unknown[0].name, "f1f2 nope");
    const auto by_raw = map_of(source, destination, {.f1f2 = {"INBOX.B&APw-cher=B&AOQ-"}});
    EXPECT_EQ(folder(by_raw, "INBOX.B&APw-cher").destination, "B&AOQ-");
    EXPECT_EQ(folder(map_of(source, destination, {.f1f2 = {"INBOX.x=inbox"}}), "INBOX.x").destination, "INBOX");
}

TEST(FolderMap, RenamesInOrder) {
    const auto source = folder_tree('.', "INBOX.", {"INBOX", "INBOX.Entw&APw-rfe", "INBOX.a.b"});
    const auto map = map_of(source, folder_tree('/', "", {}),
                            {.regextrans2 = {"s/ü/ue/g", "s/Entwuerfe/Drafts/", "s,^a/,Ä/,", "s/^nothing$/x/"}});
    EXPECT_THAT(pairs(map),
                ElementsAre(Pair("INBOX", "INBOX"), Pair("INBOX.Entw&APw-rfe", "Drafts"), Pair("INBOX.a.b", "&AMQ-/b")));
    EXPECT_EQ(folder(map, "INBOX").rule, "same");
    EXPECT_EQ(folder(map, "INBOX.a.b").rule, "regextrans2");
    EXPECT_EQ(folder(map, "INBOX.Entw&APw-rfe").why,
              "prefix \"INBOX.\" is taken off; regextrans2 \"s/ü/ue/g\" makes it \"Entwuerfe\"; "
              "regextrans2 \"s/Entwuerfe/Drafts/\" makes it \"Drafts\"");
}

TEST(FolderMap, RenamesSeeTheWholeNameOfTheDestination) {
    expect_rows('/', "", '.', "INBOX.", {{"a/b", "INBOX.Old.a.b"}, {"INBOX", "INBOX"}},
                {.regextrans2 = {"s/^INBOX\\./INBOX.Old./"}});
    expect_rows('/', "", '/', "", {{"INBOX", "Eingang"}, {"a&b", "a&c"}},
                {.regextrans2 = {"s/^INBOX$/Eingang/", "s/b$/c/"}});
}

TEST(FolderMap, RenamesInPerlsForms) {
    expect_rows('/', "", '/', "", {{"Alt/Kunden", "ALT/KUNDEN"}}, {.regextrans2 = {"tr/a-z/A-Z/"}});
    expect_rows('/', "", '/', "", {{"a/b/c", "c of b"}}, {.regextrans2 = {"s{^a/(.)/(.)$}{$2 of $1}"}});
}

TEST(FolderMap, RenamesToNothingAreRefused) {
    const auto map = map_of(folder_tree('/', "", {"INBOX", "a", "b/c", "d"}), folder_tree('/', "", {}),
                            {.regextrans2 = {"s/^a$//", "s,b/,b//,", "s,^d$,d/,"}});
    EXPECT_THAT(pairs(map), ElementsAre(Pair("INBOX", "INBOX")));
    ASSERT_EQ(map.refused.size(), 3u);
    EXPECT_EQ(map.refused[0].source, "a");
    EXPECT_EQ(map.refused[0].reason, "the name that regextrans2 makes is empty");
    EXPECT_EQ(map.refused[1].reason, "the name that regextrans2 makes, \"b//c\", has an empty level");
    EXPECT_EQ(map.refused[2].source_display, "d");
}

TEST(FolderMap, IntoASubfolder) {
    const SyncOptions into{.automap = true, .subfolder2 = "Old ü&[x]"};
    expect_rows('/', "", '.', "INBOX.", {{"INBOX", "INBOX.Old &APw-&-[x].INBOX"}}, {.subfolder2 = "Old ü&[x]"});
    expect_rows('/', "", '/', "",
                {{"INBOX", raw("Old ü&[x]") + "/INBOX"},
                 {"INBOX/a", raw("Old ü&[x]") + "/INBOX/a"},
                 {"a/b", raw("Old ü&[x]") + "/a/b"}},
                into);
    expect_rows('.', "INBOX.", '.', "INBOX.", {{"INBOX", "INBOX.S.INBOX"}, {"INBOX.a.b", "INBOX.S.a.b"}},
                {.subfolder2 = "INBOX.S."});
    expect_rows('.', "INBOX.", '/', "", {{"INBOX.a", "S/T/a"}}, {.subfolder2 = "S/T/"});
    expect_rows('/', "", '/', "", {{"a", "S/b"}}, {.regextrans2 = {"s/a/b/"}, .subfolder2 = "S"});
    // automap is off then.
    const auto map = map_of(folder_tree('/', "", {{"Gesendet", {"\\Sent"}}}), folder_tree('/', "", {{"Sent", {"\\Sent"}}}),
                            {.automap = true, .subfolder2 = "S"});
    EXPECT_EQ(map.folders[0].destination, "S/Gesendet");
    EXPECT_EQ(map.folders[0].rule, "subfolder");
    EXPECT_EQ(map.folders[0].why, "it is put below \"S\"");
}

TEST(FolderMap, OutOfASubfolder) {
    const auto source =
        folder_tree('.', "INBOX.", {"INBOX", "INBOX.S", "INBOX.S.INBOX.x", "INBOX.S.a.b", "INBOX.Sx", "INBOX.a.S.b"});
    for (const auto written : {"S", "S.", "INBOX.S"}) {
        const auto map = map_of(source, folder_tree('/', "", {}), {.subfolder1 = written});
        EXPECT_THAT(pairs(map),
                    ElementsAre(Pair("INBOX.S", "INBOX"), Pair("INBOX.S.INBOX.x", "INBOX/x"), Pair("INBOX.S.a.b", "a/b")));
        EXPECT_EQ(map.left_out.size(), 3u);
        EXPECT_EQ(map.left_out[0].reason, "not in subfolder1");
    }
    const auto moved = map_of(source, folder_tree('/', "", {}), {.subfolder1 = "S", .subfolder2 = "T"});
    EXPECT_THAT(pairs(moved),
                ElementsAre(Pair("INBOX.S", "T"), Pair("INBOX.S.INBOX.x", "T/INBOX/x"), Pair("INBOX.S.a.b", "T/a/b")));
    // INBOX is the prefix: everything is in there.
    EXPECT_EQ(map_of(source, folder_tree('/', "", {}), {.subfolder1 = "INBOX"}).folders.size(), 6u);
    const auto missing = map_folders(source, folder_tree('/', "", {}), *FolderRules::make({.subfolder1 = "nö"}));
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().kind, ErrorKind::folder_missing);
    EXPECT_EQ(missing.error().context, "subfolder1 \"nö\"");
}

TEST(FolderMap, WhatWasPutIntoASubfolderComesBack) {
    const auto home = folder_tree('/', "", {"INBOX", "Entw&APw-rfe", "a/b", "INBOX/x"});
    const auto stored = map_of(home, folder_tree('.', "INBOX.", {}), {.subfolder2 = "Käse"});
    std::vector<Listed> listed;
    for (const auto& folder : stored.folders) listed.emplace_back(folder.destination);
    const auto back = map_of(folder_tree('.', "INBOX.", listed), folder_tree('/', "", {}), {.subfolder1 = "Käse"});
    std::vector<std::string> names;
    for (const auto& folder : back.folders) names.push_back(folder.destination);
    EXPECT_THAT(names, testing::UnorderedElementsAre("INBOX", "Entw&APw-rfe", "a/b", "INBOX/x"));
}

TEST(FolderMap, FirstAndLastOnlyReorder) {
    const auto map = map_of(folder_tree('/', "", {"INBOX", "a", "b", "c", "d"}), folder_tree('/', "", {}),
                            {.folderfirst = {"c", "b", "zz"}, .folderlast = {"inbox", "a"}});
    EXPECT_THAT(pairs(map),
                ElementsAre(Pair("c", "c"), Pair("b", "b"), Pair("d", "d"), Pair("INBOX", "INBOX"), Pair("a", "a")));
}

TEST(FolderMap, WhatIsThereAlready) {
    const auto map = map_of(
        folder_tree('/', "", {"INBOX", "A", "B", "C", {"D", {"\\Noselect"}}, {"E", {}, true}}),
        folder_tree('/', "", {"inbox", "A", {"B", {"\\NonExistent"}}, {"C", {"\\Noselect"}}, {"D", {"\\Noselect"}}}));
    EXPECT_TRUE(folder(map, "INBOX").exists);
    EXPECT_TRUE(folder(map, "A").exists);
    EXPECT_FALSE(folder(map, "B").exists);
    EXPECT_FALSE(folder(map, "C").exists);  // holds no mail there
    ASSERT_EQ(map.left_out.size(), 1u);
    EXPECT_EQ(map.left_out[0].source, "D");   // holds no mail here
    EXPECT_TRUE(folder(map, "E").subscribed);
    EXPECT_EQ(folder(map, "A").why, "the same name on both sides");
}

TEST(FolderMap, WhatChangedInWords) {
    const auto map = map_of(folder_tree('/', "x/", {"x/a.b/c", "y"}), folder_tree('.', "INBOX.", {}));
    EXPECT_EQ(folder(map, "x/a.b/c").why,
              "prefix \"x/\" becomes \"INBOX.\"; \"/\" between levels becomes \".\"; \".\" in a level becomes \"_\"");
    EXPECT_EQ(folder(map, "y").why, "prefix \"INBOX.\" is put on");
    EXPECT_EQ(folder(map, "y").rule, "mechanical");
}

TEST(FolderRules, MistakesAreNamedBeforeAnythingIsListed) {
    const std::pair<SyncOptions, std::string> rows[] = {
        {{.f1f2 = {"a=b", "nothing"}}, "--f1f2 \"nothing\""},
        {{.f1f2 = {"=b"}}, "--f1f2 \"=b\""},
        {{.f1f2 = {"a="}}, "--f1f2 \"a=\""},
        {{.regextrans2 = {"s/(/x/"}}, "--regextrans2 \"s/(/x/\""},
        {{.regextrans2 = {"unlink"}}, "--regextrans2 \"unlink\""},
        {{.include = {"("}}, "--include \"(\""},
        {{.exclude = {"a", "["}}, "--exclude \"[\""},
        {{.sep1 = "//"}, "--sep1 \"//\""},
        {{.sep2 = ""}, "--sep2 \"\""},
        {{.sep2 = "é"}, "--sep2 \"é\""},
        {{.sep1 = "a"}, "--sep1 \"a\""},
        {{.subfolder2 = "a\tb"}, "--subfolder2 \"a b\""},
    };
    for (const auto& [options, context] : rows) {
        const auto made = FolderRules::make(options);
        ASSERT_FALSE(made) << context;
        EXPECT_EQ(made.error().kind, ErrorKind::invalid_argument);
        EXPECT_EQ(made.error().context, context);
        EXPECT_FALSE(made.error().cause.empty());
    }
    EXPECT_TRUE(FolderRules::make({}));
    EXPECT_TRUE(FolderRules::make({.prefix1 = "", .prefix2 = "", .sep1 = "/", .sep2 = "."}));
}

}  // namespace
}  // namespace godwit::sync
