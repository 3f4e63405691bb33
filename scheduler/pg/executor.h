// Executor: libpqxx blocks, so it lives on threads of its own, in lanes that cannot starve each other.
//
// Each thread owns one connection, opened at first use and reopened with backoff; every statement runs under a statement
// and a lock timeout. run() may be called from any Asio executor; the answer comes back on the caller's. A lane's queue is
// bounded: beyond it calls fail at once with ErrorKind::database ("busy").
#pragma once

#include <array>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <pqxx/pqxx>

#include "engine/base/result.h"
#include "engine/base/run_context.h"

namespace godwit::scheduler::pg {

enum class Lane { queue, ledger, api, import };

struct ExecutorOptions {
    std::string url;                             // libpq connection string or URI; several hosts allowed
    // By Lane. Commits wait for the disk, and those that wait together are written together: so more for the ledger.
    std::array<unsigned, 4> threads{1, 6, 1, 1};
    std::size_t queue_length = 4096;             // of each lane
    std::chrono::seconds connect_timeout{5};
    std::chrono::milliseconds statement_timeout{30'000};
    std::chrono::milliseconds lock_timeout{10'000};
    // A pooler that hands out sessions by the transaction stands before the database: nothing is set at connect,
    // the timeouts are set in every transaction.
    bool transaction_pooler = false;
};

class Executor {
public:
    explicit Executor(ExecutorOptions options);
    // Waits for what runs; what waits fails with cancelled. The executors that called run() must still exist.
    ~Executor();
    Executor(const Executor&) = delete;

    // Runs `work` in one transaction and commits it. Repeats it (at most 3 times) after a serialization failure, a
    // deadlock, or a connection lost before commit was sent, so it must have no effects outside the transaction. A thrown
    // Refused becomes its error, after rollback; what libpqxx throws becomes ErrorKind::database with the SQLSTATE.
    template <class T>
    Awaitable<Result<T>> run(Lane lane, std::function<T(pqxx::work&)> work);

    struct Refused {
        Error error;
    };

private:
    struct Impl;
    // Untyped: `work` stores its result itself.
    Awaitable<Result<void>> run_erased(Lane lane, std::function<void(pqxx::work&)> work);
    std::unique_ptr<Impl> impl_;
};

template <class T>
Awaitable<Result<T>> Executor::run(Lane lane, std::function<T(pqxx::work&)> work) {
    if constexpr (std::is_void_v<T>) {
        co_return co_await run_erased(lane, std::move(work));
    } else {
        // Shared with the thread, which may outlive a caller that was torn down.
        auto result = std::make_shared<std::optional<T>>();
        auto done = co_await run_erased(lane, [result, work = std::move(work)](pqxx::work& transaction) {
            result->emplace(work(transaction));
        });
        if (!done) co_return std::unexpected(done.error());
        co_return std::move(**result);
    }
}

// A blocking connection with the same timeouts, for threads of their own (heartbeat, listener, migrator).
std::unique_ptr<pqxx::connection> open_connection(const ExecutorOptions& options, const std::string& purpose);
// For a connection whose options say transaction_pooler: its timeouts, until the transaction ends.
void set_timeouts(const ExecutorOptions& options, pqxx::work& transaction);
// What an exception of libpqxx means: disk_full, or database with the SQLSTATE in `cause`; internal if it is not its.
Error database_error(const std::exception& exception);

}  // namespace godwit::scheduler::pg
