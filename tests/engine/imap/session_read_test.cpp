// What becomes of octets between the stream and those who asked for them.
#include <algorithm>

#include <gtest/gtest.h>

#include "tests/engine/imap/conversation.h"

namespace godwit::imap {
namespace {

using namespace testing;

// The buffer that they came in is lent to others meanwhile.
TEST(SessionRead, OctetsThatWaitForThePauseToEndAreKept) {
    converse(
        [](ScriptedServer& server) -> Awaitable<void> {
            co_await server.say(std::string(greeting));
            std::string tag;
            co_await server.command(tag);
            co_await server.say("* 1 EXISTS\r\n* 2 EXISTS\r\n" + tag + " OK\r\n");
        },
        [](Session& session) -> Awaitable<void> {
            auto command = simple("NOOP");
            command.on_data = [&](Response&) {
                if (session.exists() == 1) session.pause_reading();
                return true;
            };
            auto sent = co_await session.start(std::move(command));
            CO_ASSERT_OK(sent);
            while (session.exists() == 0) co_await test::let_others_run();
            net::LentBuffer other;
            std::ranges::fill(other.room(), 'x');
            session.resume_reading();
            CO_ASSERT_OK(co_await (*sent)->answer());
            EXPECT_EQ(session.exists(), 2u);
        });
}

}  // namespace
}  // namespace godwit::imap
