#include "engine/imap/sequence_set.h"

#include <gtest/gtest.h>

#include <limits>
#include <random>
#include <set>

namespace godwit::imap {
namespace {

constexpr std::uint32_t highest = std::numeric_limits<std::uint32_t>::max();

std::string text_of(std::vector<std::uint32_t> uids) { return UidSet::of(std::move(uids)).to_string(); }

TEST(UidSet, JoinsNeighboursAndSorts) {
    EXPECT_EQ(text_of({}), "");
    EXPECT_EQ(text_of({7}), "7");
    EXPECT_EQ(text_of({1, 2, 3, 4, 7}), "1:4,7");
    EXPECT_EQ(text_of({7, 3, 1, 4, 2, 3}), "1:4,7");
    EXPECT_EQ(text_of({0, 1}), "1");
    EXPECT_EQ(text_of({highest, highest - 1}), "4294967294:4294967295");
}

TEST(UidSet, AddMergesWhatTouches) {
    UidSet set;
    set.add(10, 20);
    set.add(40, 30);
    set.add(22, 28);
    EXPECT_EQ(set.to_string(), "10:20,22:28,30:40");
    set.add(21);
    EXPECT_EQ(set.to_string(), "10:28,30:40");
    set.add(5, 35);
    EXPECT_EQ(set.to_string(), "5:40");
    set.add(1, 3);
    EXPECT_EQ(set.to_string(), "1:3,5:40");
    set.add(0, 0);
    EXPECT_EQ(set.to_string(), "1:3,5:40");
    set.add(0, highest);
    EXPECT_EQ(set.to_string(), "1:4294967295");
    EXPECT_EQ(set.size(), std::uint64_t{highest});
    set.add(highest);
    EXPECT_EQ(set.ranges().size(), 1u);
}

TEST(UidSet, ContainsEnds) {
    const UidSet set = UidSet::of_ranges({{30, 40}, {12, 10}, {35, 50}});
    EXPECT_EQ(set.to_string(), "10:12,30:50");
    for (const std::uint32_t uid : {10u, 12u, 30u, 50u}) EXPECT_TRUE(set.contains(uid)) << uid;
    for (const std::uint32_t uid : {0u, 9u, 13u, 29u, 51u, highest}) EXPECT_FALSE(set.contains(uid)) << uid;
    EXPECT_FALSE(UidSet().contains(1));
}

TEST(UidSet, RandomAddsAgreeWithAStandardSet) {
    std::mt19937 random(20260101);
    for (int round = 0; round < 200; ++round) {
        UidSet set;
        std::set<std::uint32_t> expected;
        for (int i = 0; i < 60; ++i) {
            const std::uint32_t first = 1 + random() % 120;
            const std::uint32_t last = first + random() % 6;
            set.add(first, last);
            for (std::uint32_t uid = first; uid <= last; ++uid) expected.insert(uid);
            ASSERT_EQ(set, UidSet::of({expected.begin(), expected.end()}));
        }
        ASSERT_EQ(set.size(), expected.size());
        const auto again = parse_uid_set(set.to_string(), 1000);
        ASSERT_TRUE(again);
        ASSERT_EQ(*again, set);
    }
}

TEST(UidSet, SplitKeepsEveryTextShort) {
    std::vector<std::uint32_t> uids;
    for (std::uint32_t uid = 1; uid < 4000; uid += 2) uids.push_back(uid);
    const UidSet set = UidSet::of(uids);
    for (const std::size_t limit : {20u, 21u, 100u, 8000u}) {
        UidSet joined;
        for (const UidSet& part : set.split(limit)) {
            ASSERT_LE(part.to_string().size(), limit);
            for (const auto& range : part.ranges()) joined.add(range.first, range.last);
        }
        EXPECT_EQ(joined, set);
    }
    EXPECT_TRUE(UidSet().split(100).empty());
    // "1,3" fits exactly; one octet less does not.
    EXPECT_EQ(UidSet::of({1, 3}).split(3).size(), 1u);
    EXPECT_EQ(UidSet::of({1, 3}).split(2).size(), 2u);
    EXPECT_EQ(UidSet::of({100, 200}).split(1).size(), 2u);
}

TEST(UidList, KeepsTheOrderOfTheText) {
    EXPECT_EQ(*parse_uid_list("7,3:5", 10), (std::vector<std::uint32_t>{7, 3, 4, 5}));
    // RFC 4315 section 3: 2:4 and 4:2 are the same.
    EXPECT_EQ(*parse_uid_list("4:2", 10), (std::vector<std::uint32_t>{2, 3, 4}));
    EXPECT_EQ(*parse_uid_list("4294967295", 1), (std::vector<std::uint32_t>{highest}));
    EXPECT_EQ(*parse_uid_list("4294967294:4294967295", 2),
              (std::vector<std::uint32_t>{highest - 1, highest}));
}

TEST(UidList, CountsNumbersNotRanges) {
    EXPECT_TRUE(parse_uid_list("1:10", 10));
    EXPECT_FALSE(parse_uid_list("1:11", 10));
    EXPECT_FALSE(parse_uid_list("1,2:11", 10));
    EXPECT_FALSE(parse_uid_list("1:4294967295", 100'000));
    EXPECT_TRUE(parse_uid_set("1:4294967295", 1));
    EXPECT_TRUE(parse_uid_set("1,3", 2));
    EXPECT_FALSE(parse_uid_set("1,3,5", 2));
}

TEST(UidList, RefusesWhatIsMalformed) {
    for (const char* text : {"", "0", "*", "1:*", "1,", ",1", "1:", ":1", "1::2", "1 ", " 1", "+1", "-1", "a",
                             "1;2", "0:3", "4294967296", "99999999999999999999999", "1:2:3"}) {
        EXPECT_FALSE(parse_uid_list(text, 100)) << text;
        EXPECT_FALSE(parse_uid_set(text, 100)) << text;
    }
    EXPECT_EQ(parse_uid_set("*", 1).error().kind, ErrorKind::protocol_error);
}

TEST(UidSet, DescendingTextIsNotQuadratic) {
    std::string text;
    for (std::uint32_t uid = 300'000; uid > 0; --uid) text += std::to_string(uid * 2) + ",";
    text.pop_back();
    const auto set = parse_uid_set(text, 1u << 20);
    ASSERT_TRUE(set);
    EXPECT_EQ(set->ranges().size(), 300'000u);
}

}  // namespace
}  // namespace godwit::imap
