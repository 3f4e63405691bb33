// Runs one coroutine over an input that has an end: then there is nothing left to wait for, and it must end
// soon.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "engine/base/run_context.h"
#include "tests/fuzz/fuzz_input.h"

namespace godwit::fuzz {

inline void run_to_end(Awaitable<void> task) {
    bool ended = false;
    asio::io_context context(1);
    asio::co_spawn(context, std::move(task), [&](std::exception_ptr failure) { ended = !failure; });
    context.run_for(std::chrono::seconds(5));
    require(ended);
}

}  // namespace godwit::fuzz
