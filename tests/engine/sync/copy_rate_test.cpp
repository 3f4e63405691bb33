#include "engine/sync/copy_rate.h"

#include <gtest/gtest.h>

namespace godwit::sync {
namespace {

using namespace std::chrono_literals;

const CopyRate::Time start{1000s};

TEST(CopyRate, WithoutLimitsNothingWaits) {
    CopyRate rate{SyncOptions{}};
    EXPECT_FALSE(rate.limited());
    rate.sent(start, 100, 1'000'000);
    EXPECT_EQ(rate.wait(start), 0s);
    EXPECT_EQ(rate.messages_at_once(100), 100u);
}

TEST(CopyRate, MessagesASecond) {
    CopyRate rate{SyncOptions{.maxmessagespersecond = 4}};
    EXPECT_TRUE(rate.limited());
    EXPECT_EQ(rate.messages_at_once(100), 4u);
    EXPECT_EQ(rate.wait(start), 0s) << "the first goes at once";
    rate.sent(start, 4, 10);
    EXPECT_EQ(rate.wait(start), 1s);
    EXPECT_EQ(rate.wait(start + 900ms), 100ms);
    EXPECT_EQ(rate.wait(start + 2s), 0s);
    rate.sent(start + 1s, 2, 10);
    EXPECT_EQ(rate.wait(start + 1s), 500ms);
}

TEST(CopyRate, LessThanOneASecond) {
    CopyRate rate{SyncOptions{.maxmessagespersecond = 0.5}};
    EXPECT_EQ(rate.messages_at_once(100), 1u);
    rate.sent(start, 1, 10);
    EXPECT_EQ(rate.wait(start), 2s);
}

TEST(CopyRate, BytesASecondAfterTheFirstOnes) {
    CopyRate rate{SyncOptions{.maxbytespersecond = 100, .maxbytesafter = 1000}};
    EXPECT_EQ(rate.messages_at_once(100), 100u);
    rate.sent(start, 1, 1000);
    EXPECT_EQ(rate.wait(start), 0s);
    rate.sent(start, 1, 250);
    EXPECT_EQ(rate.wait(start), 2500ms);
}

TEST(CopyRate, TheSlowerOfBothCounts) {
    CopyRate rate{SyncOptions{.maxmessagespersecond = 1, .maxbytespersecond = 100}};
    rate.sent(start, 1, 300);
    EXPECT_EQ(rate.wait(start), 3s);
}

}  // namespace
}  // namespace godwit::sync
