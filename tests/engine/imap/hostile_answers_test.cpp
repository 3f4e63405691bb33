// Servers that answer what was not asked, twice, too early, or with BYE.
#include "engine/imap/commands.h"
#include "engine/imap/sasl.h"
#include "tests/engine/imap/hostile.h"

namespace godwit::imap {
namespace {

using namespace testing;

void expect_nonsense(const Outcome& outcome, std::string_view words) {
    EXPECT_EQ(outcome.kind(), ErrorKind::protocol_error) << outcome.words();
    EXPECT_NE(outcome.words().find(words), std::string::npos) << outcome.words();
    EXPECT_TRUE(outcome.broken);
    EXPECT_LT(outcome.took, at_once);
}

TEST(HostileAnswers, TagsThatWereNeverSent) {
    for (const std::string tag : {"g0", "g99", "G1", "x", "g1x", "1"})
        expect_nonsense(ask(tag + " OK done\r\n"), "answer to a command that was not sent: " + tag);
    expect_nonsense(ask("OK done\r\n"), "a line that is no response");
    expect_nonsense(ask("TAG\r\n"), "a line that is no response");
    expect_nonsense(ask("TAG MAYBE\r\n"), "a line that is no response");
}

TEST(HostileAnswers, TaggedByeAndPreauthAreNoAnswers) {
    expect_nonsense(ask("TAG BYE go\r\n"), "an answer that is none");
    expect_nonsense(ask("TAG PREAUTH hi\r\n"), "an answer that is none");
}

TEST(HostileAnswers, TheSameTagTwice) {
    for (const std::string second : {"OK", "NO", "BAD"})
        converse(
            [&](ScriptedServer& server) -> Awaitable<void> {
                co_await server.say(std::string(greeting));
                std::string tag;
                co_await server.command(tag);
                co_await server.say(tag + " OK once\r\n" + tag + " " + second + " twice\r\n");
                EXPECT_EQ(co_await server.line(), "<end>");
            },
            [](Session& session) -> Awaitable<void> {
                auto first = co_await session.run(simple("NOOP"));
                CO_ASSERT_OK(first);
                EXPECT_EQ(first->text, "once");
                co_await test::let_others_run();
                const auto next = co_await session.run(simple("NOOP"));
                CO_ASSERT(!next);
                EXPECT_EQ(next.error().kind, ErrorKind::protocol_error);
            });
}

TEST(HostileAnswers, UnsolicitedDataInEveryState) {
    const std::string odd =
        "* 5 EXISTS\r\n* 2 EXPUNGE\r\n* VANISHED 1:4294967295\r\n* 1 RECENT\r\n* 9 FETCH (FLAGS (\\Seen))\r\n"
        "* 9 FETCH (UID 9 BODY[] {3}\r\nabc)\r\n* SEARCH 1 2\r\n* LIST () NIL x\r\n* 4294967295 EXISTS\r\n* "
        "0 EXPUNGE\r\n";
    converse(
        [&](ScriptedServer& server) -> Awaitable<void> {
            co_await server.say(odd + "* OK hello\r\n" + odd);  // before and right behind the greeting
            std::string tag;
            EXPECT_EQ(co_await server.command(tag), "CAPABILITY");
            co_await server.say(odd + "* CAPABILITY IMAP4rev1\r\n" + tag + " OK\r\n" + odd);
            EXPECT_EQ(co_await server.command(tag), "LOGIN u pw");
            co_await server.say(odd + tag + " OK [CAPABILITY IMAP4rev1] in\r\n" + odd);
            EXPECT_EQ(co_await server.command(tag), "UID FETCH 7 (UID BODY.PEEK[])");
            co_await server.say(odd + "* 1 FETCH (UID 7 BODY[] {1}\r\nx)\r\n" + odd + tag + " OK\r\n" + odd);
            EXPECT_EQ(co_await server.command(tag), "NOOP");
            co_await server.say(tag + " OK\r\n");
        },
        [](Session& session) -> Awaitable<void> {
            const Secret<std::string> password(std::string("pw"));
            CO_ASSERT_OK(co_await sign_in(session, {"u", "", password}));
            std::string got;
            auto on_fetch = [&](FetchData& data) {
                if (data.uid->value != 7) return false;
                got += *data.sections.at(0).bytes;
                return true;
            };
            CO_ASSERT_OK(co_await uid_fetch(session, "7", "(UID BODY.PEEK[])", on_fetch));
            EXPECT_EQ(got, "x");
            CO_ASSERT_OK(co_await noop(session));
            EXPECT_EQ(session.exists(), 4294967294u);
        });
}

TEST(HostileAnswers, StarttlsIsAnsweredByItsTagOnly) {
    converse(
        [](ScriptedServer& server) -> Awaitable<void> {
            co_await server.say("* OK hello\r\n* 1 EXISTS\r\n");
            std::string tag;
            EXPECT_EQ(co_await server.command(tag), "STARTTLS");
            co_await server.say("* OK one moment\r\n" + tag +
                                " OK go\r\n* OK [CAPABILITY INJECTED] x\r\n* half a li");
            EXPECT_EQ(co_await server.command(tag), "CAPABILITY");
            co_await server.say("* CAPABILITY REAL\r\n" + tag + " OK\r\n");
        },
        [](Session& session) -> Awaitable<void> {
            EXPECT_TRUE(session.has("REAL"));
            EXPECT_FALSE(session.has("INJECTED"));
            co_return;
        },
        {.tls = net::TlsMode::starttls});
}

TEST(HostileAnswers, GreetingsWithATagAreNone) {
    std::optional<Error> error;
    converse([](ScriptedServer& server) -> Awaitable<void> { co_await server.say("g1 OK hello\r\n"); }, {},
             {}, &error);
    ASSERT_TRUE(error);
    EXPECT_EQ(error->kind, ErrorKind::protocol_error);
    EXPECT_EQ(error->reach, Reach::host);
}

TEST(HostileAnswers, CapabilitiesMayVanishWithTheSignIn) {
    converse(
        [](ScriptedServer& server) -> Awaitable<void> {
            co_await server.say(std::string(greeting));
            std::string tag;
            co_await server.line();
            co_await server.say("g1 OK [CAPABILITY IMAP4rev1] in\r\n");
            EXPECT_EQ(co_await server.command(tag), "APPEND x {2}");  // LITERAL+ is gone
            co_await server.say("+ go\r\n");
            EXPECT_EQ(co_await server.octets(4), "ab\r\n");
            co_await server.say("* CAPABILITY IMAP4rev1 LITERAL+\r\n" + tag + " OK\r\n");
            EXPECT_EQ(co_await server.command(tag), "APPEND x {2+}");
            EXPECT_EQ(co_await server.octets(4), "cd\r\n");
            co_await server.say("* OK [CAPABILITY LITERAL-] less\r\n" + tag + " OK\r\n");
            EXPECT_EQ(co_await server.command(tag), "APPEND x {4097}");
            co_await server.say(tag + " NO\r\n");
        },
        [](Session& session) -> Awaitable<void> {
            const Secret<std::string> password(std::string("pw"));
            CO_ASSERT_OK(co_await sign_in(session, {"u", "", password}));
            for (const auto& octets : {std::string("ab"), std::string("cd"), std::string(4097, 'x')})
                CO_ASSERT_OK(co_await session.run(append_command(session, "x", {{.octets = octets}})));
        });
}

// A folder whose count is not known must not look empty.
TEST(HostileAnswers, SelectWithoutExistsIsRefused) {
    converse(
        [](ScriptedServer& server) -> Awaitable<void> {
            co_await server.say(std::string(greeting));
            std::string tag;
            co_await server.command(tag);
            co_await server.say("* FLAGS ()\r\n" + tag + " OK [READ-WRITE] done\r\n");
            co_await server.command(tag);
            co_await server.say("* 1 EXISTS\r\n* OK [UIDVALIDITY 18446744073709551617] x\r\n* OK [UIDNEXT 1x] x\r\n" +
                                tag + " OK\r\n");
        },
        [](Session& session) -> Awaitable<void> {
            auto refused = co_await select(session, "INBOX", false);
            CO_ASSERT(!refused);
            EXPECT_EQ(refused.error().kind, ErrorKind::protocol_error);
            EXPECT_EQ(refused.error().reach, Reach::folder);
            EXPECT_FALSE(session.broken());
            auto odd = co_await select(session, "INBOX", false);
            CO_ASSERT_OK(odd);
            EXPECT_EQ(odd->uidvalidity.value, 0u);  // none rather than another
            EXPECT_EQ(odd->uidnext, 0u);
        });
}

// ---- continuations

// What the server says before the literal is announced must not let it go.
TEST(HostileAnswers, AStrayContinuationIsNotTheNextLiterals) {
    bool go = false;
    converse(
        [&](ScriptedServer& server) -> Awaitable<void> {
            co_await server.say("* OK [CAPABILITY X] hi\r\n+ stray\r\n");
            std::string tag;
            EXPECT_EQ(co_await server.command(tag), "NOOP");
            co_await server.say("+\r\n+ stray\r\n" + tag + " OK\r\n+ again\r\n");
            for (const std::string octets : {"ab", "cd"}) {
                EXPECT_EQ(co_await server.command(tag), "APPEND x {2}");
                co_await test::let_others_run();
                EXPECT_EQ(server.unread(), "");
                go = true;
                co_await server.say("+ go\r\n+ once more\r\n");
                EXPECT_EQ(co_await server.octets(4), octets + "\r\n");
                go = false;
                co_await server.say(tag + " OK\r\n");
            }
        },
        [&](Session& session) -> Awaitable<void> {
            CO_ASSERT_OK(co_await session.run(simple("NOOP")));
            co_await test::let_others_run();
            for (const std::string octets : {"ab", "cd"}) {
                auto sent = co_await session.start(append_command(session, "x", {{.octets = octets}}));
                EXPECT_TRUE(go);
                CO_ASSERT_OK(sent);
                CO_ASSERT_OK(co_await (*sent)->answer());
                co_await test::let_others_run();
            }
        });
}

TEST(HostileAnswers, RefusedInTheMiddleOfALiteral) {
    for (const bool plus : {true, false})
        converse(
            [&](ScriptedServer& server) -> Awaitable<void> {
                co_await server.say(plus ? std::string(greeting) : "* OK [CAPABILITY X] hi\r\n");
                std::string tag;
                co_await server.command(tag);
                if (!plus) co_await server.say("+ go\r\n");
                co_await server.octets(10);
                co_await server.say(tag + " NO [OVERQUOTA] full\r\n");
                EXPECT_EQ((co_await server.octets(200'000 - 10 + 2)).size(), 200'000u - 10 + 2);
                EXPECT_EQ(co_await server.command(tag), "NOOP");  // still in step
                co_await server.say(tag + " OK\r\n");
            },
            [](Session& session) -> Awaitable<void> {
                auto refused =
                    co_await session.run(append_command(session, "x", {{.octets = std::string(200'000, 'x')}}));
                CO_ASSERT_OK(refused);
                EXPECT_EQ(refused->status, Status::no);
                CO_ASSERT_OK(co_await session.run(simple("NOOP")));
            });
}

// Nobody can have stored what was not sent.
TEST(HostileAnswers, OkBeforeTheLastOctetIsALie) {
    converse(
        [](ScriptedServer& server) -> Awaitable<void> {
            co_await server.say("* OK [CAPABILITY X] hi\r\n");
            std::string tag;
            EXPECT_EQ(co_await server.command(tag), "APPEND x {2}");
            co_await server.say(tag + " OK [APPENDUID 1 2] done\r\n");
            EXPECT_EQ(co_await server.line(), "<end>");
        },
        [](Session& session) -> Awaitable<void> {
            auto answer = co_await session.run(append_command(session, "x", {{.octets = "ab"}}));
            CO_ASSERT(!answer);
            EXPECT_EQ(answer.error().kind, ErrorKind::protocol_error);
            EXPECT_NE(answer.error().cause.find("not sent whole"), std::string::npos);
        });
}

// ---- BYE

TEST(HostileAnswers, ByeEndsAConnectionThatStaysOpen) {
    const auto outcome = ask("* BYE [UNAVAILABLE] Server busy\r\n", {.session = {.command_timeout = 100ms}});
    EXPECT_EQ(outcome.kind(), ErrorKind::throttled) << outcome.words();
    EXPECT_LT(outcome.took, at_once);
    // What was answered already, and right behind it, counts.
    EXPECT_TRUE(ask("* BYE soon\r\nTAG OK done\r\n").answer);
    EXPECT_TRUE(ask("TAG OK done\r\n* BYE soon\r\n").answer);
    // Keep-alives do not prolong it.
    const auto endless = ask(
        [](ScriptedServer& server, std::string) -> Awaitable<void> {
            co_await server.say("* BYE going\r\n");
            while (co_await server.say("* OK really\r\n")) co_await sleep_for(5ms);
        },
        {.session = {.command_timeout = 100ms, .keep_alives = 1000}});
    EXPECT_EQ(endless.kind(), ErrorKind::server_bye);
    EXPECT_LT(endless.took, at_once);
}

TEST(HostileAnswers, NothingIsSentAfterABye) {
    converse(
        [](ScriptedServer& server) -> Awaitable<void> {
            co_await server.say(std::string(greeting));
            std::string tag;
            co_await server.command(tag);
            co_await server.say(tag + " OK\r\n* BYE maintenance\r\n");
            EXPECT_EQ(co_await server.line(), "<end>");
        },
        [](Session& session) -> Awaitable<void> {
            CO_ASSERT_OK(co_await session.run(simple("NOOP")));
            co_await test::let_others_run();
            auto next = co_await session.run(simple("NOOP"));
            CO_ASSERT(!next);
            EXPECT_EQ(next.error().kind, ErrorKind::server_bye);
            EXPECT_EQ(next.error().cause, "BYE maintenance");
            EXPECT_TRUE(session.broken());
        });
}

TEST(HostileAnswers, ByeWhileALiteralIsSentIsTheReason) {
    for (const bool plus : {true, false})
        converse(
            [&](ScriptedServer& server) -> Awaitable<void> {
                co_await server.say(plus ? std::string(greeting) : "* OK [CAPABILITY X] hi\r\n");
                co_await server.line();
                co_await server.say("* BYE Request is throttled\r\n");
                server.stream().close();
            },
            [](Session& session) -> Awaitable<void> {
                auto answer =
                    co_await session.run(append_command(session, "x", {{.octets = std::string(500'000, 'x')}}));
                CO_ASSERT(!answer);
                EXPECT_EQ(answer.error().kind, ErrorKind::throttled) << answer.error().to_string();
            });
}

// The kernel tells a writer of the end before the reader has seen the last words.
struct Unwritable final : net::Stream {
    std::unique_ptr<net::Stream> inner;
    explicit Unwritable(std::unique_ptr<net::Stream> stream) : inner(std::move(stream)) {}
    Awaitable<Result<std::size_t>> read_some(std::span<char> buffer, Deadline deadline) override {
        co_await test::let_others_run();
        co_return co_await inner->read_some(buffer, deadline);
    }
    Awaitable<Result<void>> write(std::string_view, Deadline) override {
        co_return fail(ErrorKind::connection_lost, Reach::account, "Broken pipe");
    }
    Awaitable<Result<void>> start_tls(const net::TlsOptions& options, Deadline deadline) override {
        co_return co_await inner->start_tls(options, deadline);
    }
    const net::PeerInfo& peer() const override { return inner->peer(); }
    void close() override { inner->close(); }
    void reset() override { inner->reset(); }
};

TEST(HostileAnswers, TheLastWordsExplainAFailedWrite) {
    test::run_coro([]() -> Awaitable<void> {
        auto executor = co_await test::executor();
        auto context = test::context_on(executor);
        auto [client_end, server_end] = test::memory_stream_pair(executor);
        ScriptedServer server(std::move(server_end));
        co_await server.say("* OK [CAPABILITY X] hi\r\n");
        test::PreparedDialer dialer(std::make_unique<Unwritable>(std::move(client_end)));
        const net::Endpoint endpoint{.host = "mail.example", .port = 143, .tls = net::TlsMode::none};
        auto session = co_await Session::connect(context, dialer, endpoint, {}, after(1s));
        CO_ASSERT_OK(session);
        co_await server.say("* BYE Too many connections\r\n");
        server.stream().close();
        auto answer = co_await (*session)->run(simple("NOOP"));
        CO_ASSERT(!answer);
        EXPECT_EQ(answer.error().kind, ErrorKind::too_many_connections) << answer.error().to_string();
        co_await (*session)->close();
    }());
}

TEST(HostileAnswers, ByeInsideALiteralIsContent) {
    std::string got;
    Command command = simple("UID FETCH");
    command.on_data = [&](Response& response) {
        if (auto* fetch = std::get_if<FetchData>(&response)) got += *fetch->sections.at(0).bytes;
        return true;
    };
    const auto outcome =
        ask("* 1 FETCH (UID 7 BODY[] {13}\r\n* BYE enough\r)\r\nTAG OK\r\n", {}, std::move(command));
    EXPECT_TRUE(outcome.answer) << outcome.words();
    EXPECT_EQ(got, "* BYE enough\r");
}

// ---- literals for nobody

struct Recorder final : LiteralReceiver {
    std::vector<std::uint64_t> sizes;
    Awaitable<Result<void>> begin(std::uint32_t, std::uint64_t size) override {
        sizes.push_back(size);
        co_return Result<void>{};
    }
    Awaitable<Result<void>> data(std::string_view) override { co_return Result<void>{}; }
    Awaitable<Result<void>> end() override { co_return Result<void>{}; }
};

// A large literal that is no message must not become one.
TEST(HostileAnswers, OnlyWholeMessagesGoToTheReceiver) {
    Options options;
    options.session.limits.inline_literal_bytes = 4;
    const std::vector<std::pair<std::string, bool>> cases = {
        {"* 1 FETCH (UID 7 BODY[] {5}\r\nabcde)", true},
        {"* 1 fetch (FLAGS (\\Seen) body[] {5}\r\nabcde UID 7)", true},
        {"* 1 FETCH (RFC822 {5}\r\nabcde UID 7)", true},
        {"* 1 FETCH (UID 7 BODY[HEADER] {5}\r\nabcde)", false},
        {"* 1 FETCH (UID 7 BODY[]<0> {5}\r\nabcde)", false},
        {"* 1 FETCH (UID 7 X {5}\r\nabcde)", false},
    };
    for (const auto& [text, whole] : cases) {
        Recorder recorder;
        Command fetch = taking<FetchData>("UID FETCH");
        fetch.receiver = &recorder;
        const auto outcome = ask(text + "\r\nTAG OK\r\n", options, std::move(fetch));
        EXPECT_TRUE(outcome.answer) << text << outcome.words();
        EXPECT_EQ(recorder.sizes, whole ? std::vector<std::uint64_t>{5} : std::vector<std::uint64_t>{})
            << text;
    }
    for (const std::string text : {"* LIST () \"/\" {5}\r\nabcde", "* ID (\"a\" {5}\r\nabcde)",
                                   "* STATUS BODY[] {5}\r\nabcde (UIDNEXT 1)"}) {
        Recorder recorder;
        Command fetch = taking<FetchData>("UID FETCH");
        fetch.receiver = &recorder;
        const auto outcome = ask(text + "\r\nTAG OK\r\n", options, std::move(fetch));
        EXPECT_EQ(outcome.kind(), ErrorKind::protocol_error) << text << outcome.words();
        EXPECT_TRUE(recorder.sizes.empty()) << text;
    }
}

}  // namespace
}  // namespace godwit::imap
