#include <gtest/gtest.h>

#include <atomic>
#include <random>
#include <thread>
#include <vector>

#include "engine/base/byte_budget.h"

namespace godwit {
namespace {

TEST(ByteBudget, GivesUntilItIsUsedUp) {
    ByteBudget budget(100);
    EXPECT_TRUE(budget.try_take(60));
    EXPECT_FALSE(budget.try_take(41));
    EXPECT_TRUE(budget.try_take(40));
    EXPECT_EQ(budget.taken(), 100u);
    budget.give_back(100);
    EXPECT_FALSE(budget.try_take(~std::uint64_t{0}));
    EXPECT_EQ(budget.taken(), 0u);
}

TEST(ByteBudget, ALoweredOneComesDownAsItIsGivenBack) {
    ByteBudget budget(100);
    EXPECT_TRUE(budget.try_take(80));
    budget.set_bytes(50);
    EXPECT_FALSE(budget.try_take(1));
    budget.give_back(40);
    EXPECT_TRUE(budget.try_take(10));
    EXPECT_FALSE(budget.try_take(1));
}

TEST(BudgetShare, TheGuaranteedPartNeedsNoBudget) {
    ByteBudget none(0);
    BudgetShare share(&none, 10);
    EXPECT_TRUE(share.try_hold(10));
    EXPECT_FALSE(share.try_hold(11));
    EXPECT_EQ(none.taken(), 0u);
}

TEST(BudgetShare, TakesWhatIsBeyondAndGivesItBack) {
    ByteBudget budget(100);
    {
        BudgetShare share(&budget, 10);
        EXPECT_TRUE(share.try_hold(50));
        EXPECT_EQ(budget.taken(), 40u);
        EXPECT_TRUE(share.try_hold(110));
        EXPECT_FALSE(share.try_hold(111));
        EXPECT_EQ(budget.taken(), 100u);
        share.hold(30);
        EXPECT_EQ(budget.taken(), 20u);
    }
    EXPECT_EQ(budget.taken(), 0u);
}

TEST(BudgetShare, ManyThreadsNeverTakeMoreThanThereIs) {
    ByteBudget budget(1000);
    std::atomic<bool> over = false;
    std::vector<std::thread> threads;
    for (unsigned seed = 0; seed < 4; ++seed)
        threads.emplace_back([&, seed] {
            std::mt19937 random(seed);
            BudgetShare share(&budget, 50);
            for (int i = 0; i < 20'000; ++i) {
                if (share.try_hold(random() % 600)) over = over || budget.taken() > 1000;
                share.hold(random() % 100);
            }
        });
    for (auto& thread : threads) thread.join();
    EXPECT_FALSE(over);
    EXPECT_EQ(budget.taken(), 0u);
}

}  // namespace
}  // namespace godwit
