#include "engine/sync/pace.h"

#include <gtest/gtest.h>

namespace godwit::sync {
namespace {

using namespace std::chrono_literals;

const Pace::Time start{1000s};

TEST(Pace, WithoutLimitsNothingWaits) {
    Pace pace{SyncOptions{}};
    EXPECT_FALSE(pace.limited());
    pace.sent(start, 100, 1'000'000);
    EXPECT_EQ(pace.wait(start), 0s);
    EXPECT_EQ(pace.messages_at_once(100), 100u);
}

TEST(Pace, MessagesASecond) {
    Pace pace{SyncOptions{.maxmessagespersecond = 4}};
    EXPECT_TRUE(pace.limited());
    EXPECT_EQ(pace.messages_at_once(100), 4u);
    EXPECT_EQ(pace.wait(start), 0s) << "the first goes at once";
    pace.sent(start, 4, 10);
    EXPECT_EQ(pace.wait(start), 1s);
    EXPECT_EQ(pace.wait(start + 900ms), 100ms);
    EXPECT_EQ(pace.wait(start + 2s), 0s);
    pace.sent(start + 1s, 2, 10);
    EXPECT_EQ(pace.wait(start + 1s), 500ms);
}

TEST(Pace, LessThanOneASecond) {
    Pace pace{SyncOptions{.maxmessagespersecond = 0.5}};
    EXPECT_EQ(pace.messages_at_once(100), 1u);
    pace.sent(start, 1, 10);
    EXPECT_EQ(pace.wait(start), 2s);
}

TEST(Pace, BytesASecondAfterTheFirstOnes) {
    Pace pace{SyncOptions{.maxbytespersecond = 100, .maxbytesafter = 1000}};
    EXPECT_EQ(pace.messages_at_once(100), 100u);
    pace.sent(start, 1, 1000);
    EXPECT_EQ(pace.wait(start), 0s);
    pace.sent(start, 1, 250);
    EXPECT_EQ(pace.wait(start), 2500ms);
}

TEST(Pace, TheSlowerOfBothCounts) {
    Pace pace{SyncOptions{.maxmessagespersecond = 1, .maxbytespersecond = 100}};
    pace.sent(start, 1, 300);
    EXPECT_EQ(pace.wait(start), 3s);
}

}  // namespace
}  // namespace godwit::sync
