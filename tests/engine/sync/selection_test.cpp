#include "engine/sync/selection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/engine/sync/folder_trees.h"

namespace godwit::sync {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Chosen choose(const FolderTree& tree, const SyncOptions& options) {
    return Selection::make(options)->choose(tree, NameIndex(tree));
}

std::vector<std::string> names(const Chosen& chosen) {
    std::vector<std::string> out;
    for (const auto* folder : chosen.folders) out.push_back(folder->data.name);
    return out;
}

std::string reason(const Chosen& chosen, std::string_view source) {
    for (const auto& folder : chosen.left_out)
        if (folder.source == source) return folder.reason;
    return {};
}

std::vector<std::string> unknown(const Chosen& chosen) {
    std::vector<std::string> out;
    for (const auto& [option, name] : chosen.unknown) out.push_back(option + " " + name);
    return out;
}

FolderTree office() {
    return folder_tree(
        '/', "", {"Inbox", "A", {"A/x", {}, true}, "A/x/y", "Ab", {"B", {}, true}, "B/c", "Entw&APw-rfe", "R&-D", "a&b"});
}

TEST(Selection, EverythingIfNothingIsAsked) {
    EXPECT_THAT(names(choose(office(), {})),
                ElementsAre("Inbox", "A", "A/x", "A/x/y", "Ab", "B", "B/c", "Entw&APw-rfe", "R&-D", "a&b"));
}

TEST(Selection, OptionsAddUpAndExcludeRemoves) {
    struct Row {
        SyncOptions options;
        std::vector<std::string> chosen;
    };
    const Row rows[] = {
        {{.folder = {"A"}}, {"A"}},
        {{.folder = {"A", "B/c", "A"}}, {"A", "B/c"}},
        {{.folder = {"INBOX"}}, {"Inbox"}},
        {{.folder = {"inBOX"}}, {"Inbox"}},
        {{.folder = {"Entwürfe", "R&D"}}, {"Entw&APw-rfe", "R&-D"}},
        {{.folder = {"Entw&APw-rfe", "R&-D"}}, {"Entw&APw-rfe", "R&-D"}},
        {{.folder = {"a&b"}}, {"a&b"}},
        {{.folder = {"a"}}, {}},
        {{.folderrec = {"A"}}, {"A", "A/x", "A/x/y"}},
        {{.folderrec = {"A/"}}, {"A", "A/x", "A/x/y"}},
        {{.folderrec = {"A/x"}, .include = {"^R"}}, {"A/x", "A/x/y", "R&-D"}},
        {{.subscribed = true}, {"A/x", "B"}},
        {{.folder = {"Ab"}, .subscribed = true}, {"A/x", "Ab", "B"}},
        {{.include = {"^B"}}, {"B", "B/c"}},
        {{.include = {"ü", "R&D$"}}, {"Entw&APw-rfe", "R&-D"}},
        {{.include = {"&APw-"}}, {"Entw&APw-rfe"}},
        {{.include = {"^entw"}}, {}},
        {{.include = {"(?i)^entw"}}, {"Entw&APw-rfe"}},
        {{.exclude = {"ü", "^Inbox$", "^A", "&"}}, {"B", "B/c"}},
        {{.exclude = {"&APw-", "^[AIRa]"}}, {"B", "B/c"}},
        {{.folder = {"A"}, .folderrec = {"B"}, .exclude = {"^A$", "c"}}, {"B"}},
        {{.include = {"B"}, .exclude = {"^B$"}}, {"B/c"}},
        {{.folder = {"Inbox"}, .exclude = {""}}, {}},
    };
    for (const auto& row : rows) EXPECT_EQ(names(choose(office(), row.options)), row.chosen) << "row " << &row - rows;
}

TEST(Selection, ReasonsForLeavingOut) {
    const auto tree = office();
    const auto chosen = choose(tree, {.folderrec = {"A"}, .exclude = {"^A/x$", "y"}});
    EXPECT_THAT(names(chosen), ElementsAre("A"));
    EXPECT_EQ(reason(chosen, "A/x"), "excluded by \"^A/x$\"");
    EXPECT_EQ(reason(chosen, "A/x/y"), "excluded by \"y\"");
    EXPECT_EQ(reason(chosen, "B"), "not selected");
    EXPECT_EQ(chosen.left_out.back().source_display, "a&b");
    EXPECT_EQ(chosen.left_out.size() + chosen.folders.size(), office().folders.size());
}

TEST(Selection, UnknownNamesAreNamed) {
    const auto tree = office();
    const auto chosen = choose(
        tree, {.folder = {"A", "Nope"}, .folderrec = {"No/such"}, .folderfirst = {"B", "Zz"}, .folderlast = {"y"}});
    EXPECT_THAT(unknown(chosen), ElementsAre("folder Nope", "folderrec No/such", "folderfirst Zz", "folderlast y"));
    EXPECT_THAT(names(chosen), ElementsAre("A"));
    EXPECT_THAT(names(choose(office(), {.folder = {"Nope"}})), IsEmpty());  // and not everything
}

TEST(Selection, FolderrecBelowAParentThatIsNotListed) {
    const auto tree = folder_tree('.', "INBOX.", {"INBOX", "INBOX.Kunden &APw-.a", "INBOX.b"});
    EXPECT_THAT(names(choose(tree, {.folderrec = {"INBOX.Kunden ü"}})), ElementsAre("INBOX.Kunden &APw-.a"));
    EXPECT_THAT(names(choose(tree, {.folderrec = {"inbox"}})), ElementsAre("INBOX", "INBOX.Kunden &APw-.a", "INBOX.b"));
}

TEST(Selection, LevelsWithoutMail) {
    const auto tree = folder_tree('/', "",
                                  {"INBOX",
                                   {"[Gmail]", {"\\HasChildren", "\\Noselect"}},
                                   "[Gmail]/Sent",
                                   {"empty", {"\\NOSELECT"}},
                                   {"gone", {"\\NonExistent"}, true},
                                   "gone/x"});
    const auto all = choose(tree, {});
    EXPECT_THAT(names(all), ElementsAre("INBOX", "[Gmail]/Sent", "gone/x"));
    EXPECT_EQ(reason(all, "empty"), "it holds no mail");
    EXPECT_EQ(reason(all, "[Gmail]"), "it only holds other folders");
    EXPECT_EQ(reason(all, "gone"), "it does not exist, only its name does");
    EXPECT_THAT(names(choose(tree, {.folder = {"[Gmail]", "gone"}})), ElementsAre("[Gmail]"));
    EXPECT_THAT(names(choose(tree, {.folderrec = {"[Gmail]"}})), ElementsAre("[Gmail]", "[Gmail]/Sent"));
}

TEST(Selection, OtherNamespacesOnlyByName) {
    const auto tree = folder_tree('.', "INBOX.", {"INBOX", "INBOX.x", "user.bob", "user.bob.y", "shared", "public.z"},
                                  {"user.", "shared.", ""});
    const auto all = choose(tree, {});
    EXPECT_THAT(names(all), ElementsAre("INBOX", "INBOX.x"));
    for (const auto name : {"user.bob", "user.bob.y", "shared", "public.z"})
        EXPECT_EQ(reason(all, name), "another user's or shared namespace") << name;
    EXPECT_THAT(names(choose(tree, {.include = {"."}})), ElementsAre("INBOX", "INBOX.x"));
    EXPECT_THAT(names(choose(tree, {.folder = {"user.bob"}})), ElementsAre("user.bob"));
    EXPECT_THAT(names(choose(tree, {.folderrec = {"user.bob"}})), ElementsAre("user.bob", "user.bob.y"));
    EXPECT_THAT(names(choose(tree, {.folderrec = {"user.bob"}, .exclude = {"y"}})), ElementsAre("user.bob"));
}

TEST(Selection, ParentsBeforeChildrenAndNoFolderTwice) {
    const auto tree = folder_tree('/', "", {"b/c", "a-b", "a/b", "INBOX", "b", "a", "inbox", "a"});
    EXPECT_THAT(names(choose(tree, {})), ElementsAre("INBOX", "a", "a-b", "a/b", "b", "b/c"));
}

TEST(Selection, FirstAndLast) {
    const auto tree = office();
    const NameIndex index(tree);
    const auto places =
        Selection::make({.folderfirst = {"B", "A"}, .folderlast = {"Entwürfe", "inbox", "B"}})->places(index);
    const auto place = [&](std::string_view name) { return places.at(index.find(name)); };
    EXPECT_EQ(places.size(), 4u);
    EXPECT_LT(place("B"), place("A"));  // who is first and last is first
    EXPECT_LT(place("A"), Selection::Place{});
    EXPECT_LT(Selection::Place{}, place("Entwürfe"));
    EXPECT_LT(place("Entwürfe"), place("INBOX"));
}

TEST(Selection, BadPatternsAreNamed) {
    for (const auto& options : {SyncOptions{.include = {"a", "("}}, SyncOptions{.exclude = {"("}}}) {
        const auto bad = Selection::make(options);
        ASSERT_FALSE(bad);
        EXPECT_EQ(bad.error().kind, ErrorKind::invalid_argument);
        EXPECT_EQ(bad.error().context, options.exclude.empty() ? "--include \"(\"" : "--exclude \"(\"");
    }
}

TEST(Selection, HostileNamesAndPatterns) {
    const auto tree = folder_tree('/', "", {"INBOX", "\xff\xfe", "", "/", std::string(60, 'a') + "!"});
    EXPECT_EQ(choose(tree, {.exclude = {"^(a+)+$"}}).folders.size(), 5u);  // would take for ever: does not match
    EXPECT_THAT(names(choose(tree, {.include = {"."}})), ElementsAre("INBOX", "/", std::string(60, 'a') + "!"));
}

}  // namespace
}  // namespace godwit::sync
