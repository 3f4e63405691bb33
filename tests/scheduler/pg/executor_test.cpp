#include "scheduler/pg/executor.h"

#include <atomic>
#include <latch>
#include <thread>

#include <gtest/gtest.h>

#include "engine/base/task_scope.h"
#include "tests/support/coro_test.h"
#include "tests/support/test_postgres.h"

namespace godwit::scheduler::pg {
namespace {

using test::run_coro;
using namespace std::chrono_literals;

class ExecutorTest : public testing::Test {
protected:
    void SetUp() override {
        GODWIT_NEEDS_POSTGRES();
        options_.url = test::empty_database();
    }
    // A statement of the test's own, outside of the executor.
    std::string ask(const std::string& statement) const {
        auto connection = open_connection(options_, "test");
        pqxx::nontransaction transaction(*connection);
        return transaction.exec1(statement)[0].as<std::string>("");
    }
    ExecutorOptions options_;
};

int one(pqxx::work& transaction) { return transaction.exec1("SELECT 1")[0].as<int>(); }

TEST_F(ExecutorTest, AnswersOnTheCallersExecutor) {
    Executor executor(options_);
    run_coro([&]() -> Awaitable<void> {
        const auto here = std::this_thread::get_id();
        auto answer = co_await executor.run<int>(Lane::api, one);
        CO_ASSERT_OK(answer);
        EXPECT_EQ(*answer, 1);
        EXPECT_EQ(std::this_thread::get_id(), here);
    }());
}

TEST_F(ExecutorTest, CommitsAndNamesItsConnections) {
    Executor executor(options_);
    run_coro([&]() -> Awaitable<void> {
        auto name = co_await executor.run<std::string>(Lane::ledger, [](pqxx::work& transaction) {
            transaction.exec("CREATE TABLE kept AS SELECT 7 AS n");
            return transaction.exec1("SHOW application_name")[0].as<std::string>();
        });
        CO_ASSERT_OK(name);
        EXPECT_EQ(*name, "godwit ledger");
    }());
    EXPECT_EQ(ask("SELECT n FROM kept"), "7");
}

TEST_F(ExecutorTest, ABlockedLaneDoesNotBlockAnother) {
    Executor executor(options_);
    std::latch running(1), release(1);
    run_coro([&]() -> Awaitable<void> {
        TaskScope scope(co_await test::executor());
        std::atomic<bool> finished = false;
        scope.spawn("blocked",
                    [](Executor& e, std::latch& r, std::latch& go, std::atomic<bool>& f) -> Awaitable<void> {
                        std::function<void(pqxx::work&)> work = [&](pqxx::work&) {
                            r.count_down();
                            go.wait();
                        };
                        EXPECT_TRUE(co_await e.run<void>(Lane::queue, work));
                        f = true;
                    }(executor, running, release, finished));
        co_await test::let_others_run();
        running.wait();
        for (const Lane lane : {Lane::ledger, Lane::api, Lane::import}) {
            auto answer = co_await executor.run<int>(lane, one);
            EXPECT_TRUE(answer) << test::text_of(answer);
        }
        EXPECT_FALSE(finished);
        release.count_down();
        co_await scope.join();
        EXPECT_TRUE(finished);
    }());
}

// One job runs, `queue_length` wait, the next is refused; all are answered when the executor is destroyed.
TEST_F(ExecutorTest, TheQueueIsBoundedAndEmptiedAtTheEnd) {
    options_.queue_length = 2;
    auto executor = std::make_unique<Executor>(options_);
    std::latch running(1), release(1);
    std::vector<Result<void>> ends;
    run_coro([&]() -> Awaitable<void> {
        TaskScope scope(co_await test::executor());
        auto submit = [](Executor& e, std::function<void(pqxx::work&)> work, auto& all) -> Awaitable<void> {
            all.push_back(co_await e.run<void>(Lane::queue, work));
        };
        std::function<void(pqxx::work&)> block = [&](pqxx::work&) {
            running.count_down();
            release.wait();
        };
        scope.spawn("first", submit(*executor, block, ends));
        co_await test::let_others_run();
        running.wait();
        std::function<void(pqxx::work&)> nothing = [](pqxx::work&) {};
        for (int i = 0; i < 2; ++i) scope.spawn("waits", submit(*executor, nothing, ends));
        co_await test::let_others_run();
        auto refused = co_await executor->run<void>(Lane::queue, nothing);
        EXPECT_TRUE(!refused && refused.error().kind == ErrorKind::database);
        EXPECT_NE(test::text_of(refused).find("busy"), std::string::npos);
        std::jthread closer([&] { executor.reset(); });
        std::jthread opener([&] { release.count_down(); });
        co_await scope.join();
    }());
    ASSERT_EQ(ends.size(), 3u);
    for (const auto& end : ends)
        EXPECT_TRUE(end || end.error().kind == ErrorKind::cancelled) << test::text_of(end);
}

TEST_F(ExecutorTest, ErrorsCarryTheSqlstate) {
    Executor executor(options_);
    run_coro([&]() -> Awaitable<void> {
        std::function<void(pqxx::work&)> work = [](pqxx::work& t) { t.exec("SELECT 1/0"); };
        auto result = co_await executor.run<void>(Lane::api, work);
        CO_ASSERT(!result);
        EXPECT_EQ(result.error().kind, ErrorKind::database);
        EXPECT_EQ(result.error().reach, Reach::node);
        EXPECT_NE(result.error().cause.find("22012"), std::string::npos) << result.error().cause;
        std::function<void(pqxx::work&)> full = [](pqxx::work& t) {
            t.exec("DO $$ BEGIN RAISE EXCEPTION 'no space' USING ERRCODE = '53100'; END $$");
        };
        auto disk = co_await executor.run<void>(Lane::api, full);
        CO_ASSERT(!disk);
        EXPECT_EQ(disk.error().kind, ErrorKind::disk_full) << disk.error().to_string();
        std::function<void(pqxx::work&)> bug = [](pqxx::work&) { throw std::logic_error("a bug"); };
        auto internal = co_await executor.run<void>(Lane::api, bug);
        CO_ASSERT(!internal);
        EXPECT_EQ(internal.error().kind, ErrorKind::internal);
    }());
}

TEST_F(ExecutorTest, RefusedRollsBack) {
    Executor executor(options_);
    run_coro([&]() -> Awaitable<void> {
        std::function<void(pqxx::work&)> work = [](pqxx::work& transaction) {
            transaction.exec("CREATE TABLE gone (n int)");
            throw Executor::Refused{{ErrorKind::not_found, Reach::account, "no such batch", {}}};
        };
        auto result = co_await executor.run<void>(Lane::api, work);
        CO_ASSERT(!result);
        EXPECT_EQ(result.error().kind, ErrorKind::not_found);
    }());
    EXPECT_EQ(ask("SELECT to_regclass('gone')"), "");
}

TEST_F(ExecutorTest, ReconnectsAndRepeatsWhenTheConnectionWasCut) {
    Executor executor(options_);
    run_coro([&]() -> Awaitable<void> {
        int runs = 0;
        std::function<int(pqxx::work&)> work = [&](pqxx::work& transaction) {
            const auto pid = transaction.exec1("SELECT pg_backend_pid()")[0].as<std::string>();
            if (++runs == 1) ask("SELECT pg_terminate_backend(" + pid + ", 5000)");
            return one(transaction);
        };
        auto result = co_await executor.run<int>(Lane::api, work);
        CO_ASSERT_OK(result);
        EXPECT_EQ(runs, 2);
        // And one that was cut while idle.
        ask("SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity "
            "WHERE application_name = 'godwit api'");
        auto again = co_await executor.run<int>(Lane::api, one);
        CO_ASSERT_OK(again);
    }());
}

TEST_F(ExecutorTest, ACommitInDoubtIsNotRepeated) {
    ask("SELECT set_config('x.y', '1', false)");
    Executor executor(options_);
    run_coro([&]() -> Awaitable<void> {
        int runs = 0;
        std::function<void(pqxx::work&)> work = [&](pqxx::work& transaction) {
            ++runs;
            const auto pid = transaction.exec1("SELECT pg_backend_pid()")[0].as<std::string>();
            ask("SELECT pg_terminate_backend(" + pid + ", 5000)");
        };
        auto result = co_await executor.run<void>(Lane::api, work);
        CO_ASSERT(!result);
        EXPECT_NE(result.error().cause.find("commit in doubt"), std::string::npos) << result.error().cause;
        EXPECT_EQ(runs, 1);
    }());
}

TEST_F(ExecutorTest, StatementsTimeOut) {
    options_.statement_timeout = 50ms;
    Executor executor(options_);
    run_coro([&]() -> Awaitable<void> {
        std::function<void(pqxx::work&)> work = [](pqxx::work& t) { t.exec("SELECT pg_sleep(60)"); };
        auto result = co_await executor.run<void>(Lane::api, work);
        CO_ASSERT(!result);
        EXPECT_NE(result.error().cause.find("57014"), std::string::npos) << result.error().cause;
    }());
}

TEST_F(ExecutorTest, ATransactionPoolerGetsTheTimeoutsInEveryTransaction) {
    options_.transaction_pooler = true;
    options_.lock_timeout = 1234ms;
    Executor executor(options_);
    run_coro([&]() -> Awaitable<void> {
        auto timeout = co_await executor.run<std::string>(Lane::api, [](pqxx::work& transaction) {
            return transaction.exec1("SHOW lock_timeout")[0].as<std::string>();
        });
        CO_ASSERT_OK(timeout);
        EXPECT_EQ(*timeout, "1234ms");
    }());
}

TEST_F(ExecutorTest, RepeatsAfterASerializationFailure) {
    Executor executor(options_);
    run_coro([&]() -> Awaitable<void> {
        int runs = 0;
        std::function<int(pqxx::work&)> work = [&](pqxx::work& transaction) {
            if (++runs < 3)
                transaction.exec("DO $$ BEGIN RAISE EXCEPTION 'again' USING ERRCODE = '40001'; END $$");
            return one(transaction);
        };
        auto result = co_await executor.run<int>(Lane::api, work);
        CO_ASSERT_OK(result);
        EXPECT_EQ(runs, 3);
    }());
}

TEST(ExecutorWithoutDatabase, FailsSoonAndWithoutThePassword) {
    ExecutorOptions options;
    options.url = "postgresql://user:hush@127.0.0.1:1/none";
    Executor executor(options);
    run_coro([&]() -> Awaitable<void> {
        for (int i = 0; i < 3; ++i) {
            auto result = co_await executor.run<int>(Lane::api, one);
            CO_ASSERT(!result);
            EXPECT_EQ(result.error().kind, ErrorKind::database);
            EXPECT_EQ(result.error().to_string().find("hush"), std::string::npos);
        }
    }());
}

TEST(ExecutorWithoutDatabase, AnUnreadableUrlIsNotQuoted) {
    ExecutorOptions options;
    options.url = "postgresql://user:hush@[broken";
    try {
        open_connection(options, "test");
        FAIL();
    } catch (const std::exception& exception) {
        EXPECT_EQ(database_error(exception).to_string().find("hush"), std::string::npos);
    }
}

}  // namespace
}  // namespace godwit::scheduler::pg
