#include "engine/base/task_scope.h"

#include <stdexcept>

#include <gtest/gtest.h>

#include "tests/support/coro_test.h"

using namespace godwit;
using namespace godwit::test;
using namespace std::chrono_literals;

namespace {

Awaitable<void> count(int& counter) {
    co_await let_others_run();
    ++counter;
}

TEST(TaskScope, JoinWaitsForAllChildren) {
    run_coro([]() -> Awaitable<void> {
        TaskScope scope(co_await executor());
        int counter = 0;
        for (int i = 0; i < 100; ++i) scope.spawn("count", count(counter));
        EXPECT_EQ(scope.active(), 100u);
        co_await scope.join();
        EXPECT_EQ(counter, 100);
        EXPECT_EQ(scope.active(), 0u);
        co_await scope.join();
    }());
}

TEST(TaskScope, JoinWaitsForChildrenSpawnedMeanwhile) {
    run_coro([]() -> Awaitable<void> {
        TaskScope scope(co_await executor());
        int counter = 0;
        scope.spawn("parent", [](TaskScope& in, int& c) -> Awaitable<void> {
            co_await let_others_run();
            in.spawn("child", count(c));
        }(scope, counter));
        co_await scope.join();
        EXPECT_EQ(counter, 1);
    }());
}

TEST(TaskScope, JoinThrowsTheFirstFailureOnce) {
    run_coro([]() -> Awaitable<void> {
        TaskScope scope(co_await executor());
        int counter = 0;
        scope.spawn("broken", []() -> Awaitable<void> {
            throw std::logic_error("a bug");
            co_return;
        }());
        scope.spawn("count", count(counter));
        std::string what;
        try {
            co_await scope.join();
        } catch (const std::logic_error& e) {
            what = e.what();
        }
        EXPECT_EQ(what, "a bug");
        EXPECT_EQ(counter, 1);
        co_await scope.join();
    }());
}

TEST(TaskScope, CancelEndsWaitsWithoutExceptions) {
    run_coro([]() -> Awaitable<void> {
        const auto on = co_await executor();
        TaskScope scope(on);
        Signal signal(on);
        int ended = 0;
        scope.spawn("signal", [](Signal& s, int& n) -> Awaitable<void> {
            EXPECT_FALSE(co_await s.wait());
            EXPECT_FALSE(co_await s.wait());
            ++n;
        }(signal, ended));
        scope.spawn("sleep", [](int& n) -> Awaitable<void> {
            EXPECT_FALSE(co_await sleep_for(20s));
            EXPECT_FALSE(co_await sleep_for(20s));
            ++n;
        }(ended));
        co_await let_others_run();
        scope.cancel();
        co_await scope.join();
        EXPECT_EQ(ended, 2);
    }());
}

TEST(TaskScope, ACancelledTaskStillJoinsItsOwnChildren) {
    run_coro([]() -> Awaitable<void> {
        TaskScope scope(co_await executor());
        bool joined = false, cancelled_afterwards = false;
        scope.spawn("outer", [](bool& was_joined, bool& was_cancelled) -> Awaitable<void> {
            Signal release(co_await executor());
            TaskScope inner(co_await executor());
            inner.spawn("inner",
                        [](Signal& until) -> Awaitable<void> { co_await until.wait(after(20s)); }(release));
            EXPECT_FALSE(co_await sleep_for(20s));
            release.notify_all();
            co_await inner.join();
            was_joined = true;
            was_cancelled = !co_await sleep_for(1ms);
        }(joined, cancelled_afterwards));
        co_await let_others_run();
        scope.cancel();
        co_await scope.join();
        EXPECT_TRUE(joined);
        EXPECT_TRUE(cancelled_afterwards);
    }());
}

TEST(TaskScope, ALoopThatIgnoresCancellationDoesNotStarveOthers) {
    run_coro([]() -> Awaitable<void> {
        const auto on = co_await executor();
        TaskScope scope(on);
        Signal signal(on);
        bool stop = false;
        scope.spawn("stubborn", [](Signal& s, bool& flag) -> Awaitable<void> {
            while (!flag) co_await s.wait();
        }(signal, stop));
        co_await let_others_run();
        scope.cancel();
        co_await let_others_run();
        stop = true;
        co_await scope.join();
    }());
}

TEST(Signal, WakesEveryWaiterOfTheMoment) {
    run_coro([]() -> Awaitable<void> {
        const auto on = co_await executor();
        TaskScope scope(on);
        Signal signal(on);
        signal.notify_all();  // nobody waits yet: not remembered
        int woken = 0;
        for (int i = 0; i < 3; ++i)
            scope.spawn("waiter", [](Signal& s, int& n) -> Awaitable<void> {
                if (co_await s.wait(after(20s))) ++n;
            }(signal, woken));
        co_await let_others_run();
        EXPECT_EQ(woken, 0);
        signal.notify_all();
        co_await scope.join();
        EXPECT_EQ(woken, 3);
    }());
}

TEST(Signal, DeadlinePassesFirst) {
    run_coro([]() -> Awaitable<void> {
        Signal signal(co_await executor());
        EXPECT_FALSE(co_await signal.wait(after(1ms)));
        EXPECT_FALSE(co_await signal.wait(Deadline::min()));
        signal.notify_all();
    }());
}

TEST(SleepFor, StopEndsIt) {
    run_coro([]() -> Awaitable<void> {
        EXPECT_TRUE(co_await sleep_for(1ms));
        std::stop_source stop;
        TaskScope scope(co_await executor());
        bool slept = true;
        scope.spawn("sleep", [](std::stop_token token, bool& out) -> Awaitable<void> {
            out = co_await sleep_for(20s, token);
        }(stop.get_token(), slept));
        co_await let_others_run();
        stop.request_stop();
        co_await scope.join();
        EXPECT_FALSE(slept);
        EXPECT_FALSE(co_await sleep_for(20s, stop.get_token()));
    }());
}

}  // namespace
