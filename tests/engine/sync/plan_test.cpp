#include "engine/sync/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/engine/sync/listings.h"

namespace godwit::sync {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

imap::SelectedFolder any_flags() {
    imap::SelectedFolder folder;
    folder.permanent_flags = {"\\Answered", "\\Flagged", "\\Deleted", "\\Seen", "\\Draft"};
    folder.new_keywords = true;
    return folder;
}

Comparison compared(std::vector<Row> source, std::vector<Row> destination, std::vector<LedgerEntry> entries = {}) {
    Comparison out;
    out.source = listing(std::move(source));
    out.destination = listing(std::move(destination));
    out.explained = explain(out.source, out.destination, entries);
    Indexes left = out.explained.unledgered;
    left.insert(left.end(), out.explained.removed.begin(), out.explained.removed.end());
    std::ranges::sort(left);
    out.found = match_by_key({out.source, left}, {out.destination, out.explained.unexplained});
    return out;
}

FolderPlan plan(const Comparison& comparison, SyncOptions options = {}) {
    return plan_folder(comparison, any_flags(), options);
}

TEST(Plan, EmptyDestinationGetsEverything) { EXPECT_THAT(plan(compared({{1}, {2}}, {})).copy, ElementsAre(0, 1)); }

TEST(Plan, SecondRunCopiesNothing) {
    const std::vector<Row> rows{{1, 10, 1, {"\\Seen"}}, {2, 20, 2}, {2, 20, 2}};
    const auto done = plan(compared(rows, rows));
    EXPECT_THAT(done.copy, IsEmpty());
    EXPECT_THAT(done.reflag, IsEmpty());
    EXPECT_EQ(done.foreign, 0u);
    EXPECT_EQ(done.matched, 3u);
}

TEST(Plan, FlagsThatDifferAndCanBeStored) {
    const auto comparison = compared({{1, 1, 1, {"\\Seen", "work"}}, {2, 1, 1, {"\\Recent"}}}, {{1, 1, 1}, {2, 1, 1}});
    EXPECT_THAT(plan(comparison).reflag, ElementsAre(Pair(0, 0)));
    EXPECT_THAT(plan(comparison, {.resyncflags = ResyncFlags::off}).reflag, IsEmpty());
    auto plain = any_flags();
    plain.new_keywords = false;
    plain.permanent_flags = {"\\Flagged"};
    EXPECT_THAT(plan_folder(comparison, plain, {}).reflag, IsEmpty());
}

TEST(Plan, FlagsOfPairsThatTheLedgerKnows) {
    const auto comparison = compared({{1, 1, 1, {"\\Seen"}}}, {{9, 1, 1}}, {{1, 1, Provenance::put, 0, 5}});
    EXPECT_THAT(plan(comparison).reflag, ElementsAre(Pair(0, 0)));
    EXPECT_EQ(plan(comparison).matched, 1u);
}

TEST(Plan, ForeignAndSkipped) {
    const auto done = plan(compared({{1, 100, 1}, {2, 5, 1}}, {{9, 1, 1}}), {.maxsize = 50});
    EXPECT_EQ(done.foreign, 1u);
    EXPECT_THAT(done.copy, ElementsAre(1));
    EXPECT_THAT(done.skipped, ElementsAre(0));
}

TEST(Plan, WhatWasRemovedAtTheDestinationStaysAwayUnlessAskedFor) {
    const auto comparison = compared({{1}, {2}}, {}, {{1, 10, Provenance::put, 0, 1}});
    auto done = plan(comparison);
    EXPECT_THAT(done.copy, ElementsAre(1));
    EXPECT_THAT(done.removed, ElementsAre(0));
    done = plan(comparison, {.restoreremoved = true});
    EXPECT_THAT(done.copy, ElementsAre(0, 1));
    EXPECT_THAT(done.removed, IsEmpty());
}

TEST(Plan, WhatCameBackUnderAnotherUidIsThere) {
    const auto done = plan(compared({{1}}, {{.key = 1, .uid = 30}}, {{1, 10, Provenance::put, 0, 1}}));
    EXPECT_THAT(done.removed, IsEmpty());
    EXPECT_THAT(done.copy, IsEmpty());
    EXPECT_EQ(done.matched, 1u);
}

TEST(Plan, TakenWithoutAnUidIsNotCopiedAgain) {
    const auto done = plan(compared({{1}}, {}, {{1, 0, Provenance::put, 0, 1}}));
    EXPECT_THAT(done.copy, IsEmpty());
    EXPECT_EQ(done.matched, 1u);
}

TEST(Plan, WhatCouldNotBeReadIsNotCopied) {
    auto comparison = compared({{1}, {2}}, {{9}});
    comparison.unreadable = {0};
    EXPECT_THAT(plan(comparison).copy, ElementsAre(1));
}

TEST(Plan, TheBrake) {
    EXPECT_TRUE(looks_like_another_mailbox(100, 100, 50, 24));
    EXPECT_FALSE(looks_like_another_mailbox(100, 100, 50, 25)) << "half of it matches";
    EXPECT_FALSE(looks_like_another_mailbox(100, 100, 49, 0)) << "fewer than half of the source's";
    EXPECT_FALSE(looks_like_another_mailbox(100, 49, 99, 0)) << "little would be copied";
    EXPECT_FALSE(looks_like_another_mailbox(9, 9, 9, 0)) << "a new mailbox with a welcome in it";
}

}  // namespace
}  // namespace godwit::sync
