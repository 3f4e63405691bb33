// in_parallel: two results at once, on one executor. Both are always waited for.
#pragma once

#include <utility>

#include "engine/base/result.h"
#include "engine/base/task_scope.h"

namespace godwit {

template <class A, class B>
Awaitable<std::pair<Result<A>, Result<B>>> in_parallel(asio::any_io_executor executor, Awaitable<Result<A>> first,
                                                       Awaitable<Result<B>> second) {
    TaskScope scope(executor);
    std::optional<Result<A>> a;
    const auto run_first = [](Awaitable<Result<A>> task, std::optional<Result<A>>& out) -> Awaitable<void> {
        out.emplace(co_await std::move(task));
    };
    scope.spawn("in parallel", run_first(std::move(first), a));
    std::optional<Result<B>> b;
    std::exception_ptr failure;
    try {
        b.emplace(co_await std::move(second));
    } catch (...) {
        failure = std::current_exception();
    }
    co_await scope.join();
    if (failure) std::rethrow_exception(failure);
    co_return std::pair<Result<A>, Result<B>>(std::move(*a), std::move(*b));
}

}  // namespace godwit
