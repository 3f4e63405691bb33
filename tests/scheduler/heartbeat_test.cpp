#include "scheduler/heartbeat.h"

#include <gtest/gtest.h>

#include "tests/scheduler/runtime_support.h"

namespace godwit::scheduler {
namespace {

using namespace std::chrono_literals;
using test::FakeHeartbeat;
using test::Watched;

const NodeId node{"nod_1"};
const LeaseSettings quick{600ms};  // beats every 100 ms, margin 200 ms

class Events final : public LeaseEvents {
public:
    void on_beat(const NodeId&, const Heartbeat& heartbeat) override {
        state.change([&] { heard.push_back(heartbeat); });
    }
    void on_lost(const NodeId& lost_node, const Error& reason) override {
        state.change([&] { lost.push_back({lost_node, reason, std::chrono::steady_clock::now()}); });
    }
    struct Lost {
        NodeId node;
        Error reason;
        SteadyTime at;
    };
    bool wait_lost(std::size_t count = 1) {
        return state.wait([&] { return lost.size() >= count; });
    }
    Watched state;
    std::vector<Heartbeat> heard;
    std::vector<Lost> lost;
};

SteadyTime now() { return std::chrono::steady_clock::now(); }

TEST(LeaseKeeper, BeatsWhileItHoldsALease) {
    FakeHeartbeat channel;
    channel.answer([](const NodeId&) { return Heartbeat{true, {MigrationId{"mig_1"}}}; });
    Events events;
    LeaseKeeper keeper(channel, quick, events);
    EXPECT_FALSE(keeper.trusted_until());
    EXPECT_EQ(channel.count(), 0u);
    keeper.hold(node, now());
    ASSERT_TRUE(events.state.wait([&] { return events.heard.size() >= 3; }));
    EXPECT_TRUE(keeper.trusted_until());
    EXPECT_TRUE(events.lost.empty());
    EXPECT_TRUE(events.heard[0].paused);
    EXPECT_EQ(events.heard[0].stop, std::vector{MigrationId{"mig_1"}});
}

TEST(LeaseKeeper, TrustsALeaseFromTheBeginningOfTheLastGoodBeat) {
    FakeHeartbeat channel;
    Events events;
    SteadyTime last_good{};
    int count = 0;
    channel.answer([&](const NodeId&) -> Result<Heartbeat> {
        if (++count > 3) return test::database_away();
        last_good = now();
        return Heartbeat{};
    });
    LeaseKeeper keeper(channel, quick, events);
    keeper.hold(node, now());
    ASSERT_TRUE(events.wait_lost());
    EXPECT_EQ(events.lost[0].reason.kind, ErrorKind::lease_lost);
    EXPECT_EQ(events.lost[0].node, node);
    // The fake took its time a little after the keeper did.
    EXPECT_GE(events.lost[0].at, last_good + 400ms - 50ms);
    EXPECT_LT(events.lost[0].at, last_good + 600ms);
    EXPECT_GT(channel.count(), 5u) << "it kept trying";
    EXPECT_FALSE(keeper.trusted_until());
}

// Times are the test's own: no thread of the keeper has a reason to wake up.
TEST(LeaseKeeper, TheFenceIsAMatterOfTimeNotOfNoticing) {
    FakeHeartbeat channel;
    channel.answer([](const NodeId&) { return test::database_away(); });
    Events events;
    LeaseKeeper keeper(channel, LeaseSettings{60s}, events);
    EXPECT_FALSE(keeper.trusted(SteadyTime{})) << "there is no lease";
    const auto since = now();
    keeper.hold(node, since);
    EXPECT_TRUE(keeper.trusted(since));
    EXPECT_TRUE(keeper.trusted(since + 40s - 1ms));
    EXPECT_FALSE(keeper.trusted(since + 40s)) << "the margin belongs to what is under way";
    EXPECT_FALSE(keeper.trusted(since + 1h));
    EXPECT_TRUE(keeper.trusted_until()) << "nobody has noticed anything";
    keeper.release();
    EXPECT_FALSE(keeper.trusted(since));
}

// As after SIGSTOP and SIGCONT: the answer to a beat of before comes first, and says nothing of now.
TEST(LeaseKeeper, AnAnswerCountsFromWhenItsBeatWasSent) {
    FakeHeartbeat channel;
    Events events;
    LeaseKeeper keeper(channel, LeaseSettings{60s}, events);
    const auto began = now();
    keeper.hold(node, began - 30s);
    ASSERT_TRUE(events.state.wait([&] { return !events.heard.empty(); }));
    EXPECT_TRUE(keeper.trusted(began + 40s - 1ms));
    EXPECT_FALSE(keeper.trusted(now() + 40s));
}

TEST(LeaseKeeper, ALeaseThatTheDatabaseEndedIsNotTrusted) {
    FakeHeartbeat channel;
    channel.answer([](const NodeId&) { return fail(ErrorKind::lease_lost, Reach::node, "expired"); });
    Events events;
    LeaseKeeper keeper(channel, LeaseSettings{60s}, events);
    keeper.hold(node, now());
    ASSERT_TRUE(events.wait_lost());
    EXPECT_FALSE(keeper.trusted(now()));
}

TEST(LeaseKeeper, ABeatThatHangsDoesNotHoldUpTheFence) {
    FakeHeartbeat channel;
    Events events;
    Watched gate;
    bool open = false;
    channel.answer([&](const NodeId&) -> Result<Heartbeat> {
        gate.wait([&] { return open; });
        return Heartbeat{};
    });
    LeaseKeeper keeper(channel, quick, events);
    keeper.hold(node, now());
    EXPECT_TRUE(events.wait_lost());
    EXPECT_EQ(channel.count(), 0u);
    gate.change([&] { open = true; });
    ASSERT_TRUE(channel.state.wait([&] { return channel.beats.size() == 1; }));
    EXPECT_FALSE(keeper.trusted_until()) << "an answer that came too late revives nothing";
}

TEST(LeaseKeeper, BelievesTheDatabaseAtOnce) {
    FakeHeartbeat channel;
    channel.answer([](const NodeId&) { return fail(ErrorKind::lease_lost, Reach::node, "expired"); });
    Events events;
    LeaseKeeper keeper(channel, LeaseSettings{60s}, events);
    keeper.hold(node, now());
    ASSERT_TRUE(events.wait_lost());
    EXPECT_EQ(events.lost[0].reason.cause, "expired");
    channel.answer({});
    const NodeId next{"nod_2"};
    keeper.hold(next, now());
    ASSERT_TRUE(channel.state.wait([&] { return channel.beats.back() == next; }));
    EXPECT_TRUE(keeper.trusted_until());
    EXPECT_EQ(events.lost.size(), 1u);
}

TEST(LeaseKeeper, BeatsSoonWhenAsked) {
    FakeHeartbeat channel;
    Events events;
    LeaseKeeper keeper(channel, LeaseSettings{15s}, events);  // every 2.5 s, but 100 ms apart when asked
    keeper.hold(node, now());
    const auto began = now();
    for (std::size_t count = 1; count <= 4; ++count) {
        ASSERT_TRUE(channel.state.wait([&] { return channel.beats.size() >= count; }));
        keeper.beat_soon();
    }
    EXPECT_LT(now() - began, 2s);
    EXPECT_GE(now() - began, 300ms);
}

TEST(LeaseKeeper, RestsAfterRelease) {
    FakeHeartbeat channel;
    Events events;
    LeaseKeeper keeper(channel, LeaseSettings{60ms}, events);
    keeper.hold(node, now());
    ASSERT_TRUE(channel.state.wait([&] { return !channel.beats.empty(); }));
    keeper.release();
    EXPECT_FALSE(keeper.trusted_until());
    // A beat may be under way; the lease would have been lost long before the second one below.
    const NodeId next{"nod_2"};
    channel.answer([](const NodeId&) { return fail(ErrorKind::lease_lost, Reach::node, "expired"); });
    keeper.hold(next, now());
    ASSERT_TRUE(events.wait_lost());
    EXPECT_EQ(events.lost[0].node, next);
}

TEST(LeaseKeeper, EndsPromptly) {
    FakeHeartbeat channel;
    Events events;
    const auto began = now();
    {
        LeaseKeeper keeper(channel, LeaseSettings{60s}, events);
        keeper.hold(node, now());
        ASSERT_TRUE(channel.state.wait([&] { return !channel.beats.empty(); }));
    }
    EXPECT_LT(now() - began, 5s);
}

}  // namespace
}  // namespace godwit::scheduler
