// Signing in, literals, and what changes tell to whom.
#include "tests/fakeimap/talk.h"

namespace godwit::fakeimap {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

TEST(FakeSession, SignsInWithLoginAndPlain) {
    talk(complete(), [](Talk& talk) -> Awaitable<void> {
        Client* client = co_await talk.connect();
        EXPECT_EQ(co_await client->ask("LIST \"\" *"), "BAD sign in first\r\n");
        EXPECT_THAT(co_await client->ask("LOGIN u wrong"), StartsWith("NO [AUTHENTICATIONFAILED]"));
        EXPECT_THAT(co_await client->ask("LOGIN nobody pw"), StartsWith("NO [AUTHENTICATIONFAILED]"));
        EXPECT_THAT(co_await client->ask("AUTHENTICATE CRAM-MD5"), StartsWith("NO"));
        EXPECT_THAT(co_await client->ask("AUTHENTICATE PLAIN eA=="), StartsWith("BAD"));
        EXPECT_THAT(co_await client->ask("LOGIN {1+}\r\nu {2+}\r\npw"),
                    StartsWith("OK [CAPABILITY IMAP4rev1"));
        EXPECT_THAT(co_await client->ask("LOGIN u pw"), StartsWith("BAD"));
        client = co_await talk.connect();
        EXPECT_THAT(co_await client->ask("AUTHENTICATE PLAIN AHUAcHc="), StartsWith("OK"));
        client = co_await talk.connect();
        EXPECT_THAT(co_await client->ask("AUTHENTICATE PLAIN dQBhZG1pbgBwdw=="),
                    StartsWith("OK"));  // u as admin
        client = co_await talk.connect();
        co_await client->send("x AUTHENTICATE PLAIN\r\n");
        EXPECT_EQ(co_await client->line(), "+ \r\n");
        co_await client->send("AHUAcHc=\r\n");
        EXPECT_THAT(co_await client->answer("x"), StartsWith("OK"));
    });
}

TEST(FakeSession, AccountsMadeOnDemand) {
    talk(complete(), [](Talk& talk) -> Awaitable<void> {
        talk.server.make_account = [](const std::string& user) -> std::optional<Account> {
            if (user != "later") return std::nullopt;
            Account account;
            account.password = "p";
            return account;
        };
        Client* client = co_await talk.connect();
        EXPECT_THAT(co_await client->ask("LOGIN other p"), StartsWith("NO"));
        EXPECT_THAT(co_await client->ask("LOGIN later p"), StartsWith("OK"));
    });
}

TEST(FakeSession, WhatBelongsToNoFolder) {
    talk(complete(), [](Talk& talk) -> Awaitable<void> {
        Client* client = co_await talk.sign_in();
        EXPECT_EQ(co_await client->ask("CAPABILITY"),
                  "* CAPABILITY " + complete().capabilities + "\r\nOK done\r\n");
        EXPECT_EQ(co_await client->ask("ID NIL"), "* ID (\"name\" \"fake\")\r\nOK done\r\n");
        EXPECT_EQ(co_await client->ask("ENABLE QRESYNC CONDSTORE"), "* ENABLED CONDSTORE\r\nOK done\r\n");
        EXPECT_EQ(co_await client->ask("NAMESPACE"), "* NAMESPACE ((\"\" \"/\")) NIL NIL\r\nOK done\r\n");
        EXPECT_EQ(co_await client->ask("NOOP"), "OK done\r\n");
        EXPECT_EQ(co_await client->ask("CHECK"), "BAD select a folder first\r\n");
        EXPECT_EQ(co_await client->ask("XYZZY"), "BAD unknown command\r\n");
        co_await client->send("\r\n");
        EXPECT_THAT(co_await client->line(), StartsWith("* BAD"));
        EXPECT_EQ(co_await client->ask("LOGOUT"), "* BYE bye\r\nOK done\r\n");
        EXPECT_EQ(co_await client->line(), hung_up);
        EXPECT_EQ(talk.server.commands_seen("NOOP"), 1u);
    });
}

TEST(FakeSession, CommandsOfExtensionsThatAreNotOffered) {
    talk({.capabilities = "IMAP4rev1"}, [](Talk& talk) -> Awaitable<void> {
        Client* client = co_await talk.select();
        for (const std::string command :
             {"ID NIL", "ENABLE CONDSTORE", "NAMESPACE", "UNSELECT", "UID EXPUNGE 1", "UID MOVE 1 INBOX",
              "MOVE 1 INBOX", "UID SEARCH RETURN (ALL) ALL", "LIST \"\" * RETURN (SUBSCRIBED)",
              "LIST (SUBSCRIBED) \"\" *", "STATUS INBOX (SIZE)", "STATUS INBOX (HIGHESTMODSEQ)",
              "UID FETCH 1 (MODSEQ)", "UID FETCH 1 (X-GM-MSGID)", "FETCH 1 FLAGS (CHANGEDSINCE 1)",
              "UID STORE 1 (UNCHANGEDSINCE 1) FLAGS ()"})
            EXPECT_THAT(co_await client->ask(command), StartsWith("BAD")) << command;
        EXPECT_THAT(co_await client->ask("AUTHENTICATE PLAIN AHUAcHc="), StartsWith("NO"));
    });
}

TEST(FakeSession, SynchronisingLiterals) {
    talk(complete(), [](Talk& talk) -> Awaitable<void> {
        Client* client = co_await talk.sign_in();
        co_await client->send("x APPEND INBOX {8}\r\n");
        EXPECT_EQ(co_await client->line(), "+ go ahead\r\n");
        co_await client->send("A: b\r\n\r\n\r\n");
        EXPECT_THAT(co_await client->answer("x"), StartsWith("OK [APPENDUID"));
        co_await client->send("y APPEND Missing {7}\r\n");
        EXPECT_THAT(co_await client->line(), StartsWith("y NO [TRYCREATE]"));
    });
}

TEST(FakeSession, RefusedBeforeTheLiteral) {
    Persona persona = complete();
    int asked = 0;
    persona.refuse = [&](std::string_view name, std::string_view line) -> std::optional<std::string> {
        if (name != "APPEND") return std::nullopt;
        ++asked;
        return line.find("big") == std::string_view::npos ? std::nullopt
                                                          : std::optional<std::string>("NO [TOOBIG] no");
    };
    talk(persona, [&](Talk& talk) -> Awaitable<void> {
        talk.server.accounts["u"].folders["big"];
        Client* client = co_await talk.sign_in();
        co_await client->send("x APPEND big {9}\r\n");
        EXPECT_EQ(co_await client->line(), "x NO [TOOBIG] no\r\n");
        EXPECT_EQ(co_await client->ask("APPEND big {4+}\r\nA: b"), "NO [TOOBIG] no\r\n");
        co_await client->send("y APPEND INBOX {4}\r\n");
        EXPECT_EQ(co_await client->line(), "+ go ahead\r\n");
        co_await client->send("A: b {4}\r\n");
        EXPECT_EQ(co_await client->line(), "+ go ahead\r\n");
        co_await client->send("C: d\r\n");
        EXPECT_THAT(co_await client->line(), StartsWith("y OK"));
        EXPECT_EQ(asked, 3);
    });
}

TEST(FakeSession, UnaskedLiterals) {
    talk({.capabilities = "IMAP4rev1 LITERAL-"}, [](Talk& talk) -> Awaitable<void> {
        Client* client = co_await talk.sign_in();
        EXPECT_THAT(co_await client->ask("APPEND INBOX " + literal_of(std::string(4096, 'x'))),
                    StartsWith("OK"));
        EXPECT_THAT(co_await client->ask("APPEND INBOX " + literal_of(std::string(4097, 'x'))),
                    StartsWith("BAD"));
        EXPECT_EQ(co_await client->ask("NOOP"), "OK done\r\n");
        EXPECT_EQ(talk.inbox().messages.size(), 1u);
    });
    talk({.capabilities = "IMAP4rev1"}, [](Talk& talk) -> Awaitable<void> {
        Client* client = co_await talk.sign_in();
        EXPECT_THAT(co_await client->ask("APPEND INBOX {10+}\r\nq NOOP\r\n"), StartsWith("BAD literal"));
        EXPECT_EQ(co_await client->line(), "q OK done\r\n");  // the message was read as a command
    });
}

TEST(FakeSession, PipelinedCommandsInAnyPieces) {
    talk(complete(), [](Talk& talk) -> Awaitable<void> {
        Client* client = co_await talk.sign_in();
        std::string all;
        for (int i = 0; i < 50; ++i)
            all += fmt::format("b{} APPEND INBOX {{5+}}\r\nA: {}\r\n", i, i % 10 + 10);
        for (std::size_t at = 0; at < all.size(); at += 7) {
            co_await client->send(all.substr(at, 7));
            co_await test::let_others_run();
        }
        for (int i = 0; i < 50; ++i)
            EXPECT_THAT(co_await client->answer(fmt::format("b{}", i)), StartsWith("OK"));
        EXPECT_EQ(talk.inbox().messages.size(), 50u);
        EXPECT_EQ(talk.inbox().messages[3].octets, "A: 13");
    });
}

TEST(FakeSession, SelectTellsTheFolder) {
    talk(complete(), [](Talk& talk) -> Awaitable<void> {
        talk.inbox().append(mail(1));
        talk.inbox().append(mail(2));
        Client* client = co_await talk.sign_in();
        EXPECT_EQ(co_await client->ask("SELECT inbox"),
                  "* 2 EXISTS\r\n* 0 RECENT\r\n* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)\r\n"
                  "* OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft \\*)] limited\r\n"
                  "* OK [UIDVALIDITY 1] valid\r\n* OK [UIDNEXT 3] next\r\n* OK [HIGHESTMODSEQ 3] highest\r\n"
                  "OK [READ-WRITE] selected\r\n");
        EXPECT_THAT(co_await client->ask("EXAMINE INBOX"), HasSubstr("OK [READ-ONLY] selected"));
        EXPECT_EQ(co_await client->ask("CHECK"), "OK done\r\n");
        EXPECT_EQ(co_await client->ask("UNSELECT"), "OK done\r\n");
        EXPECT_THAT(co_await client->ask("CHECK"), StartsWith("BAD"));
        co_await client->ask("SELECT INBOX");
        EXPECT_THAT(co_await client->ask("SELECT Missing"), StartsWith("NO [NONEXISTENT]"));
        EXPECT_THAT(co_await client->ask("CHECK"), StartsWith("BAD"));  // a failed SELECT selects nothing
    });
}

TEST(FakeSession, ChangesOfOthersAreTold) {
    talk(complete(), [](Talk& talk) -> Awaitable<void> {
        for (int i = 1; i <= 4; ++i) talk.inbox().append(mail(i));
        Client* one = co_await talk.select();
        Client* two = co_await talk.select();
        EXPECT_THAT(co_await two->ask("UID STORE 3 +FLAGS.SILENT (\\Flagged)"), StartsWith("OK"));
        EXPECT_THAT(co_await two->ask("UID STORE 1,4 +FLAGS.SILENT (\\Deleted)"), StartsWith("OK"));
        EXPECT_EQ(co_await two->ask("EXPUNGE"), "* 4 EXPUNGE\r\n* 1 EXPUNGE\r\nOK done\r\n");
        EXPECT_THAT(co_await two->ask("APPEND INBOX " + literal_of("A: b\r\n\r\n")),
                    HasSubstr("* 3 EXISTS\r\nOK [APPENDUID 1 5]"));
        // No EXPUNGE within FETCH, STORE and SEARCH: numbers stay what they were.
        EXPECT_EQ(co_await one->ask("FETCH 2 (UID)"),
                  "* 2 FETCH (UID 2)\r\n* 3 FETCH (UID 3 FLAGS (\\Flagged))\r\n* 5 EXISTS\r\nOK done\r\n");
        EXPECT_EQ(co_await one->ask("FETCH 1 (UID)"), "OK [EXPUNGEISSUED] some of the messages are gone\r\n");
        EXPECT_EQ(co_await one->ask("SEARCH ALL"), "* SEARCH 2 3 5\r\nOK done\r\n");
        EXPECT_EQ(co_await one->ask("NOOP"), "* 4 EXPUNGE\r\n* 1 EXPUNGE\r\nOK done\r\n");
        EXPECT_EQ(co_await one->ask("FETCH 1:* (UID)"),
                  "* 1 FETCH (UID 2)\r\n* 2 FETCH (UID 3)\r\n* 3 FETCH (UID 5)\r\nOK done\r\n");
        EXPECT_EQ(co_await two->ask("CHECK"), "OK done\r\n");  // its own changes are not told again
    });
}

TEST(FakeSession, UidCommandsTellExpunges) {
    talk(complete(), [](Talk& talk) -> Awaitable<void> {
        for (int i = 1; i <= 3; ++i) talk.inbox().append(mail(i));
        Client* client = co_await talk.select();
        talk.inbox().erase({2});
        EXPECT_EQ(co_await client->ask("UID SEARCH ALL"), "* SEARCH 1 3\r\n* 2 EXPUNGE\r\nOK done\r\n");
    });
}

TEST(FakeSession, AFolderThatIsGoneEndsTheSession) {
    talk(complete(), [](Talk& talk) -> Awaitable<void> {
        Client* one = co_await talk.sign_in();
        co_await one->ask("CREATE x");
        Client* two = co_await talk.select("x");
        co_await one->ask("DELETE x");
        EXPECT_EQ(co_await two->ask("NOOP"),
                  "* BYE IMAP session state is inconsistent, please relogin.\r\n<end>");
        co_await one->ask("CREATE x");
        co_await one->ask("SELECT x");
        EXPECT_THAT(co_await one->ask("DELETE x"), StartsWith("OK"));
        EXPECT_THAT(co_await one->ask("SELECT INBOX"), HasSubstr("OK"));
    });
}

}  // namespace
}  // namespace godwit::fakeimap
