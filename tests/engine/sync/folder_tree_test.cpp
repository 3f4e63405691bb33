#include "engine/sync/folder_tree.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/engine/sync/folder_trees.h"

namespace godwit::sync {
namespace {

using testing::ElementsAre;

FolderTree without_namespace(std::vector<std::string> names, std::optional<char> delimiter = '.') {
    std::vector<imap::ListedFolder> folders;
    for (auto& name : names) folders.push_back({{{}, delimiter, std::move(name), false}, false});
    return make_tree(std::move(folders), std::nullopt);
}

TEST(FolderTree, PrefixGuessedWithoutNamespace) {
    EXPECT_EQ(without_namespace({"INBOX", "INBOX.x"}).prefix, "INBOX.");
    EXPECT_EQ(without_namespace({"Inbox.x", "INBOX"}).prefix, "INBOX.");
    EXPECT_EQ(without_namespace({"INBOX", "x"}).prefix, "");
    EXPECT_EQ(without_namespace({"INBOX"}).prefix, "");
    EXPECT_EQ(without_namespace({}).prefix, "");
    EXPECT_EQ(without_namespace({"INBOX", "INBOX.x"}, std::nullopt).prefix, "");
}

TEST(FolderTree, TheFirstPersonalNamespaceSaysPrefixAndDelimiter) {
    const auto tree = folder_tree('.', "INBOX.", {"INBOX"}, {"shared.", "#shared."});
    EXPECT_EQ(tree.prefix, "INBOX.");
    EXPECT_EQ(tree.delimiter, '.');
    EXPECT_THAT(tree.foreign_prefixes, ElementsAre("shared.", "#shared."));
    imap::NamespaceData none_personal;  // an administrator without mail of its own
    none_personal.other_users.push_back({"user.", '.'});
    const auto admin = make_tree({{{{}, '.', "user.bob", false}, false}}, none_personal);
    EXPECT_THAT(admin.foreign_prefixes, ElementsAre("user."));
    EXPECT_TRUE(is_foreign(admin, "user.bob"));
}

TEST(FolderTree, WhatNamesAreMadeOfDoesNotDelimit) {
    for (const char c : std::string("aZ9_&-+, \n\x7f\xc3")) {
        EXPECT_FALSE(can_delimit(c)) << c;
        EXPECT_EQ(without_namespace({"INBOX"}, c).delimiter, std::nullopt) << c;
    }
    for (const char c : std::string("/.\\^:|~`!")) EXPECT_TRUE(can_delimit(c)) << c;
}

TEST(FolderTree, ForeignFolders) {
    const auto cyrus_dot = folder_tree('.', "INBOX.", {}, {"user.", ""});
    for (const auto name : {"user.bob", "user.bob.x", "user", "public", "public.x"})
        EXPECT_TRUE(is_foreign(cyrus_dot, name)) << name;
    for (const auto name : {"INBOX", "inbox", "INBOX.x", "Inbox.x", "INBOX.user.x"})
        EXPECT_FALSE(is_foreign(cyrus_dot, name)) << name;

    const auto cyrus_slash = folder_tree('/', "", {}, {"Other Users/", "Shared Folders/"});
    for (const auto name : {"Other Users", "Other Users/bob", "Shared Folders/x"})
        EXPECT_TRUE(is_foreign(cyrus_slash, name)) << name;
    for (const auto name : {"INBOX", "Other", "Other Users 2", "Shared"})
        EXPECT_FALSE(is_foreign(cyrus_slash, name)) << name;

    auto of_one_user = cyrus_dot;  // prefix1, for an administrator
    of_one_user.prefix = "user.bob.";
    EXPECT_FALSE(is_foreign(of_one_user, "user.bob"));
    EXPECT_FALSE(is_foreign(of_one_user, "user.bob.x"));
    EXPECT_TRUE(is_foreign(of_one_user, "user.bobby.x"));
}

TEST(FolderTree, WithoutPrefix) {
    const auto tree = folder_tree('.', "INBOX.", {});
    EXPECT_EQ(without_prefix(tree, "INBOX.x"), "x");
    EXPECT_EQ(without_prefix(tree, "Inbox.x"), "x");
    EXPECT_EQ(without_prefix(tree, "INBOX."), "INBOX.");
    EXPECT_EQ(without_prefix(tree, "INBOX"), "INBOX");
    EXPECT_EQ(without_prefix(tree, "INBOXx"), "INBOXx");
    EXPECT_EQ(without_prefix(tree, "other.x"), "other.x");
}

TEST(FolderTree, ParentsAreMadeFirst) {
    EXPECT_THAT(creation_order("INBOX.a.b", folder_tree('.', "INBOX.", {})), ElementsAre("INBOX.a", "INBOX.a.b"));
    EXPECT_THAT(creation_order("a/b/c", folder_tree('/', "", {})), ElementsAre("a", "a/b", "a/b/c"));
    EXPECT_THAT(creation_order("a/b", folder_tree(std::nullopt, "", {})), ElementsAre("a/b"));
}

}  // namespace
}  // namespace godwit::sync
