#include <gtest/gtest.h>

#include "engine/sync/lane_policy.h"

namespace godwit::sync {
namespace {

using enum LanePolicy::Advice;

// `rate` says what is done in an interval with so many lanes. Returns the lanes after `intervals`.
template <class Rate>
std::size_t lanes_after(LanePolicy& policy, int intervals, Rate rate) {
    for (int i = 0; i < intervals; ++i) policy.next(rate(policy.lanes()), true);
    return policy.lanes();
}

TEST(LanePolicy, AddsLanesWhileEachMakesItFaster) {
    LanePolicy policy(4);
    EXPECT_EQ(lanes_after(policy, 20, [](std::size_t lanes) { return 100.0 * static_cast<double>(lanes); }), 4u);
}

TEST(LanePolicy, GivesUpTheOneThatBringsNothing) {
    LanePolicy policy(8);
    EXPECT_EQ(lanes_after(policy, 20, [](std::size_t lanes) { return lanes >= 2 ? 200.0 : 100.0; }), 2u);
}

TEST(LanePolicy, TriesAgainLaterAndLater) {
    LanePolicy policy(2);
    int tries = 0;
    for (int i = 0; i < 400; ++i) tries += policy.next(100, true) == add;
    EXPECT_GE(tries, 3);
    EXPECT_LE(tries, 5);
}

TEST(LanePolicy, StaysWithOneWhereNoMoreIsAllowedOrLittleIsLeft) {
    LanePolicy one(1);
    LanePolicy idle(4);
    for (int i = 0; i < 50; ++i) {
        EXPECT_EQ(one.next(100, true), stay);
        EXPECT_EQ(idle.next(100, false), stay);
        EXPECT_EQ(idle.next(0, true), stay);
    }
}

// A link that is full carries more once it is compressed.
TEST(LanePolicy, TriesCompressionWhereAnotherLaneBringsNothing) {
    LanePolicy policy(3, true);
    const auto rate = [&](std::size_t lanes) { return lanes > 1 && policy.compressed() ? 200.0 : 100.0; };
    lanes_after(policy, 3, rate);
    EXPECT_EQ(policy.lanes(), 1u) << "plain, it brought nothing";
    EXPECT_TRUE(policy.compressed());
    lanes_after(policy, 3, rate);
    EXPECT_EQ(policy.lanes(), 2u) << "compressed, it is worth its connection";
    LanePolicy never(3);
    lanes_after(never, 8, [](std::size_t) { return 100.0; });
    EXPECT_FALSE(never.compressed());
}

TEST(LanePolicy, ARefusalIsTheEndOfIt) {
    LanePolicy policy(4);
    EXPECT_EQ(policy.next(100, true), add);
    policy.refused();
    EXPECT_EQ(lanes_after(policy, 200, [](std::size_t lanes) { return 100.0 * static_cast<double>(lanes); }), 1u);
}

}  // namespace
}  // namespace godwit::sync
