#include "engine/sync/folder_map.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace godwit::sync {
namespace {

using testing::ElementsAre;

FolderTree tree(char delimiter, std::string prefix, std::vector<std::string> names) {
    std::vector<imap::ListedFolder> folders;
    for (auto& name : names) folders.push_back({{{}, delimiter, std::move(name), false}, false});
    imap::NamespaceData spaces;
    spaces.personal.push_back({std::move(prefix), delimiter});
    return make_tree(std::move(folders), spaces);
}

std::vector<std::string> destinations(const FolderTree& source, const FolderTree& destination, SyncOptions options = {}) {
    std::vector<std::string> names;
    for (const auto& folder : map_folders(source, destination, *Selection::make(options)).folders)
        names.push_back(folder.destination);
    return names;
}

TEST(FolderMap, PrefixAndDelimiterAreTranslated) {
    const auto courier = tree('.', "INBOX.", {"INBOX", "INBOX.Sent", "INBOX.a.b"});
    const auto dovecot = tree('/', "", {"INBOX"});
    EXPECT_THAT(destinations(courier, dovecot), ElementsAre("INBOX", "Sent", "a/b"));
    EXPECT_THAT(destinations(tree('/', "", {"inbox", "Sent", "a/b"}), tree('.', "INBOX.", {"INBOX"})),
                ElementsAre("INBOX", "INBOX.Sent", "INBOX.a.b"));
}

TEST(FolderMap, TheOtherDelimiterInsideALevelIsReplaced) {
    EXPECT_THAT(destinations(tree('/', "", {"v1.2/x"}), tree('.', "", {})), ElementsAre("v1_2.x"));
}

TEST(FolderMap, InboxFirstAndInAnyCase) {
    EXPECT_THAT(destinations(tree('/', "", {"A", "Inbox"}), tree('/', "", {})), ElementsAre("INBOX", "A"));
}

TEST(FolderMap, CollisionsAreNamedNotMerged) {
    const auto map = map_folders(tree('/', "", {"a.b", "a_b"}), tree('.', "", {}), *Selection::make({}));
    ASSERT_EQ(map.folders.size(), 1u);
    ASSERT_EQ(map.collisions.size(), 1u);
    EXPECT_EQ(map.collisions[0].source, "a_b");
}

TEST(FolderMap, OtherNamespacesAreLeftOut) {
    auto source = tree('.', "INBOX.", {"INBOX", "INBOX.x", "user.bob", "user.bob.y", "shared"});
    source.foreign_prefixes = {"user.", "shared."};
    const auto map = map_folders(source, tree('/', "", {}), *Selection::make({}));
    EXPECT_EQ(map.folders.size(), 2u);
    EXPECT_THAT(map.outside, ElementsAre("shared", "user.bob", "user.bob.y"));
}

TEST(FolderMap, ExistingFoldersAreSeen) {
    const auto map = map_folders(tree('/', "", {"INBOX", "A"}), tree('/', "", {"inbox", "A"}), *Selection::make({}));
    EXPECT_TRUE(map.folders[0].exists);
    EXPECT_TRUE(map.folders[1].exists);
}

TEST(FolderMap, SelectionByNameIncludeExclude) {
    const auto source = tree('/', "", {"INBOX", "A", "B/c", "Entw&APw-rfe"});
    const auto destination = tree('/', "", {});
    EXPECT_THAT(destinations(source, destination, {.folder = {"A"}}), ElementsAre("A"));
    EXPECT_THAT(destinations(source, destination, {.include = {"^B"}}), ElementsAre("B/c"));
    EXPECT_THAT(destinations(source, destination, {.exclude = {"ü", "^INBOX$"}}), ElementsAre("A", "B/c"));
    const auto bad = Selection::make({.include = {"("}});
    ASSERT_FALSE(bad);
    EXPECT_EQ(bad.error().kind, ErrorKind::invalid_argument);
    // A pattern that would take for ever does not match instead.
    const auto slow = Selection::make({.include = {"^(a+)+$"}});
    EXPECT_FALSE(slow->wants(std::string(60, 'a') + "!"));
}

}  // namespace
}  // namespace godwit::sync
