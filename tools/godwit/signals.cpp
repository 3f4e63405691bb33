#include "tools/godwit/signals.h"

#include <csignal>
#include <cstdlib>
#include <utility>

#include <pthread.h>

#include "tools/godwit/exit_code.h"

namespace godwit::cli {

namespace {

// SIGUSR1 is how the destructor ends the waiting thread.
sigset_t watched() {
    sigset_t set;
    sigemptyset(&set);
    for (const int signal : {SIGINT, SIGTERM, SIGUSR1}) sigaddset(&set, signal);
    return set;
}

}  // namespace

InterruptWatch::InterruptWatch() {
    const auto set = watched();
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
    thread_ = std::thread([this] { wait_for_signals(); });
}

InterruptWatch::~InterruptWatch() {
    pthread_kill(thread_.native_handle(), SIGUSR1);
    thread_.join();
}

void InterruptWatch::wait_for_signals() {
    const auto set = watched();
    for (int signal = 0; sigwait(&set, &signal) == 0 && signal != SIGUSR1;) {
        if (stop_.stop_requested()) std::_Exit(std::to_underlying(ExitCode::interrupted));
        if (drain_.stop_requested()) {
            stop_.request_stop();
        } else {
            drain_.request_stop();
        }
    }
}

}  // namespace godwit::cli
