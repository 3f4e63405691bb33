#include "engine/imap/session.h"

#include <gtest/gtest.h>

#include "engine/imap/commands.h"
#include "engine/imap/sasl.h"
#include "tests/engine/imap/conversation.h"

namespace godwit::imap {
namespace {

using namespace testing;

TEST(Session, ManyCommandsAreInFlightAndAnsweredInAnyOrder) {
    for (const std::size_t reads : {0, 1, 7}) {
        converse(
            [](ScriptedServer& server) -> Awaitable<void> {
                co_await server.say(std::string(greeting));
                std::string one, two, three;
                EXPECT_EQ(co_await server.command(one), "NOOP");
                EXPECT_EQ(co_await server.command(two), "CHECK");
                EXPECT_EQ(co_await server.command(three), "NOOP");
                co_await server.say(two + " OK second\r\n* 7 EXISTS\r\n" + three + " NO third\r\n" + one + " OK first\r\n");
            },
            [](Session& session) -> Awaitable<void> {
                auto one = co_await session.start(simple("NOOP"));
                auto two = co_await session.start(simple("CHECK"));
                auto three = co_await session.start(simple("NOOP"));
                CO_ASSERT_OK(three);
                EXPECT_EQ(session.in_flight(), 3u);
                EXPECT_EQ((co_await (*one)->answer())->text, "first");
                EXPECT_EQ((co_await (*two)->answer())->status, Status::ok);
                EXPECT_EQ((co_await (*three)->answer())->status, Status::no);
                EXPECT_EQ(session.exists(), 7u);
            },
            {.reads = reads});
    }
}

TEST(Session, SignsInWithPlainAndKeepsTheNewCapabilities) {
    converse(
        [](ScriptedServer& server) -> Awaitable<void> {
            co_await server.say(std::string(greeting));
            std::string tag;
            EXPECT_EQ(co_await server.command(tag), "AUTHENTICATE PLAIN dTIAYWRtaW4AcHc=");
            co_await server.say(tag + " OK [CAPABILITY IMAP4rev1 MOVE] in\r\n");
        },
        [](Session& session) -> Awaitable<void> {
            const Secret<std::string> password(std::string("pw"));
            CO_ASSERT_OK(co_await sign_in(session, {"u2", "admin", password}));
            EXPECT_TRUE(session.has("MOVE"));
            EXPECT_FALSE(session.has("AUTH=PLAIN"));
        });
}

TEST(Session, LoginWhereNoMechanismIsOffered) {
    converse(
        [](ScriptedServer& server) -> Awaitable<void> {
            co_await server.say("* OK hello\r\n");
            std::string tag;
            EXPECT_EQ(co_await server.command(tag), "CAPABILITY");
            co_await server.say("* CAPABILITY IMAP4rev1\r\n" + tag + " OK\r\n");
            EXPECT_EQ(co_await server.command(tag), "LOGIN u \"p\\\"w\"");
            co_await server.say(tag + " NO [AUTHENTICATIONFAILED] Authentication failed.\r\n");
        },
        [](Session& session) -> Awaitable<void> {
            const Secret<std::string> password(std::string("p\"w"));
            auto refused = co_await sign_in(session, {"u", "", password});
            CO_ASSERT(!refused);
            EXPECT_EQ(refused.error().kind, ErrorKind::auth_failed);
            EXPECT_EQ(refused.error().to_string().find("p\"w"), std::string::npos);
        });
}

TEST(Session, LoginDisabledIsNotTriedAnyway) {
    converse(
        [](ScriptedServer& server) -> Awaitable<void> {
            co_await server.say("* OK [CAPABILITY IMAP4rev1 LOGINDISABLED STARTTLS] hi\r\n");
            EXPECT_EQ(co_await server.line(), "<end>");
        },
        [](Session& session) -> Awaitable<void> {
            const Secret<std::string> password(std::string("secret"));
            auto refused = co_await sign_in(session, {"u", "", password});
            CO_ASSERT(!refused);
            EXPECT_EQ(refused.error().kind, ErrorKind::auth_unavailable);
        });
}

TEST(Session, PlaintextAfterTheStarttlsAnswerIsDropped) {
    converse(
        [](ScriptedServer& server) -> Awaitable<void> {
            co_await server.say("* OK hello\r\n");
            std::string tag;
            EXPECT_EQ(co_await server.command(tag), "STARTTLS");
            co_await server.say(tag + " OK begin\r\n* CAPABILITY IMAP4rev1 INJECTED\r\n");
            EXPECT_EQ(co_await server.command(tag), "CAPABILITY");
            co_await server.say("* CAPABILITY IMAP4rev1 REAL\r\n" + tag + " OK\r\n");
        },
        [](Session& session) -> Awaitable<void> {
            EXPECT_TRUE(session.has("REAL"));
            EXPECT_FALSE(session.has("INJECTED"));
            co_return;
        },
        {.tls = net::TlsMode::starttls});
}

TEST(Session, NoSilentFallbackWhenStarttlsIsRefused) {
    for (const std::string answer : {"NO not now", "BAD what"}) {
        std::optional<Error> error;
        converse(
            [answer](ScriptedServer& server) -> Awaitable<void> {
                co_await server.say("* OK hello\r\n");
                std::string tag;
                co_await server.command(tag);
                co_await server.say(tag + " " + answer + "\r\n");
                EXPECT_EQ(co_await server.line(), "<end>");
            },
            {}, {.tls = net::TlsMode::starttls}, &error);
        ASSERT_TRUE(error);
        EXPECT_EQ(error->kind, ErrorKind::tls_unavailable);
    }
}

TEST(Session, GreetingsThatAreNone) {
    const std::vector<std::pair<std::string, ErrorKind>> cases = {
        {"* BYE Too many connections\r\n", ErrorKind::too_many_connections},
        {"* BYE going down\r\n", ErrorKind::server_bye},
        {"HTTP/1.1 400 Bad Request\r\n\r\n", ErrorKind::protocol_error},
        {"", ErrorKind::connection_lost},
    };
    for (const auto& [text, kind] : cases) {
        std::optional<Error> error;
        converse(
            [text = text](ScriptedServer& server) -> Awaitable<void> {
                if (!text.empty()) co_await server.say(text);
                server.stream().close();
            },
            {}, {}, &error);
        ASSERT_TRUE(error) << text;
        EXPECT_EQ(error->kind, kind) << text << error->to_string();
    }
}

TEST(Session, ByeExplainsTheEndOfTheConnection) {
    converse(
        [](ScriptedServer& server) -> Awaitable<void> {
            co_await server.say(std::string(greeting));
            co_await server.line();
            co_await server.say("* BYE Request is throttled. Suggested Backoff Time: 1000 milliseconds\r\n");
            server.stream().close();
        },
        [](Session& session) -> Awaitable<void> {
            auto answer = co_await session.run(simple("NOOP"));
            CO_ASSERT(!answer);
            EXPECT_EQ(answer.error().kind, ErrorKind::throttled);
        });
}

TEST(Session, SilenceEndsAtTheTimeout) {
    converse([](ScriptedServer& server) -> Awaitable<void> {
        co_await server.say(std::string(greeting));
        while (co_await server.line() != "<end>") {}
    },
             [](Session& session) -> Awaitable<void> {
                 auto answer = co_await session.run(simple("NOOP"));
                 CO_ASSERT(!answer);
                 EXPECT_EQ(answer.error().kind, ErrorKind::timeout);
                 EXPECT_TRUE(session.broken());
             },
             {.session = {.command_timeout = std::chrono::milliseconds(100)}});
}

TEST(Session, StopEndsEverythingInFlight) {
    std::stop_source stop;
    converse(
        [&](ScriptedServer& server) -> Awaitable<void> {
            co_await server.say(std::string(greeting));
            co_await server.line();
            stop.request_stop();
            EXPECT_EQ(co_await server.line(), "<end>");
        },
        [](Session& session) -> Awaitable<void> {
            auto answer = co_await session.run(simple("NOOP"));
            CO_ASSERT(!answer);
            EXPECT_EQ(answer.error().kind, ErrorKind::cancelled);
        },
        {.stop = stop.get_token()});
}

TEST(Session, AnAnswerNobodyAskedForBreaksTheSession) {
    converse(
        [](ScriptedServer& server) -> Awaitable<void> {
            co_await server.say(std::string(greeting));
            co_await server.line();
            co_await server.say("zz OK\r\n");
        },
        [](Session& session) -> Awaitable<void> {
            auto answer = co_await session.run(simple("NOOP"));
            CO_ASSERT(!answer);
            EXPECT_EQ(answer.error().kind, ErrorKind::protocol_error);
        });
}

TEST(Session, AppendWithLiteralPlusWaitsForNothing) {
    converse(
        [](ScriptedServer& server) -> Awaitable<void> {
            co_await server.say(std::string(greeting));
            std::string tag;
            EXPECT_EQ(co_await server.command(tag), "APPEND Sent (\\Seen) {5+}");
            EXPECT_EQ(co_await server.octets(7), "hello\r\n");
            co_await server.say(tag + " OK [APPENDUID 7 42] done\r\n");
        },
        [](Session& session) -> Awaitable<void> {
            auto answer = co_await session.run(append_command(session, "Sent", {{.flags = {"\\Seen"}, .octets = "hello"}}));
            CO_ASSERT_OK(answer);
            const auto uid = append_uid(*answer);
            CO_ASSERT(uid);
            EXPECT_EQ(uid->uidvalidity.value, 7u);
            EXPECT_EQ(uid->uids.front(), 42u);
        });
}

TEST(Session, ARefusalBeforeTheLiteralKeepsTheConnectionUsable) {
    converse(
        [](ScriptedServer& server) -> Awaitable<void> {
            co_await server.say("* OK [CAPABILITY IMAP4rev1] plain\r\n");
            std::string tag;
            EXPECT_EQ(co_await server.command(tag), "APPEND Sent {5}");
            co_await server.say(tag + " NO [OVERQUOTA] full\r\n");
            EXPECT_EQ(co_await server.command(tag), "APPEND Sent {3}");
            co_await server.say("+ go\r\n");
            EXPECT_EQ(co_await server.octets(5), "abc\r\n");
            co_await server.say(tag + " OK\r\n");
        },
        [](Session& session) -> Awaitable<void> {
            auto refused = co_await session.run(append_command(session, "Sent", {{.octets = "hello"}}));
            CO_ASSERT_OK(refused);
            EXPECT_EQ(refused->status, Status::no);
            auto taken = co_await session.run(append_command(session, "Sent", {{.octets = "abc"}}));
            CO_ASSERT_OK(taken);
            EXPECT_EQ(taken->status, Status::ok);
        });
}

TEST(Session, TheCommitCheckKeepsTheLastOctetsBack) {
    converse(
        [](ScriptedServer& server) -> Awaitable<void> {
            co_await server.say(std::string(greeting));
            co_await server.line();
            EXPECT_EQ(co_await server.octets(7), "");   // reset: even what was sent is not delivered
        },
        [](Session& session) -> Awaitable<void> {
            auto command = append_command(session, "Sent", {{.octets = "hello"}});
            command.commit_check = []() -> Result<void> { return fail(ErrorKind::lease_lost, Reach::node, "lost"); };
            auto answer = co_await session.run(std::move(command));
            CO_ASSERT(!answer);
            EXPECT_EQ(answer.error().kind, ErrorKind::lease_lost);
        });
}

struct Collector final : LiteralReceiver {
    std::string octets;
    std::uint64_t size = 0;
    bool ended = false;
    Awaitable<Result<void>> begin(std::uint32_t, std::uint64_t announced) override {
        size = announced;
        co_return Result<void>{};
    }
    Awaitable<Result<void>> data(std::string_view piece) override {
        octets += piece;
        co_return Result<void>{};
    }
    Awaitable<Result<void>> end() override {
        ended = true;
        co_return Result<void>{};
    }
};

TEST(Session, LargeLiteralsGoToTheReceiver) {
    for (const std::size_t reads : {0, 1}) {
        converse(
            [](ScriptedServer& server) -> Awaitable<void> {
                co_await server.say(std::string(greeting));
                std::string tag;
                EXPECT_EQ(co_await server.command(tag), "UID FETCH 9 (UID BODY.PEEK[])");
                co_await server.say("* 1 FETCH (UID 9 BODY[] {40}\r\n" + std::string(40, 'x') + " FLAGS (\\Seen))\r\n" +
                                    tag + " OK\r\n");
            },
            [](Session& session) -> Awaitable<void> {
                Collector collector;
                int rows = 0;
                auto on_fetch = [&](FetchData& data) {
                    EXPECT_TRUE(data.sections.at(0).streamed);
                    EXPECT_EQ(data.sections.at(0).size, 40u);
                    return ++rows > 0;
                };
                CO_ASSERT_OK(co_await uid_fetch(session, "9", "(UID BODY.PEEK[])", on_fetch, &collector));
                EXPECT_EQ(collector.octets, std::string(40, 'x'));
                EXPECT_TRUE(collector.ended);
                EXPECT_EQ(rows, 1);
            },
            {.reads = reads, .session = {.limits = {.inline_literal_bytes = 16}}});
    }
}

// Dovecot begins the second of two pipelined FETCHes while the first one's output waits.
TEST(Session, PipelinedFetchesMayBeAnsweredInterleaved) {
    converse(
        [](ScriptedServer& server) -> Awaitable<void> {
            co_await server.say(std::string(greeting));
            std::string one, two;
            co_await server.command(one);
            co_await server.command(two);
            co_await server.say("* 2 FETCH (UID 2 BODY[] {1}\r\nb)\r\n* 1 FETCH (UID 1 BODY[] {1}\r\na)\r\n* 9 FETCH (FLAGS ())\r\n" +
                                two + " OK\r\n" + one + " OK\r\n");
        },
        [](Session& session) -> Awaitable<void> {
            std::map<std::uint32_t, std::string> got;
            const auto handler = [&](std::uint32_t uid) {
                return [&got, uid](FetchData& data) {
                    if (data.uid->value != uid) return false;
                    got[uid] = *data.sections.at(0).bytes;
                    return true;
                };
            };
            auto one = co_await session.start(uid_fetch_command("1", "(UID BODY.PEEK[])", handler(1)));
            auto two = co_await session.start(uid_fetch_command("2", "(UID BODY.PEEK[])", handler(2)));
            CO_ASSERT_OK(co_await (*one)->answer());
            CO_ASSERT_OK(co_await (*two)->answer());
            EXPECT_EQ(got, (std::map<std::uint32_t, std::string>{{1, "a"}, {2, "b"}}));
        });
}

TEST(Session, FoldersAndSubscriptionsWithoutListExtended) {
    converse(
        [](ScriptedServer& server) -> Awaitable<void> {
            co_await server.say(std::string(greeting));
            std::string tag;
            EXPECT_EQ(co_await server.command(tag), "LIST \"\" \"*\"");
            co_await server.say("* LIST (\\HasNoChildren) \"/\" INBOX\r\n* LIST () \"/\" {3}\r\na b\r\n" + tag + " OK\r\n");
            EXPECT_EQ(co_await server.command(tag), "LSUB \"\" \"*\"");
            co_await server.say("* LSUB () \"/\" \"a b\"\r\n" + tag + " OK\r\n");
        },
        [](Session& session) -> Awaitable<void> {
            auto folders = co_await list_folders(session);
            CO_ASSERT_OK(folders);
            CO_ASSERT(folders->size() == 2);
            EXPECT_EQ(folders->at(1).data.name, "a b");
            EXPECT_FALSE(folders->at(0).subscribed);
            EXPECT_TRUE(folders->at(1).subscribed);
        });
}

TEST(Session, SelectCollectsWhatTheServerSays) {
    converse(
        [](ScriptedServer& server) -> Awaitable<void> {
            co_await server.say(std::string(greeting));
            std::string tag;
            EXPECT_EQ(co_await server.command(tag), "EXAMINE INBOX");
            co_await server.say(
                "* 17 EXISTS\r\n* FLAGS (\\Seen)\r\n* OK [PERMANENTFLAGS (\\Seen \\*)] l\r\n* OK [UIDVALIDITY 99] v\r\n"
                "* OK [UIDNEXT 4392] n\r\n* OK [HIGHESTMODSEQ 715194045007] m\r\n" + tag + " OK [READ-ONLY] done\r\n");
        },
        [](Session& session) -> Awaitable<void> {
            auto folder = co_await select(session, "INBOX", true);
            CO_ASSERT_OK(folder);
            EXPECT_EQ(folder->exists, 17u);
            EXPECT_EQ(folder->uidvalidity.value, 99u);
            EXPECT_EQ(folder->uidnext, 4392u);
            EXPECT_EQ(folder->highestmodseq.value, 715194045007u);
            EXPECT_TRUE(folder->new_keywords);
            EXPECT_TRUE(folder->read_only);
            EXPECT_EQ(folder->permanent_flags, std::vector<std::string>{"\\Seen"});
        });
}

}  // namespace
}  // namespace godwit::imap
