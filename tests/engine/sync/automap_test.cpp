#include "engine/sync/automap.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/imap/folder_name.h"
#include "tests/engine/sync/folder_maps.h"

namespace godwit::sync {
namespace {

using testing::ElementsAre;
using testing::Pair;

std::string raw(std::string_view utf8) { return *imap::encode_modified_utf7(utf8); }

const SyncOptions automap{.automap = true};

FolderTree exchange() {
    return folder_tree('/', "", {"INBOX", "Sent Items", "Deleted Items", "Drafts", "Junk Email", "Archive"});
}

FolderTree gmail() {
    return folder_tree('/', "",
                       {"INBOX",
                        {"[Gmail]", {"\\HasChildren", "\\Noselect"}},
                        {"[Gmail]/All Mail", {"\\All"}},
                        {"[Gmail]/Drafts", {"\\Drafts"}},
                        {"[Gmail]/Important", {"\\Important"}},
                        {"[Gmail]/Sent Mail", {"\\Sent"}},
                        {"[Gmail]/Spam", {"\\Junk"}},
                        {"[Gmail]/Starred", {"\\Flagged"}},
                        {"[Gmail]/Trash", {"\\Trash"}}});
}

FolderTree courier() {
    return folder_tree('.', "INBOX.", {"INBOX", "INBOX.Sent", "INBOX.Trash", "INBOX.Drafts", "INBOX.Spam"});
}

FolderTree dovecot() {
    return folder_tree(
        '/', "", {"INBOX", {"Sent", {"\\Sent"}}, {"Trash", {"\\Trash"}}, {"Drafts", {"\\Drafts"}}, {"Junk", {"\\Junk"}}});
}

FolderTree cyrus() {
    return folder_tree('.', "INBOX.",
                       {"INBOX", {"INBOX.Sent", {"\\Sent"}}, {"INBOX.Papierkorb", {"\\Trash"}}, "INBOX.Drafts"},
                       {"user.", ""});
}

TEST(Automap, LayoutsOfServersBothWays) {
    EXPECT_THAT(pairs(map_of(gmail(), exchange(), automap)),
                ElementsAre(Pair("INBOX", "INBOX"), Pair("[Gmail]/All Mail", "[Gmail]/All Mail"),
                            Pair("[Gmail]/Drafts", "Drafts"), Pair("[Gmail]/Important", "[Gmail]/Important"),
                            Pair("[Gmail]/Sent Mail", "Sent Items"), Pair("[Gmail]/Spam", "Junk Email"),
                            Pair("[Gmail]/Starred", "[Gmail]/Starred"), Pair("[Gmail]/Trash", "Deleted Items")));
    EXPECT_THAT(pairs(map_of(exchange(), gmail(), automap)),
                ElementsAre(Pair("INBOX", "INBOX"), Pair("Archive", "Archive"), Pair("Deleted Items", "[Gmail]/Trash"),
                            Pair("Drafts", "[Gmail]/Drafts"), Pair("Junk Email", "[Gmail]/Spam"),
                            Pair("Sent Items", "[Gmail]/Sent Mail")));
    EXPECT_THAT(
        pairs(map_of(courier(), gmail(), automap)),
        ElementsAre(Pair("INBOX", "INBOX"), Pair("INBOX.Drafts", "[Gmail]/Drafts"), Pair("INBOX.Sent", "[Gmail]/Sent Mail"),
                    Pair("INBOX.Spam", "[Gmail]/Spam"), Pair("INBOX.Trash", "[Gmail]/Trash")));
    EXPECT_THAT(pairs(map_of(exchange(), cyrus(), automap)),
                ElementsAre(Pair("INBOX", "INBOX"), Pair("Archive", "INBOX.Archive"),
                            Pair("Deleted Items", "INBOX.Papierkorb"), Pair("Drafts", "INBOX.Drafts"),
                            Pair("Junk Email", "INBOX.Junk Email"), Pair("Sent Items", "INBOX.Sent")));
    EXPECT_THAT(pairs(map_of(cyrus(), dovecot(), automap)),
                ElementsAre(Pair("INBOX", "INBOX"), Pair("INBOX.Drafts", "Drafts"), Pair("INBOX.Papierkorb", "Trash"),
                            Pair("INBOX.Sent", "Sent")));
}

TEST(Automap, OffUnlessAsked) {
    EXPECT_EQ(folder(map_of(exchange(), gmail()), "Sent Items").destination, "Sent Items");
    EXPECT_EQ(folder(map_of(exchange(), gmail()), "Sent Items").special_use, "");
}

TEST(Automap, SaysWhatItDid) {
    const auto map = map_of(folder_tree('/', "", {{"Gesendete Elemente", {"\\Sent"}}, "Sent", "Gesendete Elemente/2019"}),
                            dovecot(), automap);
    EXPECT_EQ(folder(map, "Gesendete Elemente").why, "automap: \\Sent here is \"Gesendete Elemente\", there \"Sent\"");
    EXPECT_EQ(folder(map, "Gesendete Elemente").rule, "automap");
    EXPECT_EQ(folder(map, "Gesendete Elemente/2019").why,
              "automap: it is below \"Gesendete Elemente\", \\Sent there is \"Sent\"");
    EXPECT_EQ(folder(map, "Sent").rule, "same");
    EXPECT_EQ(folder(map, "Sent").merged_with, "Gesendete Elemente");  // an option led there
}

TEST(Automap, AttributesBeforeNames) {
    // "Sent" is not sent mail on a server that says what is.
    const auto source = folder_tree('/', "", {"Sent", {"Outbox 2", {"\\Sent"}}});
    EXPECT_THAT(pairs(map_of(source, exchange(), automap)),
                ElementsAre(Pair("Outbox 2", "Sent Items"), Pair("Sent", "Sent")));
    // A folder with an attribute is not guessed to be another one.
    const auto odd = folder_tree('/', "", {{"Trash", {"\\Junk"}}});
    EXPECT_EQ(folder(map_of(odd, dovecot(), automap), "Trash").destination, "Junk");
}

TEST(Automap, TheFirstOfTwoWins) {
    const auto source = folder_tree('/', "", {{"b", {"\\Sent"}}, {"a", {"\\Sent"}}, "Papierkorb", "Deleted Items"});
    EXPECT_THAT(
        pairs(map_of(source, dovecot(), automap)),
        ElementsAre(Pair("Deleted Items", "Trash"), Pair("Papierkorb", "Papierkorb"), Pair("a", "Sent"), Pair("b", "b")));
}

TEST(Automap, ChildrenFollow) {
    const auto source =
        folder_tree('/', "", {"Sent Items", "Sent Items/2019", "Sent Items/2019/a.b", "Sent Items2", "x/Sent Items"});
    const auto destination = folder_tree('.', "INBOX.", {"INBOX", {"INBOX.Sent", {"\\Sent"}}});
    EXPECT_THAT(pairs(map_of(source, destination, automap)),
                ElementsAre(Pair("Sent Items", "INBOX.Sent"), Pair("Sent Items/2019", "INBOX.Sent.2019"),
                            Pair("Sent Items/2019/a.b", "INBOX.Sent.2019.a_b"), Pair("Sent Items2", "INBOX.Sent Items2"),
                            Pair("x/Sent Items", "INBOX.x.Sent Items")));
    // Also of a folder that is not wanted itself, and not those with a name or a use of their own.
    const auto map =
        map_of(folder_tree('/', "", {"Sent Items", "Sent Items/2019", "Sent Items/x", {"Sent Items/Trash", {"\\Trash"}}}),
               folder_tree('.', "INBOX.", {{"INBOX.Sent", {"\\Sent"}}, {"INBOX.T", {"\\Trash"}}}),
               {.exclude = {"^Sent Items$"}, .automap = true, .f1f2 = {"Sent Items/x=y"}});
    EXPECT_THAT(pairs(map), ElementsAre(Pair("Sent Items/2019", "INBOX.Sent.2019"), Pair("Sent Items/Trash", "INBOX.T"),
                                        Pair("Sent Items/x", "y")));
}

TEST(Automap, NamesInLanguagesAndForms) {
    const auto german = folder_tree(
        '.', "INBOX.",
        {"INBOX", raw("INBOX.Entwürfe"), raw("INBOX.GELÖSCHTE ELEMENTE"), raw("INBOX.\u9001\u4fe1\u6e08\u307f")});
    EXPECT_THAT(
        pairs(map_of(german, dovecot(), automap)),
        testing::UnorderedElementsAre(Pair("INBOX", "INBOX"), Pair(raw("INBOX.Entwürfe"), "Drafts"),
                                      Pair(raw("INBOX.GELÖSCHTE ELEMENTE"), "Trash"), Pair(raw("INBOX.送信済み"), "Sent")));
    EXPECT_EQ(
        folder(map_of(folder_tree('/', "", {"[Google Mail]/Bin"}), exchange(), automap), "[Google Mail]/Bin").destination,
        "Deleted Items");
}

TEST(Automap, MissingThere) {
    const auto map = map_of(folder_tree('/', "", {"INBOX", {"Versandt", {"\\Sent"}}, "Corbeille", "Versandt/x"}),
                            folder_tree('.', "INBOX.", {"INBOX"}), automap);
    EXPECT_EQ(folder(map, "Versandt").destination, "INBOX.Versandt");
    EXPECT_EQ(folder(map, "Versandt").special_use, "\\Sent");
    EXPECT_EQ(folder(map, "Versandt").why, "prefix \"INBOX.\" is put on; to be made as \\Sent");
    EXPECT_EQ(folder(map, "Corbeille").special_use, "\\Trash");
    EXPECT_EQ(folder(map, "Versandt/x").special_use, "");
    EXPECT_EQ(folder(map, "INBOX").special_use, "");
}

TEST(Automap, TheNextPassFindsWhatThisOneMade) {
    // The server keeps no attributes: the folder of that very name beats the one whose name sounds right.
    const auto source = folder_tree('/', "", {{"Versandt", {"\\Sent"}}, "Sent", "Versandt/x"});
    FolderTree destination = folder_tree('/', "", {"INBOX"});
    const auto first = map_of(source, destination, automap);
    std::vector<Listed> made = {"INBOX"};
    for (const auto& folder : first.folders) made.emplace_back(folder.destination);
    EXPECT_EQ(pairs(map_of(source, folder_tree('/', "", made), automap)), pairs(first));
}

TEST(Automap, NotForInboxOtherUsersOrWhatHoldsNoMail) {
    const auto source = folder_tree(
        '.', "INBOX.",
        {{"INBOX", {"\\Sent"}}, {"user.bob.Sent", {"\\Sent"}}, {"INBOX.Sent", {"\\Noselect"}}, "INBOX.Sent Items"},
        {"user."});
    const auto map = map_of(source, folder_tree('/', "", {{"S", {"\\Sent"}}, {"user", {"\\Trash"}}}), automap);
    EXPECT_THAT(pairs(map), ElementsAre(Pair("INBOX", "INBOX"), Pair("INBOX.Sent Items", "S")));
    const auto there = folder_tree('.', "INBOX.", {{"user.bob.Sent", {"\\Sent"}}, {"INBOX", {"\\Trash"}}}, {"user."});
    EXPECT_EQ(folder(map_of(dovecot(), there, automap), "Sent").destination, "INBOX.Sent");
}

TEST(Automap, OutOfASubfolder) {
    const auto source = folder_tree('/', "", {"INBOX", "Sent", "Old", "Old/Sent Items", "Old/Sent Items/x"});
    EXPECT_THAT(pairs(map_of(source, gmail(), {.automap = true, .subfolder1 = "Old"})),
                ElementsAre(Pair("Old", "INBOX"), Pair("Old/Sent Items", "[Gmail]/Sent Mail"),
                            Pair("Old/Sent Items/x", "[Gmail]/Sent Mail/x")));
}

TEST(Automap, RenamesDoNotTouchIt) {
    const auto map = map_of(exchange(), dovecot(), {.automap = true, .regextrans2 = {"s/^/Old-/"}});
    EXPECT_EQ(folder(map, "Sent Items").destination, "Sent");
    EXPECT_EQ(folder(map, "Archive").destination, "Old-Archive");
}

}  // namespace
}  // namespace godwit::sync
