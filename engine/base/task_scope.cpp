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
}

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
    asio::co_spawn(state_->executor, std::move(task), asio::bind_cancellation_slot(child->cancel.slot(), std::move(done)));
}

void TaskScope::cancel() {
    for (auto it = state_->children.begin(); it != state_->children.end();) {
        auto child = it++;
        child->cancel.emit(asio::cancellation_type::terminal);
    }
}

Awaitable<void> TaskScope::join() {
    auto state = state_;
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    while (!state->children.empty()) co_await state->all_done.async_wait(as_tuple_awaitable);
    if (state->failure) std::rethrow_exception(std::exchange(state->failure, nullptr));
}

std::size_t TaskScope::active() const { return state_->children.size(); }

struct Signal::State {
    asio::any_io_executor executor;
    std::list<asio::steady_timer*> waiters;
};

Signal::Signal(asio::any_io_executor executor) : state_(std::make_shared<State>(State{std::move(executor), {}})) {}
Signal::~Signal() = default;

void Signal::notify_all() {
    for (auto* waiter : state_->waiters) waiter->expires_at(asio::steady_timer::time_point::min());
    state_->waiters.clear();
}

Awaitable<bool> Signal::wait(Deadline deadline) {
    auto state = state_;
    asio::steady_timer timer(state->executor, deadline);
    const auto place = state->waiters.insert(state->waiters.end(), &timer);
    co_await timer.async_wait(as_tuple_awaitable);
    const bool notified = timer.expiry() == asio::steady_timer::time_point::min();
    if (!notified) state->waiters.erase(place);
    co_return notified;
}

Awaitable<bool> sleep_for(std::chrono::steady_clock::duration wait, std::stop_token stop) {
    auto executor = co_await asio::this_coro::executor;
    auto timer = std::make_shared<asio::steady_timer>(executor, wait);
    std::stop_callback wake(stop, [timer, executor] { asio::post(executor, [timer] { timer->cancel(); }); });
    if (stop.stop_requested()) co_return false;
    auto [error] = co_await timer->async_wait(as_tuple_awaitable);
    co_return !error;
}

}  // namespace godwit
