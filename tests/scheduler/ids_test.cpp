#include "scheduler/ids.h"

#include <gtest/gtest.h>

#include <set>
#include <thread>

namespace godwit::scheduler {
namespace {

WallTime at(std::int64_t milliseconds) { return WallTime{std::chrono::milliseconds{milliseconds}}; }

TEST(Ids, TimeIsTheFirstTenCharacters) {
    EXPECT_EQ(new_ulid(at(0)).substr(0, 10), "0000000000");
    // The example of the ULID specification.
    EXPECT_EQ(new_ulid(at(1469918176385)).substr(0, 10), "01ARYZ6S41");
    EXPECT_EQ(new_ulid(at(4'102'444'800'000)).substr(0, 10), "03QCPC7P00");
}

TEST(Ids, SortByTime) {
    std::string before = new_ulid(at(1'700'000'000'000));
    for (int i = 1; i < 2000; i += 7) {
        const auto next = new_ulid(at(1'700'000'000'000 + i));
        EXPECT_LT(before, next);
        before = next;
    }
}

TEST(Ids, DifferInOneMillisecondAndUseTheWholeAlphabet) {
    std::set<std::string> seen;
    std::set<char> random_characters[16];
    for (int i = 0; i < 5000; ++i) {
        const auto ulid = new_ulid(at(1'700'000'000'000));
        for (std::size_t k = 0; k < 16; ++k) random_characters[k].insert(ulid[10 + k]);
        EXPECT_TRUE(seen.insert(ulid).second);
    }
    for (const auto& characters : random_characters) EXPECT_EQ(characters.size(), 32u);
}

TEST(Ids, ManyThreadsMakeDifferentIds) {
    std::vector<std::string> made[4];
    std::vector<std::thread> threads;
    for (auto& list : made)
        threads.emplace_back([&list] {
            for (int i = 0; i < 2000; ++i) list.push_back(new_ulid());
        });
    for (auto& thread : threads) thread.join();
    std::set<std::string> all;
    for (const auto& list : made) all.insert(list.begin(), list.end());
    EXPECT_EQ(all.size(), 8000u);
}

TEST(Ids, TypedIdsCarryTheirPrefix) {
    EXPECT_TRUE(is_id(new_batch_id().value, "bat"));
    EXPECT_TRUE(is_id(new_migration_id().value, "mig"));
    EXPECT_TRUE(is_id(new_pass_id().value, "pas"));
    EXPECT_TRUE(is_id(new_import_id().value, "imp"));
    EXPECT_TRUE(is_id(new_node_id().value, "nod"));
    EXPECT_FALSE(is_id(new_batch_id().value, "mig"));
}

TEST(Ids, WhatIsNoId) {
    const std::string good = "bat_01ARYZ6S410000000000000000";
    ASSERT_TRUE(is_id(good, "bat"));
    EXPECT_FALSE(is_id("", "bat"));
    EXPECT_FALSE(is_id("bat_", "bat"));
    EXPECT_FALSE(is_id(good.substr(0, good.size() - 1), "bat"));
    EXPECT_FALSE(is_id(good + "0", "bat"));
    EXPECT_FALSE(is_id("bat-01ARYZ6S410000000000000000", "bat"));
    EXPECT_FALSE(is_id("bat_01aryz6s410000000000000000", "bat"));
    EXPECT_FALSE(is_id("bat_81ARYZ6S410000000000000000", "bat"));
    for (const char c : {'I', 'L', 'O', 'U', '_', ' ', '\0', '\x80'}) {
        auto bad = good;
        bad[20] = c;
        EXPECT_FALSE(is_id(bad, "bat")) << static_cast<int>(c);
    }
}

}  // namespace
}  // namespace godwit::scheduler
