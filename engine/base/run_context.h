// RunContext: what every coroutine of one piece of work is given first.
//
// Owned by whoever starts the work and outlives everything that gets a reference. Used on one executor only;
// the stop tokens may be triggered from any thread, but their callbacks must hop to `executor` themselves.
#pragma once

#include <functional>
#include <stop_token>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "engine/base/byte_budget.h"
#include "engine/base/clock.h"

namespace godwit {

namespace asio = boost::asio;
template <class T = void>
using Awaitable = asio::awaitable<T>;

struct RunContext {
    asio::any_io_executor executor;
    const Clock& clock;
    // `drain`: finish the message in hand, then end with ErrorKind::cancelled. `stop`: end now, close sockets.
    std::stop_token drain;
    std::stop_token stop;
    std::string subject;  // for log lines, e.g. a migration id
    std::function<bool()> holds_lease;   // asked right before octets that commit something go out; empty: always true
    ByteBudget* budget = nullptr;        // of the process, for octets of messages in flight; null: none

    bool draining() const { return drain.stop_requested() || stop.stop_requested(); }
};

// Waits; returns early (and false) when `stop` is triggered.
Awaitable<bool> sleep_for(std::chrono::steady_clock::duration wait, std::stop_token stop = {});

}  // namespace godwit
