#include "scheduler/pg/listener.h"

#include <condition_variable>
#include <mutex>

#include "engine/base/log.h"

namespace godwit::scheduler::pg {
namespace {

constexpr long wait_microseconds = 500'000;  // how long a stop may take
constexpr std::chrono::seconds reconnect_wait{2};

class Waker final : public pqxx::notification_receiver {
public:
    Waker(pqxx::connection_base& connection, const std::function<void()>& on_wake)
        : pqxx::notification_receiver(connection, "godwit_wake"), on_wake_(on_wake) {}
    void operator()(const std::string&, int) override { on_wake_(); }

private:
    const std::function<void()>& on_wake_;
};

}  // namespace

Listener::Listener(ExecutorOptions options, std::function<void()> on_wake)
    : options_(std::move(options)),
      on_wake_(std::move(on_wake)),
      thread_([this](std::stop_token stop) { run(std::move(stop)); }) {}

Listener::~Listener() = default;

void Listener::run(std::stop_token stop) {
    std::mutex mutex;
    std::condition_variable_any stopped;
    while (!stop.stop_requested()) {
        try {
            listen(stop);
        } catch (const std::exception& exception) {
            log_line(LogLevel::warn, "listening for wake-ups failed",
                     {{"cause", database_error(exception).cause}});
            std::unique_lock lock(mutex);
            stopped.wait_for(lock, stop, reconnect_wait, [] { return false; });
        }
    }
}

void Listener::listen(std::stop_token stop) {
    const auto connection = open_connection(options_, "listener");
    const Waker waker(*connection, on_wake_);
    on_wake_();  // what came while nobody listened
    while (!stop.stop_requested()) connection->await_notification(0, wait_microseconds);
}

}  // namespace godwit::scheduler::pg
