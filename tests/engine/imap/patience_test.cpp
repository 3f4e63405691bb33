#include "engine/imap/patience.h"

#include <gtest/gtest.h>

namespace godwit::imap {
namespace {

using namespace std::chrono_literals;

constexpr PatienceLimits limits{.silence = 10s, .keep_alives = 3, .octets = 100};

struct PatienceTest : testing::Test {
    const SteadyTime start{1000s};
    SteadyTime now = start;
    Patience patience{limits, start};

    auto left(SteadyTime since) const { return patience.limit(since, now) - now; }
    auto left() const { return left(start); }
};

TEST_F(PatienceTest, SilenceEndsIt) {
    EXPECT_EQ(left(), 10s);
    now += 7s;
    EXPECT_EQ(left(), 3s);
    EXPECT_EQ(left(patience.clock(now)), 10s);  // a younger command
    now += 3s;
    EXPECT_EQ(left(), 0s);
    EXPECT_FALSE(patience.only_keep_alives(start, now));
}

TEST_F(PatienceTest, AResponseMayTurnOutToBeProgress) {
    for (int i = 0; i < 100; ++i) {
        now += 9s;
        patience.response(now);
        patience.progress();
    }
    EXPECT_EQ(left(), 10s);
    EXPECT_FALSE(patience.only_keep_alives(start, now));
}

TEST_F(PatienceTest, KeepAlivesExtendItAFewTimes) {
    for (int i = 0; i < 29; ++i) {
        now += 1s;
        patience.response(now);
    }
    EXPECT_EQ(left(), 1s);
    now += 1s;
    EXPECT_EQ(left(), 0s);
    EXPECT_TRUE(patience.only_keep_alives(start, now));
    EXPECT_EQ(left(patience.clock(now)), 10s);  // a younger command
}

TEST_F(PatienceTest, ProgressBeginsAnew) {
    for (int i = 0; i < 100; ++i) {
        now += 9s;
        patience.progress(now);
        EXPECT_EQ(left(), 10s);
    }
}

TEST_F(PatienceTest, FewOctetsAreNoSignOfLife) {
    for (int i = 0; i < 99; ++i) patience.octets(1, now + 5s);
    EXPECT_EQ(left(), 10s);
    patience.octets(1, now + 5s);
    EXPECT_EQ(left(), 15s);
    patience.octets(99, now + 7s);
    patience.response(now + 8s);
    patience.octets(99, now + 9s);  // counted from the response on
    EXPECT_EQ(left(), 18s);
}

TEST_F(PatienceTest, AFlowingLiteralIsProgress) {
    for (int i = 0; i < 100; ++i) {
        now += 9s;
        patience.octets(100, now);
        patience.literal(100, now);
        EXPECT_EQ(left(), 10s);
    }
}

TEST_F(PatienceTest, OctetsNobodyTakesAreAKeepAlive) {
    for (int i = 0; i < 29; ++i) patience.octets(100, now += 1s);
    EXPECT_EQ(left(), 1s);
}

TEST_F(PatienceTest, HeldBackTimeDoesNotCount) {
    now += 4s;
    patience.hold(now);
    patience.hold(now + 1s);  // still the same
    now += 1000s;
    EXPECT_EQ(left(), 10s);  // not before somebody looks again
    const SteadyTime sent = patience.clock(now);
    patience.release(now);
    EXPECT_EQ(left(), 6s);
    EXPECT_EQ(left(sent), 10s);
    now += 5s;
    patience.release(now);
    EXPECT_EQ(left(), 1s);
    patience.response(now);
    EXPECT_EQ(left(), 10s);
}

}  // namespace
}  // namespace godwit::imap
