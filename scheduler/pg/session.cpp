#include "scheduler/pg/session.h"

#include <algorithm>

#include "engine/base/log.h"
#include "scheduler/pg/sql.h"

namespace godwit::scheduler::pg {

namespace {

using namespace std::chrono_literals;

constexpr unsigned max_repetitions = 3;
constexpr std::chrono::milliseconds first_pause = 50ms, first_backoff = 500ms, max_backoff = 5s;

bool is_conflict(const std::exception& exception) {
    return dynamic_cast<const pqxx::serialization_failure*>(&exception) ||
           dynamic_cast<const pqxx::deadlock_detected*>(&exception);
}

// A connection to a primary that became a standby stays open, and is of no use.
bool is_read_only(const std::exception& exception) {
    const auto* sql = dynamic_cast<const pqxx::sql_error*>(&exception);
    return sql && sql->sqlstate() == "25006";
}

}  // namespace

Result<void> Session::run(const std::function<void(pqxx::work&)>& work, std::stop_token stop) {
    if (!connection_ && std::chrono::steady_clock::now() < unreachable_until_)
        return std::unexpected(unreachable_);
    for (unsigned repetition = 0;; ++repetition) {
        auto outcome = attempt(work);
        if (outcome.repeat && repetition < max_repetitions && pause(repetition, stop)) continue;
        if (!outcome.result && !connection_ && outcome.repeat) {
            backoff_ = std::clamp(backoff_ * 2, first_backoff, max_backoff);
            unreachable_until_ = std::chrono::steady_clock::now() + backoff_;
            unreachable_ = outcome.result.error();
        }
        return outcome.result;
    }
}

Session::Outcome Session::attempt(const std::function<void(pqxx::work&)>& work) {
    if (auto connected = connect(); !connected) return {connected, true};
    try {
        pqxx::work transaction(*connection_);
        prepares_statements = !options_.transaction_pooler;
        if (options_.transaction_pooler) set_timeouts(options_, transaction);
        work(transaction);
        transaction.commit();
        return {};
    } catch (const Executor::Refused& refused) {
        return {std::unexpected(refused.error), false};
    } catch (const std::exception& exception) {
        return failed(exception);
    }
}

Session::Outcome Session::failed(const std::exception& exception) {
    const bool lost = !connection_->is_open() || is_read_only(exception);
    if (lost) connection_.reset();
    // Whether the commit happened nobody knows; done twice it might be wrong.
    const bool in_doubt = dynamic_cast<const pqxx::in_doubt_error*>(&exception);
    return {std::unexpected(database_error(exception)), !in_doubt && (lost || is_conflict(exception))};
}

Result<void> Session::connect() {
    if (connection_) return {};
    try {
        connection_ = open_connection(options_, purpose_);
        backoff_ = 0ms;
        return {};
    } catch (const std::exception& exception) {
        auto error = database_error(exception);
        error.context = "connecting to the database";
        log_line(LogLevel::warn, "database unreachable", {{"connection", purpose_}, {"error", error.cause}});
        return std::unexpected(std::move(error));
    }
}

// Growing and uneven, so that those that collided do not do so again. False when stopped.
bool Session::pause(unsigned repetition, std::stop_token stop) {
    const auto longest = (first_pause * (1u << (2 * repetition))).count();
    const std::chrono::milliseconds wait(std::uniform_int_distribution<long>(longest / 2, longest)(random_));
    std::mutex mutex;
    std::condition_variable_any stopped;
    std::unique_lock lock(mutex);
    return !stopped.wait_for(lock, stop, wait, [&] { return stop.stop_requested(); });
}

}  // namespace godwit::scheduler::pg
