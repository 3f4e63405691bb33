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

FolderPlan plan(const Comparison& comparison, SyncOptions options = {}, const MessageFacts& facts = {}) {
    return plan_folder(comparison, any_flags(), {}, options, facts);
}

TEST(Plan, EmptyDestinationGetsEverything) { EXPECT_THAT(plan(compared({{1}, {2}}, {})).copy, ElementsAre(0, 1)); }

TEST(Plan, SecondRunCopiesNothing) {
    const std::vector<Row> rows{{1, 10, 1, {"\\Seen"}}, {2, 20, 2}, {2, 20, 2}};
    const auto done = plan(compared(rows, rows));
    EXPECT_THAT(done.copy, IsEmpty());
    EXPECT_THAT(done.reflag, IsEmpty());
    EXPECT_EQ(done.foreign, 0u);
    EXPECT_EQ(done.there.size(), 3u);
}

TEST(Plan, FlagsThatDifferAndCanBeStored) {
    const auto comparison = compared({{1, 1, 1, {"\\Seen", "work"}}, {2, 1, 1, {"\\Recent"}}}, {{1, 1, 1}, {2, 1, 1}});
    EXPECT_THAT(plan(comparison).reflag, ElementsAre(Pair(0, 0)));
    EXPECT_THAT(plan(comparison, {.resyncflags = ResyncFlags::off}).reflag, IsEmpty());
    auto plain = any_flags();
    plain.new_keywords = false;
    plain.permanent_flags = {"\\Flagged"};
    EXPECT_THAT(plan_folder(comparison, plain, {}, {}).reflag, IsEmpty());
}

TEST(Plan, FlagsOfPairsThatTheLedgerKnows) {
    const auto comparison = compared({{1, 1, 1, {"\\Seen"}}}, {{9, 1, 1}}, {{1, 1, Provenance::put, 0, 5}});
    EXPECT_THAT(plan(comparison).reflag, ElementsAre(Pair(0, 0)));
    EXPECT_EQ(plan(comparison).there.size(), 1u);
}

TEST(Plan, ForeignAndSkipped) {
    const auto done = plan(compared({{1, 100, 1}, {2, 5, 1}}, {{9, 1, 1}}), {.maxsize = 50});
    EXPECT_EQ(done.foreign, 1u);
    EXPECT_THAT(done.copy, ElementsAre(1));
    EXPECT_THAT(done.skipped, ElementsAre(Pair(0, SkipReason::too_large)));
}

TEST(Plan, SizesAtTheirBounds) {
    const auto comparison = compared({{1, 10, 1}, {2, 11, 1}, {3, 20, 1}, {4, 21, 1}}, {});
    const auto done = plan(comparison, {.maxsize = 20, .minsize = 10});
    EXPECT_THAT(done.copy, ElementsAre(1, 2));
    EXPECT_THAT(done.skipped, ElementsAre(Pair(0, SkipReason::too_small), Pair(3, SkipReason::too_large)));
}

TEST(Plan, WhatTheDestinationTakesBoundsSizesUnlessMessagesAreCut) {
    const auto comparison = compared({{1, 10, 1}, {2, 11, 1}, {3, 12, 1}}, {});
    EXPECT_THAT(plan(comparison, {.maxsize = 11}, {.append_limit = 10}).skipped,
                ElementsAre(Pair(1, SkipReason::append_limit), Pair(2, SkipReason::too_large)));
    EXPECT_THAT(plan(comparison, {.truncmess = 10}, {.append_limit = 10}).copy, ElementsAre(0, 1, 2));
}

TEST(Plan, WhatIsNotFoundIsLeftAlone) {
    const auto comparison = compared({{1, 1, 1, {"\\Seen"}}, {2, 1, 1}, {3, 1, 1, {"\\Seen"}}}, {{1, 1, 1}, {3, 1, 1}});
    const MessageFacts facts{.found = std::vector<std::uint32_t>{3}};
    const auto done = plan(comparison, {}, facts);
    EXPECT_THAT(done.copy, IsEmpty());
    EXPECT_THAT(done.skipped, ElementsAre(Pair(1, SkipReason::not_selected)));
    EXPECT_THAT(done.there, ElementsAre(0, 2));
    EXPECT_THAT(done.reflag, ElementsAre(Pair(2, 1)));
}

TEST(Plan, DuplicatesAreLeftOutWhereTheyAreKnown) {
    const auto done = plan(compared({{1}, {2}, {3}}, {}), {}, {.duplicates = {1}, .cross_duplicates = {2}});
    EXPECT_THAT(done.copy, ElementsAre(0));
    EXPECT_THAT(done.skipped,
                ElementsAre(Pair(1, SkipReason::duplicate), Pair(2, SkipReason::cross_duplicate)));
}

TEST(Plan, NewestFirst) {
    const auto done = plan(compared({{1, 1, 5}, {2, 1, 9}, {3, 1, 5}}, {}), {.newestfirst = true});
    EXPECT_THAT(done.copy, ElementsAre(1, 2, 0));
}

TEST(Plan, AdditiveTakesNothingAway) {
    const SyncOptions additive{.resyncflags = ResyncFlags::additive};
    const auto more_there = compared({{1, 1, 1, {"\\Seen"}}}, {{1, 1, 1, {"\\Flagged", "\\Seen"}}});
    EXPECT_THAT(plan(more_there).reflag, ElementsAre(Pair(0, 0)));
    EXPECT_THAT(plan(more_there, additive).reflag, IsEmpty());
    const auto less_there = compared({{1, 1, 1, {"\\Seen"}}}, {{9, 1, 1}}, {{1, 1, Provenance::put, 0, 5}});
    EXPECT_THAT(plan(less_there, additive).reflag, ElementsAre(Pair(0, 0)));
}

TEST(Plan, AdditiveLeavesAloneWhatTheSourceHasNotChanged) {
    const auto seen = flag_bits({"\\Seen"});
    const auto comparison = compared({{1, 1, 1, {"\\Seen"}}}, {{9, 1, 1}}, {{1, 1, Provenance::put, seen, 5}});
    const auto mode = [&](ResyncFlags mode, FlagBits known) {
        return plan_folder(comparison, any_flags(), {{1, 1, Provenance::put, known, 5}}, {.resyncflags = mode}).reflag.size();
    };
    EXPECT_EQ(mode(ResyncFlags::additive, seen), 0u);
    EXPECT_EQ(mode(ResyncFlags::additive, 0), 1u);
    EXPECT_EQ(mode(ResyncFlags::exact, seen), 1u);
}

TEST(Plan, WithoutNamedPermanentFlagsAllCanBeStored) {
    imap::SelectedFolder folder;
    EXPECT_THAT(storable_flags({"\\Seen", "work"}, folder), ElementsAre("\\Seen", "work"));
    folder.permanent_flags = {"\\Seen"};
    EXPECT_THAT(storable_flags({"\\Flagged", "\\Seen", "work"}, folder), ElementsAre("\\Seen"));
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
    EXPECT_EQ(done.there.size(), 1u);
}

TEST(Plan, TakenWithoutAnUidIsNotCopiedAgain) {
    const auto done = plan(compared({{1}}, {}, {{1, 0, Provenance::put, 0, 1}}));
    EXPECT_THAT(done.copy, IsEmpty());
    EXPECT_EQ(done.there.size(), 1u);
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
