#include "scheduler/import/hash_set.h"

#include <gtest/gtest.h>

#include <random>

namespace godwit::scheduler {
namespace {

TEST(HashSet, RemembersWhatWasThere) {
    HashSet set;
    std::mt19937_64 random(7);
    std::vector<std::uint64_t> values;
    for (int i = 0; i < 100'000; ++i) values.push_back(random());
    for (const auto value : values) EXPECT_TRUE(set.insert(value));
    for (const auto value : values) EXPECT_FALSE(set.insert(value));
    EXPECT_EQ(set.size(), values.size());
    EXPECT_LE(set.bytes(), 2u << 20);
}

TEST(HashSet, ClusteredAndExtremeValues) {
    HashSet set;
    for (std::uint64_t i = 2; i < 5000; ++i) EXPECT_TRUE(set.insert(i << 20));
    EXPECT_TRUE(set.insert(~0ull));
    EXPECT_TRUE(set.insert(0));
    EXPECT_FALSE(set.insert(0));
}

}  // namespace
}  // namespace godwit::scheduler
