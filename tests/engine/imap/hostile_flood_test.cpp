// Servers that send a lot: nothing of it is kept, and it ends.
#include <unistd.h>
#include <fstream>

#include "engine/imap/commands.h"
#include "tests/engine/imap/hostile.h"

namespace godwit::imap {
namespace {

using namespace testing;

std::size_t resident_bytes() {
    std::size_t total = 0, resident = 0;
    std::ifstream("/proc/self/statm") >> total >> resident;
    return resident * static_cast<std::size_t>(getpagesize());
}

bool memory_can_be_measured() {
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
    return false;  // a sanitizer keeps freed memory
#endif
    return true;
}

constexpr std::size_t flood = 1'000'000;
constexpr std::size_t at_once_said = 1000;

// `flood` responses; then, if somebody still listens, the answer.
TagScript flooding(std::string response) {
    return [=](ScriptedServer& server, std::string tag) -> Awaitable<void> {
        std::string many;
        for (std::size_t i = 0; i < at_once_said; ++i) many += response;
        for (std::size_t i = 0; i < flood && co_await server.say(many); i += at_once_said) {
        }
        co_await server.say(tag + " OK\r\n");
    };
}

void expect_flat(const std::string& response, Command command) {
    SCOPED_TRACE(response);
    const std::size_t before = resident_bytes();
    const auto outcome = ask(flooding(response), {.session = {.command_timeout = 20s}}, std::move(command));
    const std::size_t after = resident_bytes();
    EXPECT_TRUE(outcome.answer) << outcome.words();
    if (memory_can_be_measured()) EXPECT_LT(after, before + (8u << 20));
}

TEST(HostileFlood, AMillionResponsesLeaveNothingBehind) {
    expect_flat("* 7 EXISTS\r\n", simple("NOOP"));
    expect_flat("* OK [ALERT] Still here\r\n", simple("NOOP"));
    Command fetch = taking<FetchData>("UID FETCH");
    fetch.bulk = true;
    expect_flat("* 1 FETCH (FLAGS (\\Seen) UID 1)\r\n", std::move(fetch));
    expect_flat("* LIST () \"/\" x\r\n", simple("NOOP"));
    expect_flat("+ go\r\n", simple("NOOP"));
}

void expect_ended(std::string response, Command command, WireLimits limits, std::string_view words) {
    Options options{.session = {.command_timeout = 20s}};
    options.session.limits = limits;
    std::size_t said = 0;
    const auto endless = [&](ScriptedServer& server, std::string) -> Awaitable<void> {
        for (; co_await server.say(response); ++said) {
        }
    };
    const auto outcome = ask(endless, options, std::move(command));
    EXPECT_EQ(outcome.kind(), ErrorKind::limit_exceeded) << outcome.words();
    EXPECT_NE(outcome.words().find(words), std::string::npos) << outcome.words();
    EXPECT_LT(said, 200'000u);
}

TEST(HostileFlood, WithoutEndItIsEnded) {
    const WireLimits limits{
        .command_bytes = 100'000, .command_responses = 50'000, .ignored_responses = 50'000};
    expect_ended("* OK Still here\r\n", simple("NOOP"), limits, "too many responses that nobody asked for");
    expect_ended("+ go\r\n", simple("NOOP"), limits, "too many responses that nobody asked for");
    Command fetch = taking<FetchData>("UID FETCH");
    fetch.bulk = true;
    expect_ended("* 1 FETCH (UID 1)\r\n", std::move(fetch), limits,
                 "UID FETCH: more data than one command can take");
    expect_ended("* LIST () \"/\" x\r\n", taking<ListData>("LIST"), limits,
                 "LIST: more data than one command can take");
}

TEST(HostileFlood, BetweenCommandsToo) {
    Options options;
    options.session.limits.ignored_responses = 1000;
    converse(
        [](ScriptedServer& server) -> Awaitable<void> {
            co_await server.say(std::string(greeting));
            while (co_await server.say("* 1 EXISTS\r\n")) {
            }
        },
        [](Session& session) -> Awaitable<void> {
            while (!session.broken()) co_await test::let_others_run();
            EXPECT_EQ(session.error().kind, ErrorKind::limit_exceeded);
        },
        options);
}

// What the commands of commands.h collect is bounded as well.
TEST(HostileFlood, FolderListsAreBounded) {
    Options options;
    options.session.limits.command_bytes = 1u << 20;
    for (const std::string row : {"* LIST () \"/\" {4}\r\nabcd\r\n", "* LIST (\\a \\b \\c \\d) \"/\" x\r\n"})
        converse(
            [&](ScriptedServer& server) -> Awaitable<void> {
                co_await server.say(std::string(greeting));
                co_await server.line();
                while (co_await server.say(row)) {
                }
            },
            [](Session& session) -> Awaitable<void> {
                const auto listed = co_await list_folders(session);
                CO_ASSERT(!listed);
                EXPECT_EQ(listed.error().kind, ErrorKind::limit_exceeded);
                EXPECT_EQ(listed.error().context, "LIST");
            },
            options);
}

}  // namespace
}  // namespace godwit::imap
