// Running coroutines in tests.
//
// run_coro() gives a coroutine a fresh io_context and runs it to its end. Within it use EXPECT_* freely;
// ASSERT_* does not compile in a coroutine (it returns), so CO_ASSERT and CO_ASSERT_OK stand in for it.
#pragma once

#include <chrono>

#include <gtest/gtest.h>

#include "engine/base/result.h"
#include "engine/base/run_context.h"

namespace godwit::test {

// Rethrows what `task` throws. After `watchdog` the test program is aborted with a message, since a test that
// hangs says less than one that fails. `co_await executor()` tells where it runs.
void run_coro(Awaitable<void> task, std::chrono::seconds watchdog = std::chrono::seconds(30));

Awaitable<asio::any_io_executor> executor();
// Lets everything that is ready on the executor run until it waits.
Awaitable<void> let_others_run();

// A context on `executor` with the system's clock, never stopped unless tokens are given.
RunContext context_on(asio::any_io_executor executor, std::stop_token stop = {}, std::stop_token drain = {});

template <class T>
std::string text_of(const Result<T>& result) {
    return result ? "ok" : result.error().to_string();
}

}  // namespace godwit::test

#define CO_ASSERT(condition)                                                           \
    if (const bool co_assert_holds = static_cast<bool>(condition); !co_assert_holds) { \
        ADD_FAILURE() << "not true: " #condition;                                      \
        co_return;                                                                     \
    }
#define CO_ASSERT_OK(result)                                              \
    if (!(result)) {                                                      \
        ADD_FAILURE() << #result ": " << ::godwit::test::text_of(result); \
        co_return;                                                        \
    }
