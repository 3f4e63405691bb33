// CONDSTORE and QRESYNC (RFC 7162), and the personas that get them wrong.
#include "tests/fakeimap/talk.h"
#include "tools/fakeimap/personas.h"

namespace godwit::fakeimap {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

Persona named(std::string_view name) { return persona_named(name).value(); }

std::string status_of(int modseq) {
    return fmt::format("* STATUS \"INBOX\" (HIGHESTMODSEQ {})\r\nOK done\r\n", modseq);
}
const std::string ask_status = "STATUS INBOX (HIGHESTMODSEQ)";

TEST(FakeCondstore, EveryChangeRaisesTheHighest) {
    talk(named("dovecot"), [](Talk& talk) -> Awaitable<void> {
        Client* client = co_await talk.sign_in();
        EXPECT_EQ(co_await client->ask(ask_status), status_of(1));
        co_await client->ask("APPEND INBOX " + literal_of("A: b\r\n\r\n"));
        co_await client->ask("APPEND INBOX " + literal_of("C: d\r\n\r\n"));
        EXPECT_EQ(co_await client->ask(ask_status), status_of(3));
        co_await client->ask("SELECT INBOX");
        EXPECT_EQ(co_await client->ask("UID STORE 1 +FLAGS.SILENT (\\Deleted)"),
                  "* 1 FETCH (UID 1 MODSEQ (4))\r\nOK done\r\n");
        EXPECT_EQ(co_await client->ask("UID EXPUNGE 1"), "* 1 EXPUNGE\r\nOK done\r\n");
        EXPECT_EQ(co_await client->ask(ask_status), status_of(5));
        co_await client->ask("CREATE There");
        EXPECT_EQ(co_await client->ask("UID MOVE 2 There"),
                  "* OK [COPYUID 1001 2 1] moved\r\n* 1 EXPUNGE\r\nOK done\r\n");
        EXPECT_EQ(co_await client->ask(ask_status), status_of(6));
        EXPECT_EQ(co_await client->ask("LIST \"\" There RETURN (STATUS (MESSAGES HIGHESTMODSEQ))"),
                  "* LIST (\\HasNoChildren) \"/\" \"There\"\r\n"
                  "* STATUS \"There\" (MESSAGES 1 HIGHESTMODSEQ 2)\r\nOK done\r\n");
    });
}

TEST(FakeCondstore, OnceAskedForItIsToldUnasked) {
    for (const std::string asking : {"SELECT INBOX (CONDSTORE)", "ENABLE CONDSTORE", ask_status.c_str(),
                                     "FETCH 1 (MODSEQ)", "LIST \"\" * RETURN (STATUS (HIGHESTMODSEQ))"})
        talk(named("plain"), [&asking](Talk& talk) -> Awaitable<void> {
            auto& inbox = talk.inbox();
            inbox.append(mail(1));  // MODSEQ 2
            Client* client = co_await talk.select();
            inbox.touch(inbox.messages[0]);
            EXPECT_EQ(co_await client->ask("NOOP"), "* 1 FETCH (UID 1 FLAGS ())\r\nOK done\r\n");
            EXPECT_THAT(co_await client->ask(asking), HasSubstr("OK")) << asking;
            inbox.touch(inbox.messages[0]);
            EXPECT_EQ(co_await client->ask("NOOP"), "* 1 FETCH (UID 1 FLAGS () MODSEQ (4))\r\nOK done\r\n")
                << asking;
        });
}

TEST(FakeCondstore, WhatHasVanished) {
    talk(named("dovecot"), [](Talk& talk) -> Awaitable<void> {
        auto& inbox = talk.inbox();
        for (int i = 1; i <= 6; ++i) inbox.append(mail(i));  // MODSEQ 2 to 7
        inbox.erase({2});                                    // 8
        Client* client = co_await talk.select();
        EXPECT_THAT(co_await client->ask("UID FETCH 1:* (FLAGS) (CHANGEDSINCE 7 VANISHED)"),
                    StartsWith("BAD"));
        EXPECT_THAT(co_await client->ask("SELECT INBOX (QRESYNC (1 7))"), StartsWith("* 5 EXISTS"));
        EXPECT_EQ(co_await client->ask("ENABLE QRESYNC"), "* ENABLED QRESYNC\r\nOK done\r\n");
        co_await client->ask("SELECT INBOX");
        inbox.erase({4, 6});          // 9
        inbox.touch(*inbox.find(1));  // 10
        EXPECT_EQ(co_await client->ask("NOOP"),
                  "* 1 FETCH (UID 1 FLAGS () MODSEQ (10))\r\n* VANISHED 4,6\r\nOK done\r\n");
        EXPECT_EQ(co_await client->ask("UID FETCH 1:* (FLAGS) (CHANGEDSINCE 8 VANISHED)"),
                  "* VANISHED (EARLIER) 4,6\r\n* 1 FETCH (UID 1 FLAGS () MODSEQ (10))\r\nOK done\r\n");
        EXPECT_THAT(co_await client->ask("SELECT INBOX (QRESYNC (1 7))"),
                    EndsWith("* VANISHED (EARLIER) 2,4,6\r\n* 1 FETCH (UID 1 FLAGS () MODSEQ (10))\r\n"
                             "OK [READ-WRITE] selected\r\n"));
        EXPECT_THAT(co_await client->ask("SELECT INBOX (QRESYNC (1 7 1:4))"), HasSubstr("(EARLIER) 2,4\r\n"));
        EXPECT_THAT(co_await client->ask("SELECT INBOX (QRESYNC (2 7))"),
                    testing::Not(HasSubstr("VANISHED")));
        EXPECT_EQ(co_await client->ask("UID STORE 5 +FLAGS.SILENT (\\Deleted)"),
                  "* 3 FETCH (UID 5 MODSEQ (11))\r\nOK done\r\n");
        EXPECT_EQ(co_await client->ask("EXPUNGE"), "* VANISHED 5\r\nOK [HIGHESTMODSEQ 12] done\r\n");
    });
}

TEST(FakeCondstore, AHighestThatStands) {
    talk(named("modseq_stands"), [](Talk& talk) -> Awaitable<void> {
        talk.inbox().append(mail(1));
        Client* client = co_await talk.select();
        co_await client->ask("UID STORE 1 +FLAGS (\\Seen)");
        EXPECT_EQ(co_await client->ask(ask_status), status_of(1));
        EXPECT_EQ(co_await client->ask("UID FETCH 1 (MODSEQ)"),
                  "* 1 FETCH (UID 1 MODSEQ (3))\r\nOK done\r\n");
    });
}

TEST(FakeCondstore, ExpungesThatAreQuiet) {
    talk(named("expunges_quietly"), [](Talk& talk) -> Awaitable<void> {
        talk.inbox().append(mail(1));
        talk.inbox().append(mail(2));
        Client* client = co_await talk.select();
        co_await client->ask("UID STORE 1 +FLAGS (\\Deleted)");
        EXPECT_EQ(co_await client->ask(ask_status), status_of(4));
        co_await client->ask("EXPUNGE");
        EXPECT_EQ(co_await client->ask(ask_status), status_of(4));
        EXPECT_EQ(co_await client->ask("UID STORE 2 +FLAGS.SILENT (\\Seen)"),
                  "* 1 FETCH (UID 2 MODSEQ (6))\r\nOK done\r\n");
        EXPECT_EQ(co_await client->ask(ask_status), status_of(6));
    });
}

}  // namespace
}  // namespace godwit::fakeimap
