#include "tests/support/coro_test.h"

#include <cstdio>
#include <cstdlib>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace godwit::test {

namespace {

// Threads that posted a result (the database's) may still be inside the context's mutex when its coroutine has ended, so
// the last few contexts live on for a while.
std::shared_ptr<asio::io_context> fresh_context() {
    static constexpr std::size_t kept = 8;
    static std::mutex mutex;
    static std::deque<std::shared_ptr<asio::io_context>> contexts;
    const std::lock_guard lock(mutex);
    contexts.push_back(std::make_shared<asio::io_context>(1));
    auto context = contexts.back();
    if (contexts.size() > kept) contexts.pop_front();
    return context;
}

}  // namespace

void run_coro(Awaitable<void> task, std::chrono::seconds watchdog) {
    const auto owned = fresh_context();
    auto& context = *owned;
    std::optional<std::exception_ptr> ended;
    asio::co_spawn(context, std::move(task), [&ended](std::exception_ptr failure) { ended = failure; });
    const auto deadline = std::chrono::steady_clock::now() + watchdog;
    while (!ended && context.run_one_until(deadline) > 0) continue;
    if (!ended) {
        const bool hangs = std::chrono::steady_clock::now() >= deadline;
        std::fprintf(stderr, "run_coro: the coroutine %s\n", hangs ? "hangs" : "waits for nothing");
        std::abort();
    }
    // What it left behind, e.g. handlers of streams that were closed last.
    context.run_for(std::chrono::milliseconds(0));
    if (*ended) std::rethrow_exception(*ended);
}

Awaitable<asio::any_io_executor> executor() { co_return co_await asio::this_coro::executor; }

Awaitable<void> let_others_run() {
    constexpr int rounds = 10;  // what runs may post what is to run next
    for (int i = 0; i < rounds; ++i)
        co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
}

RunContext context_on(asio::any_io_executor executor, std::stop_token stop, std::stop_token drain) {
    static const SystemClock clock;
    return RunContext{std::move(executor), clock, std::move(drain), std::move(stop), "test"};
}

}  // namespace godwit::test
