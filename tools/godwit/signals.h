// SIGINT and SIGTERM as stop tokens: the first one asks to drain, the second one to stop, the third one ends
// the process.
#pragma once

#include <stop_token>
#include <thread>

namespace godwit::cli {

// Make it before any other thread: the signals are blocked in this thread and all that it starts, and wait on
// a thread of its own. Restores nothing when destroyed, which is at the end of the process.
class InterruptWatch {
public:
    InterruptWatch();
    ~InterruptWatch();
    InterruptWatch(const InterruptWatch&) = delete;

    std::stop_token drain() const { return drain_.get_token(); }
    std::stop_token stop() const { return stop_.get_token(); }

private:
    void wait_for_signals();

    std::stop_source drain_, stop_;
    std::thread thread_;
};

}  // namespace godwit::cli
