#include "engine/sync/ledger_segment.h"

#include <random>

#include <gmock/gmock.h>

namespace godwit::sync {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::size_t entry_bytes = 18;

std::vector<LedgerEntry> random_entries(std::size_t count) {
    std::minstd_rand random(7);
    std::vector<LedgerEntry> entries;
    for (std::uint32_t uid = 0; entries.size() < count;) {
        uid += 1 + random() % 1000;
        entries.push_back({uid, static_cast<std::uint32_t>(random()),
                           random() % 2 ? Provenance::put : Provenance::matched,
                           static_cast<FlagBits>(random()), std::uint64_t{random()} << 32 | random()});
    }
    return entries;
}

TEST(LedgerSegment, WhatWasEncodedIsDecoded) {
    for (const std::size_t count : {0u, 1u, 100u, 4096u}) {
        const auto entries = random_entries(count);
        const auto bytes = encode_segment(entries);
        EXPECT_EQ(bytes.size(), 1 + entry_bytes * count);
        const auto decoded = decode_segment(bytes);
        ASSERT_TRUE(decoded);
        EXPECT_EQ(*decoded, entries);
    }
}

TEST(LedgerSegment, TheLargestValuesSurvive) {
    const LedgerEntry entry{UINT32_MAX, UINT32_MAX, Provenance::matched, 0xff, UINT64_MAX};
    const auto decoded = decode_segment(encode_segment(std::span(&entry, 1)));
    ASSERT_TRUE(decoded);
    EXPECT_THAT(*decoded, ElementsAre(entry));
}

// Stored for years: this is how format 1 looks.
TEST(LedgerSegment, TheFormatStaysAsItIs) {
    const LedgerEntry entry{0x01020304, 0x05060708, Provenance::matched, 0x09, 0x0a0b0c0d0e0f1011};
    const std::string bytes("\x01\x01\x02\x03\x04\x05\x06\x07\x08\x80\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10\x11",
                            19);
    EXPECT_EQ(encode_segment(std::span(&entry, 1)), bytes);
}

TEST(LedgerSegment, DamageIsNoticed) {
    const auto bytes = encode_segment(random_entries(3));
    EXPECT_FALSE(decode_segment(""));
    for (std::size_t size = 2; size < bytes.size(); ++size) {
        if ((size - 1) % entry_bytes == 0) continue;
        EXPECT_FALSE(decode_segment(std::string_view(bytes).substr(0, size))) << size;
    }
    auto other_format = bytes;
    other_format[0] = 2;
    EXPECT_FALSE(decode_segment(other_format));
    const auto out_of_order =
        bytes.substr(0, 1) + bytes.substr(1 + entry_bytes) + bytes.substr(1, entry_bytes);
    EXPECT_FALSE(decode_segment(out_of_order));
    const auto twice = bytes + bytes.substr(bytes.size() - entry_bytes);
    EXPECT_FALSE(decode_segment(twice));
}

TEST(LedgerSegment, LaterEntriesWinInAMerge) {
    const LedgerEntry old_1{1, 10}, old_3{3, 30}, old_5{5, 50}, new_2{2, 21}, new_3{3, 31}, new_9{9, 91};
    EXPECT_THAT(merge_entries({old_1, old_3, old_5}, {new_2, new_3, new_9}),
                ElementsAre(old_1, new_2, new_3, old_5, new_9));
    EXPECT_THAT(merge_entries({}, {new_2}), ElementsAre(new_2));
    EXPECT_THAT(merge_entries({old_1}, {}), ElementsAre(old_1));
    EXPECT_THAT(merge_entries({}, {}), IsEmpty());
}

}  // namespace
}  // namespace godwit::sync
