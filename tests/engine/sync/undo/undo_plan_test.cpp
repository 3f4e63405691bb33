#include "engine/sync/undo/undo_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace godwit::sync {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr FlagBits seen = 1, flagged = 4, keyword = 0x80;
constexpr std::uint64_t key = 77, other_key = 78;

Standing standing(std::uint64_t hash, std::vector<std::string> flags = {}) { return {std::move(flags), {hash, 0, 0}}; }
LedgerEntry put(std::uint32_t uid, FlagBits flags = 0, std::uint64_t hash = key) {
    return {uid + 100, uid, Provenance::put, flags, hash};
}
LedgerEntry matched(std::uint32_t uid, FlagBits flags) { return {uid + 100, uid, Provenance::matched, flags, key}; }

TEST(UndoPlan, WhatWasPutAndNotTouchedGoes) {
    const auto there = standing(key, {"\\Seen"});
    EXPECT_EQ(undo_put(put(1, seen), &there, false, {}).act, UndoAct::remove);
}

TEST(UndoPlan, WhatIsGoneIsForgotten) { EXPECT_EQ(undo_put(put(1), nullptr, false, {}).act, UndoAct::forget); }

TEST(UndoPlan, AnotherMessageUnderTheUidStays) {
    const auto another = standing(other_key), unread = standing(0);
    EXPECT_EQ(undo_put(put(1), &another, false, {}).act, UndoAct::leave);
    EXPECT_THAT(undo_put(put(1), &unread, false, {}).why, HasSubstr("not to be had"));
    const auto there = standing(key);
    EXPECT_EQ(undo_put(put(1, 0, 0), &there, false, {}).act, UndoAct::leave) << "without a key nothing is known";
}

TEST(UndoPlan, TheKeyMayBeOfAnyRung) {
    const Standing there{{}, {1, 2, key}};
    EXPECT_EQ(undo_put(put(1), &there, false, {}).act, UndoAct::remove);
}

TEST(UndoPlan, TouchedMessagesStay) {
    const auto read = standing(key, {"\\Seen"}), unread = standing(key), marked = standing(key, {"$Work", "\\Seen"});
    EXPECT_EQ(undo_put(put(1), &read, false, {}).why, "its flags were changed since: \\Seen");
    EXPECT_EQ(undo_put(put(1, seen | flagged), &unread, false, {}).why, "its flags were changed since: -\\Seen -\\Flagged");
    EXPECT_EQ(undo_put(put(1, seen), &marked, false, {}).why, "its flags were changed since: $Work");
    EXPECT_EQ(undo_put(put(1, seen | keyword), &marked, false, {}).act, UndoAct::remove) << "which keywords is not known";
}

TEST(UndoPlan, FlagsThatSayNothingOfItsUser) {
    const auto deleted = standing(key, {"\\Deleted"}), scanned = standing(key, {"$HasNoAttachment"}), plain = standing(key);
    EXPECT_EQ(undo_put(put(1), &deleted, false, {}).act, UndoAct::remove) << "marked by its user, or by a pass that was cut";
    EXPECT_EQ(undo_put(put(1), &scanned, false, {}).act, UndoAct::remove);
    EXPECT_EQ(undo_put(put(1, seen | flagged), &plain, false, {.storable = 0}).act, UndoAct::remove) << "never stored";
}

TEST(UndoPlan, SharedAndUnremovableMessagesStay) {
    const auto there = standing(key);
    EXPECT_THAT(undo_put(put(1), &there, true, {}).why, HasSubstr("one copy of equal messages"));
    EXPECT_EQ(undo_put(put(1), &there, false, {.why_not = "no UIDPLUS"}).why, "no UIDPLUS");
    EXPECT_EQ(undo_put(put(1), nullptr, true, {.why_not = "no UIDPLUS"}).act, UndoAct::forget);
}

TEST(UndoPlan, FlagsGoBackWhereNobodyChangedThem) {
    const std::vector<LedgerEntry> entries{matched(1, seen)};
    const auto set = standing(key, {"\\Seen"}), added = standing(key, {"\\Flagged", "\\Seen"}), back = standing(key, {"\\Flagged"});
    EXPECT_EQ(undo_flags(entries, &set, {"\\Flagged"}, {}).act, UndoAct::restore);
    EXPECT_EQ(undo_flags(entries, &added, {"\\Flagged"}, {}).act, UndoAct::restore) << "flags were only added";
    EXPECT_EQ(undo_flags(entries, &added, {}, {}).why, "its flags were changed since: \\Flagged");
    EXPECT_EQ(undo_flags(entries, &back, {"\\Flagged"}, {}).act, UndoAct::forget) << "they are what they were";
    EXPECT_EQ(undo_flags(entries, nullptr, {"\\Flagged"}, {}).act, UndoAct::forget);
    const auto another = standing(other_key, {"\\Seen"});
    EXPECT_EQ(undo_flags(entries, &another, {}, {}).act, UndoAct::leave);
}

TEST(UndoPlan, OfManyToOneAnyEntryTellsWhatWasSet) {
    const std::vector<LedgerEntry> entries{matched(1, flagged), matched(1, seen)};
    const auto there = standing(key, {"\\Seen"});
    EXPECT_EQ(undo_flags(entries, &there, {}, {}).act, UndoAct::restore);
}

// ---- What no entry names

Stray stray(std::uint32_t uid, std::uint64_t hash = key, std::uint64_t size = 10) { return {uid, size, standing(hash)}; }
Unnamed append(std::uint32_t source_uid, std::uint64_t hash = key, std::uint32_t copies = 1) {
    return {.source_uid = source_uid, .key_hash = hash, .watermark = 5, .size = 10, .copies = copies, .receipt = {}};
}
Unnamed receipt(std::uint32_t source_uid) {
    return {.source_uid = source_uid, .key_hash = key, .watermark = 5,
            .receipt = LedgerEntry{source_uid, 0, Provenance::put, 0, key}};
}

TEST(UndoStrays, AnAppendInDoubtThatArrivedGoes) {
    const auto steps = undo_strays({stray(6), stray(7, other_key)}, {append(1)}, {});
    ASSERT_THAT(steps, SizeIs(1));
    EXPECT_EQ(steps[0].stray, 0u);
    EXPECT_EQ(steps[0].step.act, UndoAct::remove);
}

TEST(UndoStrays, BelowTheWatermarkEverythingWasAccountedFor) {
    EXPECT_THAT(undo_strays({stray(5)}, {append(1)}, {}), IsEmpty());
    EXPECT_THAT(undo_strays({stray(5)}, {receipt(1)}, {}), IsEmpty());
}

TEST(UndoStrays, NoMoreGoThanThereWereAppends) {
    auto steps = undo_strays({stray(6), stray(7)}, {append(1)}, {});
    ASSERT_THAT(steps, SizeIs(2));
    for (const auto& step : steps) EXPECT_EQ(step.step.act, UndoAct::leave);
    steps = undo_strays({stray(6), stray(7)}, {append(1, key, 2)}, {});
    for (const auto& step : steps) EXPECT_EQ(step.step.act, UndoAct::remove);
    steps = undo_strays({stray(6), stray(7)}, {append(1), append(2)}, {});
    ASSERT_THAT(steps, SizeIs(2));
    for (const auto& step : steps) EXPECT_EQ(step.step.act, UndoAct::remove);
    EXPECT_NE(steps[0].unnamed, steps[1].unnamed);
}

TEST(UndoStrays, AnotherSizeIsAnotherMessage) {
    const auto steps = undo_strays({stray(6, key, 11)}, {append(1)}, {});
    ASSERT_THAT(steps, SizeIs(1));
    EXPECT_THAT(steps[0].step.why, HasSubstr("another size"));
}

TEST(UndoStrays, AReceiptWithoutAUidFindsTheOneMessageOfItsKey) {
    auto steps = undo_strays({stray(6, key, 123)}, {receipt(1)}, {});
    ASSERT_THAT(steps, SizeIs(1));
    EXPECT_EQ(steps[0].step.act, UndoAct::remove);
    steps = undo_strays({stray(6), stray(7)}, {receipt(1)}, {});
    for (const auto& step : steps) EXPECT_EQ(step.step.act, UndoAct::leave);
    Stray read = stray(6);
    read.standing.flags = {"\\Seen"};
    steps = undo_strays({read}, {receipt(1)}, {});
    EXPECT_THAT(steps.at(0).step.why, HasSubstr("\\Seen"));
}

TEST(UndoStrays, OfAStreamedMessageItsSizeIsASuspicionAlone) {
    const auto steps = undo_strays({stray(6), stray(7, other_key, 11)}, {append(1, 0)}, {});
    ASSERT_THAT(steps, SizeIs(1));
    EXPECT_EQ(steps[0].step.act, UndoAct::leave);
}

TEST(UndoStrays, WithoutUidplusNothingGoes) {
    const auto steps = undo_strays({stray(6)}, {append(1)}, {.why_not = "no UIDPLUS"});
    ASSERT_THAT(steps, SizeIs(1));
    EXPECT_EQ(steps[0].step, (UndoStep{UndoAct::leave, "no UIDPLUS"}));
}

}  // namespace
}  // namespace godwit::sync
