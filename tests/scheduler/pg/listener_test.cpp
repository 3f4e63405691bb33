#include "scheduler/pg/listener.h"

#include <semaphore>

#include <gtest/gtest.h>

#include "tests/support/test_postgres.h"

namespace godwit::scheduler::pg {
namespace {

using namespace std::chrono_literals;

class ListenerTest : public testing::Test {
protected:
    void SetUp() override {
        GODWIT_NEEDS_POSTGRES();
        options_.url = test::empty_database();
    }
    void execute(const std::string& statement) const {
        auto connection = open_connection(options_, "test");
        pqxx::nontransaction(*connection).exec(statement);
    }
    bool woken() { return wakes_.try_acquire_for(20s); }

    ExecutorOptions options_;
    std::counting_semaphore<> wakes_{0};
};

TEST_F(ListenerTest, HearsANotification) {
    Listener listener(options_, [this] { wakes_.release(); });
    ASSERT_TRUE(woken()) << "once when it begins, for what came before";
    execute("NOTIFY godwit_wake");
    EXPECT_TRUE(woken());
}

TEST_F(ListenerTest, ListensAgainAfterItsConnectionWasCut) {
    Listener listener(options_, [this] { wakes_.release(); });
    ASSERT_TRUE(woken());
    execute(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'godwit "
        "listener'");
    ASSERT_TRUE(woken()) << "for what came meanwhile";
    execute("NOTIFY godwit_wake");
    EXPECT_TRUE(woken());
}

TEST_F(ListenerTest, EndsAlsoWithoutADatabase) {
    options_.url = "postgresql://127.0.0.1:1/none";
    const auto begin = std::chrono::steady_clock::now();
    {
        Listener listener(options_, [] {});
    }
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 10s);
}

}  // namespace
}  // namespace godwit::scheduler::pg
