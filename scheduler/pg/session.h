// Session: the connection of one thread, and transactions that are repeated where that is safe.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <random>
#include <stop_token>
#include <string>

#include "scheduler/pg/executor.h"

namespace godwit::scheduler::pg {

// Used by one thread. Connects at the first transaction and again when the connection was lost.
class Session {
public:
    Session(const ExecutorOptions& options, std::string purpose)
        : options_(options), purpose_(std::move(purpose)) {}

    // As Executor::run. Waits between repetitions end at once when `stop` is triggered.
    Result<void> run(const std::function<void(pqxx::work&)>& work, std::stop_token stop);

private:
    struct Outcome {
        Result<void> result;
        bool repeat = false;
    };
    Outcome attempt(const std::function<void(pqxx::work&)>& work);
    Outcome failed(const std::exception& exception);
    Result<void> connect();
    bool pause(unsigned repetition, std::stop_token stop);

    const ExecutorOptions& options_;
    const std::string purpose_;
    std::unique_ptr<pqxx::connection> connection_;
    // Set while the database cannot be reached, so that a full queue fails now rather than one by one.
    std::chrono::steady_clock::time_point unreachable_until_;
    std::chrono::milliseconds backoff_{0};
    Error unreachable_;
    std::minstd_rand random_{std::random_device{}()};
};

}  // namespace godwit::scheduler::pg
