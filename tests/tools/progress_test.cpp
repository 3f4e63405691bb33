#include "tools/godwit/progress.h"

#include <gtest/gtest.h>

namespace godwit::cli {

using namespace std::chrono_literals;

namespace {

sync::Counters counters(std::uint64_t folders_total, std::uint64_t folders_done, std::uint64_t total,
                        std::uint64_t copied) {
    sync::Counters out;
    out.folders_total = folders_total;
    out.folders_done = folders_done;
    out.messages_total = total;
    out.messages_copied = copied;
    return out;
}

const SteadyTime start{};

}  // namespace

TEST(Progress, SettledIsAllThatNeedsNothingMore) {
    sync::Counters c;
    c.messages_copied = 1;
    c.messages_matched = 20;
    c.messages_failed = 300;
    c.messages_skipped = 4000;
    EXPECT_EQ(settled(c), 4321u);
}

TEST(Progress, FractionScalesWhatIsKnownByTheFoldersSeen) {
    EXPECT_EQ(fraction_done({}, false), 0);
    EXPECT_EQ(fraction_done({}, true), 1);
    EXPECT_DOUBLE_EQ(fraction_done(counters(10, 4, 0, 0), false), 0.4);
    EXPECT_DOUBLE_EQ(fraction_done(counters(2, 0, 100, 50), false), 0.25);
    EXPECT_DOUBLE_EQ(fraction_done(counters(2, 1, 200, 100), false), 0.5);
    // Never all before the end is reported.
    EXPECT_DOUBLE_EQ(fraction_done(counters(2, 2, 200, 200), false), 0.99);
    EXPECT_DOUBLE_EQ(fraction_done(counters(2, 2, 200, 900), false), 0.99);
}

TEST(Progress, PaceKnowsNothingAtFirst) {
    Pace pace;
    EXPECT_EQ(pace.bytes_per_second(), 0);
    EXPECT_EQ(pace.left(), std::nullopt);
    pace.add(start, 5, 5, 0.5);
    EXPECT_EQ(pace.messages_per_second(), 0);
    EXPECT_EQ(pace.left(), std::nullopt);
}

TEST(Progress, PaceForgetsWhatIsOlderThanItsWindow) {
    Pace pace(10s);
    pace.add(start, 0, 0, 0);
    for (int second = 1; second <= 20; ++second) pace.add(start + std::chrono::seconds(second), 0, 0, 0);
    for (int second = 21; second <= 40; ++second)
        pace.add(start + std::chrono::seconds(second), static_cast<std::uint64_t>(second - 20) * 2,
                 static_cast<std::uint64_t>(second - 20) * 100, 0.02 * (second - 20));
    EXPECT_DOUBLE_EQ(pace.messages_per_second(), 2);
    EXPECT_DOUBLE_EQ(pace.bytes_per_second(), 100);
    // 40 % in 40 s of the whole run.
    EXPECT_EQ(pace.left(), 60s);
}

TEST(Progress, PaceStandsStillWhenNumbersFall) {
    Pace pace;
    pace.add(start, 100, 100, 0.5);
    pace.add(start + 10s, 50, 50, 0.4);
    EXPECT_EQ(pace.messages_per_second(), 0);
    EXPECT_EQ(pace.left(), std::nullopt);
}

TEST(Progress, Line) {
    auto c = counters(4, 1, 3000, 1234);
    c.bytes_copied = 56 << 20;
    Pace pace;
    EXPECT_EQ(progress_line(c, pace, "INBOX/Sent", 120),
              "[####................]  20 %  1,234 of 3,000 messages  56.0 MiB  INBOX/Sent");
    pace.add(start, 0, 0, 0);
    pace.add(start + 10s, 1234, 10 << 20, 0.2);
    EXPECT_EQ(
        progress_line(c, pace, "INBOX/Sent", 120),
        "[####................]  20 %  1,234 of 3,000 messages  56.0 MiB  1.0 MiB/s  40 s left  INBOX/Sent");
    EXPECT_EQ(progress_line(c, pace, "INBOX/Sent", 30), "[####................]  20 % …");
}

}  // namespace godwit::cli
