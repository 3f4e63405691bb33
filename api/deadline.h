// Waiting for something that cannot be cancelled, e.g. a call of the store, no longer than a deadline.
#pragma once

#include <memory>
#include <optional>

#include "engine/base/result.h"
#include "engine/base/task_scope.h"

namespace godwit::api {

// The result of `task`, or ErrorKind::timeout; then the task goes on in `scope` and its result is dropped.
template <class T>
Awaitable<Result<T>> within(TaskScope& scope, asio::any_io_executor executor, Awaitable<Result<T>> task,
                            std::chrono::milliseconds limit) {
    struct Shared {
        explicit Shared(asio::any_io_executor e) : done(std::move(e)) {}
        Signal done;
        std::optional<Result<T>> result;
    };
    const auto shared = std::make_shared<Shared>(executor);
    const auto deadline = after(limit);
    scope.spawn("bounded wait", [](std::shared_ptr<Shared> state, Awaitable<Result<T>> work) -> Awaitable<void> {
        state->result = co_await std::move(work);
        state->done.notify_all();
    }(shared, std::move(task)));
    while (!shared->result)
        if (!co_await shared->done.wait(deadline)) break;
    if (!shared->result) co_return fail(ErrorKind::timeout, Reach::node, "no answer in time");
    co_return std::move(*shared->result);
}

}  // namespace godwit::api
