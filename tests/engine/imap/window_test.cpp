#include "engine/imap/window.h"

#include "tests/engine/imap/conversation.h"

namespace godwit::imap {
namespace {

using namespace testing;
using test::ScriptedServer;

TEST(Window, SendsNoMoreThanThatManyUnanswered) {
    converse(
        [](ScriptedServer& server) -> Awaitable<void> {
            co_await server.say(std::string(greeting));
            std::string first, second, third;
            co_await server.command(first);
            co_await server.command(second);
            co_await test::let_others_run();
            EXPECT_EQ(server.unread(), "") << "the third one waits";
            co_await server.say(first + " OK\r\n");
            co_await server.command(third);
            co_await server.say(second + " OK\r\n" + third + " OK\r\n");
        },
        [](Session& session) -> Awaitable<void> {
            Window window(session, 2, true);
            for (int i = 0; i < 3; ++i) EXPECT_TRUE(co_await window.add(simple("NOOP")));
            CO_ASSERT_OK(co_await window.finish());
            EXPECT_EQ(session.in_flight(), 0u);
        });
}

TEST(Window, TheFirstErrorCountsAndAllAnswersAreAwaited) {
    for (const bool refusals_matter : {true, false})
        converse(
            [](ScriptedServer& server) -> Awaitable<void> {
                co_await server.say(std::string(greeting));
                std::string first, second;
                co_await server.command(first);
                co_await server.command(second);
                co_await server.say(first + " NO first\r\n" + second + " BAD second\r\n");
            },
            [refusals_matter](Session& session) -> Awaitable<void> {
                Window window(session, 5, refusals_matter);
                EXPECT_TRUE(co_await window.add(simple("NOOP")));
                EXPECT_TRUE(co_await window.add(simple("NOOP")));
                const auto done = co_await window.finish();
                EXPECT_EQ(session.in_flight(), 0u);
                EXPECT_EQ(done.has_value(), !refusals_matter);
                if (!done) EXPECT_NE(done.error().cause.find("first"), std::string::npos) << done.error().cause;
                EXPECT_EQ(co_await window.add(simple("NOOP")), done.has_value()) << "nothing is sent after an error";
                if (done) session.abandon({ErrorKind::cancelled, Reach::account, "over", {}});
                EXPECT_FALSE(co_await window.finish());
            });
}

}  // namespace
}  // namespace godwit::imap
