#include "engine/base/task_scope.h"

#include <cassert>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "engine/base/log.h"

namespace godwit {

namespace {
constexpr auto as_tuple_awaitable = asio::as_tuple(asio::use_awaitable);

// By default every co_await of a cancelled coroutine throws, so also the one that joins a nested scope. Our
// children see the failed operation instead and end in order.
Awaitable<void> without_throwing(Awaitable<void> task) {
    co_await asio::this_coro::throw_if_cancelled(false);
    co_await std::move(task);
}

// Yields when so: a loop that ignores the answer of a wait must not starve the others of its executor.
Awaitable<bool> is_cancelled() {
    const auto state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() == asio::cancellation_type::none) co_return false;
    co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
    co_return true;
}
}  // namespace

struct TaskScope::State {
    struct Child {
        asio::cancellation_signal cancel;
    };
    asio::any_io_executor executor;
    std::list<Child> children;
    asio::steady_timer all_done;
    std::exception_ptr failure;
    explicit State(asio::any_io_executor e) : executor(e), all_done(e) {
        all_done.expires_at(asio::steady_timer::time_point::max());
    }
};

TaskScope::TaskScope(asio::any_io_executor executor) : state_(std::make_shared<State>(std::move(executor))) {}

TaskScope::~TaskScope() { assert(state_->children.empty() && "a TaskScope must be joined"); }

void TaskScope::spawn(std::string_view name, Awaitable<void> task) {
    auto child = state_->children.emplace(state_->children.end());
    auto done = [state = state_, child, name = std::string(name)](std::exception_ptr failure) {
        if (failure) {
            try {
                std::rethrow_exception(failure);
            } catch (const std::exception& e) {
                log_line(LogLevel::error, "task failed", {{"task", name}, {"what", e.what()}});
            }
            if (!state->failure) state->failure = failure;
        }
        state->children.erase(child);
        if (state->children.empty()) state->all_done.cancel();
    };
    asio::co_spawn(state_->executor, without_throwing(std::move(task)),
                   asio::bind_cancellation_slot(child->cancel.slot(), std::move(done)));
}

void TaskScope::cancel() {
    for (auto it = state_->children.begin(); it != state_->children.end();) {
        auto child = it++;
        child->cancel.emit(asio::cancellation_type::terminal);
    }
}

Awaitable<void> TaskScope::join() {
    auto state = state_;
    // Not cancellable. (Turning cancellation off by reset_cancellation_state would do so for our callers
    // too.)
    while (!state->children.empty())
        co_await state->all_done.async_wait(
            asio::bind_cancellation_slot(asio::cancellation_slot(), as_tuple_awaitable));
    if (state->failure) std::rethrow_exception(std::exchange(state->failure, nullptr));
}

std::size_t TaskScope::active() const { return state_->children.size(); }

struct Signal::State {
    asio::any_io_executor executor;
    std::list<Waiter*> waiters;
};

struct Signal::Waiter {
    State& state;
    asio::steady_timer timer;
    bool notified = false;
    std::list<Waiter*>::iterator place{};
    // Also when the coroutine is destroyed with its io_context.
    ~Waiter() {
        if (!notified) state.waiters.erase(place);
    }
};

Signal::Signal(asio::any_io_executor executor)
    : state_(std::make_shared<State>(State{std::move(executor), {}})) {}
Signal::~Signal() = default;

void Signal::notify_all() {
    for (Waiter* waiter : std::exchange(state_->waiters, {})) {
        waiter->notified = true;
        waiter->timer.cancel();
    }
}

Awaitable<bool> Signal::wait(Deadline deadline) {
    auto state = state_;
    if (co_await is_cancelled()) co_return false;
    Waiter waiter{*state, asio::steady_timer(state->executor, deadline)};
    waiter.place = state->waiters.insert(state->waiters.end(), &waiter);
    co_await waiter.timer.async_wait(as_tuple_awaitable);
    co_return waiter.notified;
}

Awaitable<bool> sleep_for(std::chrono::steady_clock::duration wait, std::stop_token stop) {
    auto executor = co_await asio::this_coro::executor;
    auto timer = std::make_shared<asio::steady_timer>(executor, wait);
    std::stop_callback wake(stop, [timer, executor] { asio::post(executor, [timer] { timer->cancel(); }); });
    if (stop.stop_requested() || co_await is_cancelled()) co_return false;
    auto [error] = co_await timer->async_wait(as_tuple_awaitable);
    co_return !error;
}

}  // namespace godwit
