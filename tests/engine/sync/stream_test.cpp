// Large messages among small ones, and what a pass may hold of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/engine/sync/exactly_once.h"

namespace godwit::sync {
namespace {

// Every third one is larger than what is read whole.
void fill_mixed(World& world, int count = 60) {
    for (int i = 0; i < count; ++i)
        world.from().append(mail(i, std::string(i % 3 == 1 ? 300'000u + static_cast<unsigned>(i) * 1000 : 2000u, 'a') + "\r\n"));
}

std::vector<std::string> in_order(fakeimap::Folder& folder) {
    std::vector<std::string> out;
    for (const auto& message : folder.messages) out.push_back(message.octets);
    return out;
}

TEST(Streaming, LargeMessagesKeepTheirPlaceAmongTheOthers) {
    World world;
    fill_mixed(world);
    const auto report = world.run();
    EXPECT_TRUE(report.complete()) << to_json(report);
    EXPECT_EQ(in_order(world.from()), in_order(world.to()));
}

TEST(Streaming, AServerThatNamesTheUidBehindTheLiteral) {
    fakeimap::Persona from;
    from.uid_last = true;
    World world(from);
    fill_mixed(world);
    const auto report = world.run();
    EXPECT_TRUE(report.complete()) << to_json(report);
    expect_exact(world, "uid last");
}

TEST(Streaming, MessagesLargerThanListed) {
    fakeimap::Persona from;
    from.uid_last = true;
    from.size_lies = true;
    World world(from);
    world.request.limits.whole_message_bytes = 2'100;   // some are listed below it and are above
    for (int i = 0; i < 40; ++i) world.from().append(mail(i, std::string(1700u + static_cast<unsigned>(i) * 20, 'a') + "\r\n"));
    const auto report = world.run();
    EXPECT_TRUE(report.complete()) << to_json(report);
    expect_exact(world, "larger than listed");
}

TEST(Streaming, ARefusedLargeMessageDoesNotStopTheOthers) {
    fakeimap::Persona to;
    to.refuse_message = [](const fakeimap::Message& message) -> std::optional<std::string> {
        return message.octets.size() > 320'000 ? std::optional<std::string>("NO [TOOBIG] too large") : std::nullopt;
    };
    World world({}, to);
    fill_mixed(world);
    const auto report = world.run();
    EXPECT_FALSE(report.error) << to_json(report);
    EXPECT_EQ(report.counters.messages_copied + report.counters.messages_failed, 60u);
    EXPECT_GT(report.counters.messages_failed, 5u);
    EXPECT_GT(report.counters.messages_copied, 40u);
}

// With nothing left in the process's budget a pass goes on with its guaranteed part.
TEST(Budget, APassGoesOnWithoutAnyAndGivesAllBack) {
    for (const std::uint64_t bytes : {0ull, 100'000ull, 100'000'000ull}) {
        ByteBudget budget(bytes);
        World world;
        world.budget = &budget;
        fill_mixed(world);
        for (int i = 100; i < 400; ++i) world.from().append(mail(i, std::string(20'000, 'b') + "\r\n"));
        const auto report = world.run();
        EXPECT_TRUE(report.complete()) << to_json(report);
        expect_exact(world, "budget");
        EXPECT_EQ(budget.taken(), 0u);
    }
}

}  // namespace
}  // namespace godwit::sync
