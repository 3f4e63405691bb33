// LIST, STATUS and what makes and removes folders.
#include "tests/fakeimap/talk.h"

namespace godwit::fakeimap {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

TEST(FakeFolders, ListByPattern) {
    talk({.capabilities = "IMAP4rev1"}, [](Talk& talk) -> Awaitable<void> {
        auto& folders = talk.server.accounts["u"].folders;
        for (const std::string name : {"a", "a/b", "a/b/c", "z \"q\""}) folders[name];
        folders["a/b"].subscribed = true;
        Client* client = co_await talk.sign_in();
        EXPECT_EQ(co_await client->ask("LIST \"\" \"\""), "* LIST (\\Noselect) \"/\" \"\"\r\nOK done\r\n");
        EXPECT_EQ(co_await client->ask("LIST \"\" \"*\""),
                  "* LIST () \"/\" \"INBOX\"\r\n* LIST () \"/\" \"a\"\r\n* LIST () \"/\" \"a/b\"\r\n"
                  "* LIST () \"/\" \"a/b/c\"\r\n* LIST () \"/\" \"z \\\"q\\\"\"\r\nOK done\r\n");
        EXPECT_EQ(co_await client->ask("LIST \"\" a/%"), "* LIST () \"/\" \"a/b\"\r\nOK done\r\n");
        EXPECT_EQ(co_await client->ask("LIST a/ *"),
                  "* LIST () \"/\" \"a/b\"\r\n* LIST () \"/\" \"a/b/c\"\r\nOK done\r\n");
        EXPECT_EQ(co_await client->ask("LIST \"\" %c"), "OK done\r\n");
        EXPECT_EQ(co_await client->ask("LIST \"\" inbox"), "* LIST () \"/\" \"INBOX\"\r\nOK done\r\n");
        EXPECT_EQ(co_await client->ask("LSUB \"\" *"), "* LSUB () \"/\" \"a/b\"\r\nOK done\r\n");
        EXPECT_THAT(co_await client->ask("LIST"), StartsWith("BAD"));
    });
}

TEST(FakeFolders, ExtendedListWithStatus) {
    talk(complete(), [](Talk& talk) -> Awaitable<void> {
        auto& folders = talk.server.accounts["u"].folders;
        folders["a"].subscribed = true;
        folders["a/b"].append(mail(1));
        folders["all"].attributes = "\\All";
        folders["top"].attributes = "\\Noselect";
        Client* client = co_await talk.sign_in();
        EXPECT_EQ(co_await client->ask("LIST (SUBSCRIBED) \"\" *"),
                  "* LIST (\\Subscribed \\HasChildren) \"/\" \"a\"\r\nOK done\r\n");
        EXPECT_EQ(co_await client->ask("LIST (SPECIAL-USE) \"\" *"),
                  "* LIST (\\All \\HasNoChildren) \"/\" \"all\"\r\nOK done\r\n");
        EXPECT_EQ(
            co_await client->ask("LIST \"\" (a a/b top) RETURN (SUBSCRIBED STATUS (MESSAGES UIDNEXT))"),
            "* LIST (\\Subscribed \\HasChildren) \"/\" \"a\"\r\n* STATUS \"a\" (MESSAGES 0 UIDNEXT 1)\r\n"
            "* LIST (\\HasNoChildren) \"/\" \"a/b\"\r\n* STATUS \"a/b\" (MESSAGES 1 UIDNEXT 2)\r\n"
            "* LIST (\\Noselect \\HasNoChildren) \"/\" \"top\"\r\nOK done\r\n");
        EXPECT_THAT(co_await client->ask("SELECT top"), StartsWith("NO"));
        EXPECT_THAT(co_await client->ask("APPEND top " + literal_of("A: b")), StartsWith("NO [TRYCREATE]"));
    });
}

TEST(FakeFolders, StatusHasEveryItem) {
    talk(complete(), [](Talk& talk) -> Awaitable<void> {
        talk.inbox().append(mail(1, {"\\Seen", "\\Deleted"}));
        talk.inbox().append(mail(2));
        Client* client = co_await talk.sign_in();
        EXPECT_EQ(
            co_await client->ask(
                "STATUS INBOX (MESSAGES RECENT UIDNEXT UIDVALIDITY UNSEEN DELETED SIZE HIGHESTMODSEQ)"),
            fmt::format(
                "* STATUS \"INBOX\" (MESSAGES 2 RECENT 0 UIDNEXT 3 UIDVALIDITY 1 UNSEEN 1 DELETED 1 SIZE {} "
                "HIGHESTMODSEQ 3)\r\nOK done\r\n",
                2 * mail(1).octets.size()));
        EXPECT_THAT(co_await client->ask("STATUS INBOX (COLOUR)"), StartsWith("BAD"));
        EXPECT_THAT(co_await client->ask("STATUS Missing (MESSAGES)"), StartsWith("NO"));
    });
}

TEST(FakeFolders, MadeSubscribedRenamedRemoved) {
    talk(complete(), [](Talk& talk) -> Awaitable<void> {
        auto& folders = talk.server.accounts["u"].folders;
        Client* client = co_await talk.sign_in();
        EXPECT_THAT(co_await client->ask("CREATE a"), StartsWith("OK"));
        EXPECT_THAT(co_await client->ask("CREATE a/"), StartsWith("NO [ALREADYEXISTS]"));
        EXPECT_THAT(co_await client->ask("CREATE Inbox"), StartsWith("NO [ALREADYEXISTS]"));
        EXPECT_THAT(co_await client->ask("CREATE \"\""), StartsWith("BAD"));
        EXPECT_THAT(co_await client->ask("CREATE a/b"), StartsWith("OK"));
        EXPECT_THAT(co_await client->ask("SUBSCRIBE a/b"), StartsWith("OK"));
        EXPECT_TRUE(folders["a/b"].subscribed);
        EXPECT_THAT(co_await client->ask("UNSUBSCRIBE a/b"), StartsWith("OK"));
        EXPECT_FALSE(folders["a/b"].subscribed);
        EXPECT_THAT(co_await client->ask("SUBSCRIBE Missing"), StartsWith("NO"));
        folders["a"].append(mail(1));
        const auto uidvalidity = folders["a"].uidvalidity;
        EXPECT_THAT(co_await client->ask("RENAME a/b a"), StartsWith("NO [ALREADYEXISTS]"));
        EXPECT_THAT(co_await client->ask("RENAME Missing q"), StartsWith("NO [NONEXISTENT]"));
        EXPECT_THAT(co_await client->ask("RENAME a q"), StartsWith("OK"));
        EXPECT_FALSE(folders.contains("a") || folders.contains("a/b"));
        EXPECT_TRUE(folders.contains("q/b"));
        EXPECT_EQ(folders["q"].uidvalidity, uidvalidity);
        EXPECT_EQ(folders["q"].messages.size(), 1u);
        EXPECT_THAT(co_await client->ask("DELETE q"), StartsWith("OK"));
        EXPECT_THAT(co_await client->ask("DELETE q"), StartsWith("NO [NONEXISTENT]"));
        EXPECT_THAT(co_await client->ask("DELETE INBOX"), StartsWith("NO"));
        EXPECT_THAT(co_await client->ask("CREATE q"), StartsWith("OK"));
        EXPECT_NE(folders["q"].uidvalidity, uidvalidity);
    });
}

TEST(FakeFolders, RenamingInboxMovesItsMessages) {
    talk(complete(), [](Talk& talk) -> Awaitable<void> {
        talk.inbox().append(mail(1));
        Client* client = co_await talk.select();
        EXPECT_EQ(co_await client->ask("RENAME INBOX old"), "* 1 EXPUNGE\r\nOK renamed\r\n");
        EXPECT_EQ(talk.server.accounts["u"].folders["old"].messages.size(), 1u);
        EXPECT_EQ(talk.inbox().uidnext, 2u);  // its UIDs are not used again
    });
}

TEST(FakeFolders, NamesNeedThePrefix) {
    Persona persona = complete();
    persona.prefix = "INBOX.";
    persona.delimiter = '.';
    talk(persona, [](Talk& talk) -> Awaitable<void> {
        Client* client = co_await talk.sign_in();
        EXPECT_THAT(co_await client->ask("NAMESPACE"), HasSubstr("((\"INBOX.\" \".\"))"));
        EXPECT_THAT(co_await client->ask("CREATE x"), StartsWith("NO"));
        EXPECT_THAT(co_await client->ask("CREATE inbox.x"), StartsWith("OK"));
        EXPECT_TRUE(talk.server.accounts["u"].folders.contains("INBOX.x"));
    });
}

}  // namespace
}  // namespace godwit::fakeimap
