// Listener: hears NOTIFY godwit_wake on a connection and thread of its own, and calls back. Reconnects by itself; a lost
// notification costs no more than the dispatcher's poll interval.
#pragma once

#include <functional>
#include <thread>

#include "scheduler/pg/executor.h"

namespace godwit::scheduler::pg {

class Listener {
public:
    // `on_wake` is called on the listener's thread.
    Listener(ExecutorOptions options, std::function<void()> on_wake);
    ~Listener();

private:
    void run(std::stop_token stop);
    void listen(std::stop_token stop);

    ExecutorOptions options_;
    std::function<void()> on_wake_;
    std::jthread thread_;
};

}  // namespace godwit::scheduler::pg
