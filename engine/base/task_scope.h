// TaskScope owns every coroutine that is not awaited in place. Nothing else in Godwit calls co_spawn.
//
// Single executor: spawn, cancel and join are called on the executor given (or before it runs). A scope must
// be joined before it is destroyed; the destructor asserts that. An exception in a child is a bug: it is
// kept, logged, and thrown again by join().
#pragma once

#include <exception>
#include <functional>
#include <list>
#include <memory>
#include <string_view>

#include "engine/base/run_context.h"

namespace godwit {

class TaskScope {
public:
    explicit TaskScope(asio::any_io_executor executor);
    TaskScope(const TaskScope&) = delete;
    ~TaskScope();

    void spawn(std::string_view name, Awaitable<void> task);
    // Terminal cancellation of all children's pending Asio operations. A child sees that as an error of what
    // it awaits (ErrorKind::cancelled of streams, false of waits), never as an exception, and ends by itself.
    void cancel();
    // Waits for every child, including those spawned meanwhile, also when the waiting task is cancelled.
    Awaitable<void> join();
    std::size_t active() const;

private:
    struct State;
    std::shared_ptr<State> state_;
};

// Signal: coroutines of one executor wait for it; notify_all wakes every waiter of that moment.
class Signal {
public:
    explicit Signal(asio::any_io_executor executor);
    ~Signal();
    void notify_all();
    // False when the deadline passed first, and from the moment on when the waiting task was cancelled.
    Awaitable<bool> wait(Deadline deadline = Deadline::max());

private:
    struct State;
    struct Waiter;
    std::shared_ptr<State> state_;
};

}  // namespace godwit
