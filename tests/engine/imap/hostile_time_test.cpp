// Servers that are slow, for ever, with and without a sign of life.
#include "engine/imap/commands.h"
#include "tests/engine/imap/hostile.h"

namespace godwit::imap {
namespace {

using namespace testing;

SessionOptions impatient() { return {.command_timeout = 200ms, .keep_alives = 3, .alive_octets = 1000}; }

// Says `piece` every `pause` until nobody listens.
TagScript dripping(std::string begin, std::string piece, std::chrono::milliseconds pause) {
    return [=](ScriptedServer& server, std::string) -> Awaitable<void> {
        co_await server.say(begin);
        while (co_await server.say(piece)) co_await sleep_for(pause);
    };
}

void expect_timeout(const Outcome& outcome, std::string_view words, std::chrono::milliseconds least) {
    EXPECT_EQ(outcome.kind(), ErrorKind::timeout) << outcome.words();
    EXPECT_NE(outcome.words().find(words), std::string::npos) << outcome.words();
    EXPECT_TRUE(outcome.broken);
    EXPECT_GE(outcome.took, least);
    EXPECT_LT(outcome.took, at_once);
}

TEST(HostileTime, SilenceAndDripsEndAfterOneTimeout) {
    const Options options{.session = impatient()};
    expect_timeout(ask("", options), "NOOP: no answer for 0.2 s", 200ms);
    expect_timeout(ask(dripping("", "x", 5ms), options), "no answer for 0.2 s", 200ms);
    expect_timeout(ask(dripping("* OK ", "x", 5ms), options), "no answer for 0.2 s", 200ms);
    expect_timeout(ask(dripping("* 1 FETCH (BODY[] {100000}\r\n", "x", 5ms), options), "no answer", 200ms);
    expect_timeout(ask("* 1 FETCH (BODY[] {100000}\r\nhalf of", options), "no answer", 200ms);
}

TEST(HostileTime, SignsOfLifeExtendACommandAFewTimes) {
    const Options options{.session = impatient()};
    for (const std::string said : {"* OK Still here\r\n", "+ odd\r\n"})
        expect_timeout(ask(dripping("", said, 10ms), options),
                       "no progress for 0.6 s, though the server is alive", 600ms);
    // Long responses that never end, at a useful rate.
    expect_timeout(ask(dripping("* OK ", std::string(500, 'x'), 10ms), options), "no progress", 600ms);
}

TEST(HostileTime, ASlowServerThatKeepsItsClientsInformedIsWaitedFor) {
    const auto outcome = ask(
        [](ScriptedServer& server, std::string tag) -> Awaitable<void> {
            for (int i = 0; i < 14; ++i) {
                co_await server.say("* OK Still here\r\n");
                co_await sleep_for(20ms);
            }
            co_await server.say(tag + " OK\r\n");
        },
        {.session = impatient()});
    EXPECT_TRUE(outcome.answer) << outcome.words();
    EXPECT_GE(outcome.took, 280ms);
}

TEST(HostileTime, DataThatWasAskedForMayTakeLong) {
    const auto outcome = ask(
        [](ScriptedServer& server, std::string tag) -> Awaitable<void> {
            for (int i = 0; i < 35; ++i) {
                co_await server.say("* FLAGS ()\r\n");
                co_await sleep_for(20ms);
            }
            co_await server.say(tag + " OK\r\n");
        },
        {.session = impatient()}, taking<FlagsData>("X"));
    EXPECT_TRUE(outcome.answer) << outcome.words();
    EXPECT_GE(outcome.took, 700ms);
}

// ---- large literals

struct SlowReceiver final : LiteralReceiver {
    std::chrono::milliseconds pause{};
    std::size_t octets = 0;
    Awaitable<Result<void>> begin(std::uint32_t, std::uint64_t) override { co_return Result<void>{}; }
    Awaitable<Result<void>> data(std::string_view piece) override {
        octets += piece.size();
        co_await sleep_for(pause);
        co_return Result<void>{};
    }
    Awaitable<Result<void>> end() override { co_return Result<void>{}; }
};

Options streaming() {
    Options options{.session = impatient()};
    options.session.limits.inline_literal_bytes = 4;
    return options;
}

TEST(HostileTime, AFlowingLiteralMayTakeLong) {
    SlowReceiver receiver;
    Command fetch = taking<FetchData>("UID FETCH");
    fetch.receiver = &receiver;
    const auto outcome = ask(
        [](ScriptedServer& server, std::string tag) -> Awaitable<void> {
            co_await server.say("* 1 FETCH (UID 7 BODY[] {35000}\r\n");
            for (int i = 0; i < 70; ++i) {
                co_await server.say(std::string(500, 'x'));
                co_await sleep_for(10ms);
            }
            co_await server.say(")\r\n" + tag + " OK\r\n");
        },
        streaming(), std::move(fetch));
    EXPECT_TRUE(outcome.answer) << outcome.words();
    EXPECT_GE(outcome.took, 700ms);
    EXPECT_EQ(receiver.octets, 35'000u);
}

TEST(HostileTime, ADrippingLiteralMayNot) {
    SlowReceiver receiver;
    Command fetch = taking<FetchData>("UID FETCH");
    fetch.receiver = &receiver;
    expect_timeout(
        ask(dripping("* 1 FETCH (UID 7 BODY[] {25000}\r\n", "x", 5ms), streaming(), std::move(fetch)),
        "no answer for 0.2 s", 200ms);
}

TEST(HostileTime, OurOwnBackPressureIsNotTheServersFault) {
    SlowReceiver receiver;
    receiver.pause = 700ms;  // more than even a lively server may take
    Command fetch = taking<FetchData>("UID FETCH");
    fetch.receiver = &receiver;
    const auto outcome =
        ask("* 1 FETCH (UID 7 BODY[] {5}\r\nabcde)\r\nTAG OK\r\n", streaming(), std::move(fetch));
    EXPECT_TRUE(outcome.answer) << outcome.words();
    EXPECT_GE(outcome.took, 700ms);
}

TEST(HostileTime, AfterBackPressureTheServersTimeRunsOn) {
    SlowReceiver receiver;
    receiver.pause = 300ms;
    Command fetch = taking<FetchData>("UID FETCH");
    fetch.receiver = &receiver;
    expect_timeout(ask("* 1 FETCH (UID 7 BODY[] {6}\r\nabcde", streaming(), std::move(fetch)), "no answer",
                   490ms);
}

TEST(HostileTime, APausedReaderDoesNotTimeOut) {
    converse(
        [](ScriptedServer& server) -> Awaitable<void> {
            co_await server.say(std::string(greeting));
            std::string one, two;
            co_await server.command(one);
            co_await server.say("* 1 EXISTS\r\n");
            co_await server.command(two);
            co_await server.say(one + " OK\r\n" + two + " OK\r\n");
        },
        [](Session& session) -> Awaitable<void> {
            session.pause_reading();
            auto one = co_await session.start(simple("NOOP"));
            co_await test::let_others_run();  // the reader has something in hand now
            auto two = co_await session.start(simple("NOOP"));
            CO_ASSERT_OK(two);
            co_await sleep_for(400ms);
            TaskScope scope(session.context().executor);
            scope.spawn("resume", [](Session& s) -> Awaitable<void> {
                co_await sleep_for(300ms);
                EXPECT_FALSE(s.broken());
                s.resume_reading();
            }(session));
            EXPECT_TRUE((co_await (*one)->answer()).has_value());
            EXPECT_TRUE((co_await (*two)->answer()).has_value());
            co_await scope.join();
        },
        {.session = impatient()});
}

// ---- writing

struct SlowSource final : LiteralSource {
    Awaitable<Result<std::size_t>> read(std::span<char> buffer) override {
        co_await sleep_for(30ms);
        buffer[0] = 'x';
        co_return 1;
    }
};

TEST(HostileTime, TheTimeOfAnAnswerBeginsWhenTheCommandWasSent) {
    SlowSource source;
    converse(
        [](ScriptedServer& server) -> Awaitable<void> {
            co_await server.say(std::string(greeting));
            std::string tag;
            co_await server.command(tag);
            co_await server.octets(12);  // 300 ms, in which nothing is said
            co_await sleep_for(30ms);
            co_await server.say(tag + " OK\r\n");
        },
        [&](Session& session) -> Awaitable<void> {
            auto answer = co_await session.run(append_command(session, "x", {{.size = 10, .source = &source}}));
            CO_ASSERT_OK(answer);
        },
        {.session = impatient()});
}

TEST(HostileTime, AContinuationThatNeverComes) {
    for (const std::string said : {"", "* OK Still here\r\n"})
        converse(
            [&](ScriptedServer& server) -> Awaitable<void> {
                co_await server.say("* OK [CAPABILITY X] hi\r\n");
                co_await server.line();
                while (!said.empty() && co_await server.say(said)) co_await sleep_for(10ms);
                EXPECT_EQ(co_await server.line(), "<end>");
            },
            [&](Session& session) -> Awaitable<void> {
                const auto start = std::chrono::steady_clock::now();
                auto answer = co_await session.run(append_command(session, "x", {{.octets = "ab"}}));
                const auto took = std::chrono::steady_clock::now() - start;
                CO_ASSERT(!answer);
                EXPECT_EQ(answer.error().kind, ErrorKind::timeout);
                EXPECT_GE(took, said.empty() ? 200ms : 600ms);
                EXPECT_LT(took, at_once);
            },
            {.session = impatient()});
}

TEST(HostileTime, AServerThatReadsNothing) {
    test::run_coro([]() -> Awaitable<void> {
        auto executor = co_await test::executor();
        auto context = test::context_on(executor);
        auto [client_end, server_end] = test::memory_stream_pair(executor);
        client_end->limit_capacity(1000);
        auto options = impatient();
        Session session(context, std::move(client_end), options);
        auto answer = co_await session.run(append_command(session, "x", {{.octets = std::string(5000, 'x')}}));
        CO_ASSERT(!answer);
        EXPECT_EQ(answer.error().kind, ErrorKind::timeout);
        EXPECT_TRUE(session.broken());
        co_await session.close();
    }());
}

TEST(HostileTime, HalfClosedConnectionsEndAtOnce) {
    for (const std::string last : {"", "* 1 FETCH (BODY[] {10}\r\nhalf", "* OK unfinished"}) {
        const auto outcome = ask(
            [&](ScriptedServer& server, std::string) -> Awaitable<void> {
                co_await server.say(last);
                server.stream().close();
            },
            {.session = impatient()});
        EXPECT_EQ(outcome.kind(), ErrorKind::connection_lost) << outcome.words();
        EXPECT_LT(outcome.took, 190ms);
    }
}

// What a server chats during SELECT is no data of the folder.
TEST(HostileTime, ChatterDoesNotHoldUpASelect) {
    converse(
        [](ScriptedServer& server) -> Awaitable<void> {
            co_await server.say(std::string(greeting));
            co_await server.line();
            while (co_await server.say("* OK Still here\r\n* OK [ALERT] listen\r\n"))
                co_await sleep_for(10ms);
        },
        [](Session& session) -> Awaitable<void> {
            auto selected = co_await select(session, "INBOX", true);
            CO_ASSERT(!selected);
            EXPECT_EQ(selected.error().kind, ErrorKind::timeout);
            EXPECT_NE(selected.error().cause.find("no progress"), std::string::npos)
                << selected.error().cause;
        },
        {.session = impatient()});
}

// ---- the first and the last words

void expect_no_greeting(Script script, ErrorKind kind) {
    std::optional<Error> error;
    const auto start = std::chrono::steady_clock::now();
    converse(script, {}, {.session = impatient(), .connect_wait = 200ms}, &error);
    ASSERT_TRUE(error);
    EXPECT_EQ(error->kind, kind) << error->to_string();
    EXPECT_LT(std::chrono::steady_clock::now() - start, at_once);
}

Script repeating(std::string piece, std::chrono::milliseconds pause) {
    return [=](ScriptedServer& server) -> Awaitable<void> {
        while (co_await server.say(piece)) {
            if (pause > 0ms) co_await sleep_for(pause);
        }
    };
}

TEST(HostileTime, TheGreetingHasADeadlineWhateverComes) {
    expect_no_greeting([](ScriptedServer& server) -> Awaitable<void> { co_await server.line(); },
                       ErrorKind::timeout);
    expect_no_greeting(repeating("x", 5ms), ErrorKind::timeout);
    expect_no_greeting(repeating("* 1 EXISTS\r\n", 5ms), ErrorKind::timeout);
    expect_no_greeting(repeating(std::string(5000, 'x'), 0ms),
                       ErrorKind::protocol_error);  // a line without end
    expect_no_greeting(repeating("* 1 FETCH (BODY[] {300000}\r\n", 0ms), ErrorKind::protocol_error);
}

TEST(HostileTime, AFloodBeforeTheGreetingEndsByTimeOrCount) {
    const std::string flood(12 * 500, '\n');
    expect_no_greeting(repeating(flood, 0ms), ErrorKind::timeout);
    std::optional<Error> error;
    Options options;
    options.session.limits.ignored_responses = 100;
    converse(repeating(flood, 0ms), {}, options, &error);
    ASSERT_TRUE(error);
    EXPECT_EQ(error->kind, ErrorKind::limit_exceeded);
}

TEST(HostileTime, CapabilitiesHaveTheDeadlineOfTheConnection) {
    expect_no_greeting(
        [](ScriptedServer& server) -> Awaitable<void> {
            co_await server.say("* OK hello\r\n");
            while (co_await server.say("* OK Still here\r\n")) co_await sleep_for(10ms);
        },
        ErrorKind::timeout);
}

TEST(HostileTime, LogoutIsNotProlongedByKeepAlives) {
    converse(
        [](ScriptedServer& server) -> Awaitable<void> {
            co_await server.say(std::string(greeting));
            EXPECT_EQ((co_await server.line()).substr(3), "LOGOUT");
            while (co_await server.say("* OK Still here\r\n")) co_await sleep_for(10ms);
        },
        [](Session& session) -> Awaitable<void> {
            const auto start = std::chrono::steady_clock::now();
            co_await session.close();
            EXPECT_LT(std::chrono::steady_clock::now() - start, 590ms);
        },
        {.session = impatient()});
}

}  // namespace
}  // namespace godwit::imap
