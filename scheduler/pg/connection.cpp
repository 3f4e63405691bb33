// Connections with our timeouts, and what the exceptions of libpqxx mean.
#include <map>
#include <memory>

#include <libpq-fe.h>

#include "scheduler/pg/executor.h"
#include "scheduler/pg/queries.h"

namespace godwit::scheduler::pg {

namespace {

using Parameters = std::map<std::string, std::string>;

// Parsed rather than appended to, since it may be a URI. libpq's own message may quote a password.
Parameters parse_url(const std::string& url) {
    char* message = nullptr;
    std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options(
        PQconninfoParse(url.c_str(), &message), PQconninfoFree);
    if (message) PQfreemem(message);
    if (!options) throw pqxx::broken_connection("the database URL cannot be parsed");
    Parameters parameters;
    for (const auto* option = options.get(); option->keyword; ++option)
        if (option->val) parameters[option->keyword] = option->val;
    return parameters;
}

std::string connection_string(const Parameters& parameters) {
    std::string out;
    for (const auto& [name, value] : parameters) {
        out += name + "='";
        for (char c : value) {
            if (c == '\'' || c == '\\') out += '\\';
            out += c;
        }
        out += "' ";
    }
    return out;
}

std::string session_options(const ExecutorOptions& options) {
    return "-c statement_timeout=" + std::to_string(options.statement_timeout.count()) +
           " -c lock_timeout=" + std::to_string(options.lock_timeout.count()) +
           " -c idle_in_transaction_session_timeout=60000 -c client_min_messages=warning";
}

// What the URL says goes first, save for the name, by which an operator finds us in pg_stat_activity.
Parameters with_defaults(Parameters parameters, const ExecutorOptions& options, const std::string& purpose) {
    parameters["application_name"] = "godwit " + purpose;
    const auto connect_timeout = std::max<std::int64_t>(options.connect_timeout.count(), 2);  // libpq's least
    parameters.emplace("connect_timeout", std::to_string(connect_timeout));
    parameters.emplace("client_encoding", "UTF8");
    parameters.emplace("keepalives_idle", "30");
    parameters.emplace("keepalives_interval", "10");
    parameters.emplace("keepalives_count", "3");
    parameters.emplace("tcp_user_timeout", "30000");
    if (parameters["host"].contains(','))  // after a failover the old primary may still answer
        parameters.emplace("target_session_attrs", "read-write");
    if (parameters["host"].empty()) parameters.erase("host");
    if (!options.transaction_pooler) {
        auto& given = parameters["options"];
        given = session_options(options) + (given.empty() ? "" : " " + given);
    }
    return parameters;
}

}  // namespace

std::unique_ptr<pqxx::connection> open_connection(const ExecutorOptions& options,
                                                  const std::string& purpose) {
    auto parameters = with_defaults(parse_url(options.url), options, purpose);
    auto connection = std::make_unique<pqxx::connection>(connection_string(parameters));
    // A connection that came back by itself would hide that a transaction, its locks or a LISTEN are gone.
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wdeprecated-declarations"
    connection->inhibit_reactivation(true);
#pragma clang diagnostic pop
    return connection;
}

void set_timeouts(const ExecutorOptions& options, pqxx::work& transaction) {
    transaction.exec_params(query("executor_set_timeouts"), std::to_string(options.statement_timeout.count()),
                            std::to_string(options.lock_timeout.count()));
}

Error database_error(const std::exception& exception) {
    Error error{ErrorKind::database, Reach::node, printable(exception.what()), {}};
    if (dynamic_cast<const pqxx::in_doubt_error*>(&exception)) {
        error.cause = "commit in doubt: " + error.cause;
    } else if (auto* sql = dynamic_cast<const pqxx::sql_error*>(&exception)) {
        if (sql->sqlstate() == "53100") error.kind = ErrorKind::disk_full;
        error.cause = "SQLSTATE " + sql->sqlstate() + ": " + error.cause;
    } else if (auto* rollback = dynamic_cast<const pqxx::transaction_rollback*>(&exception)) {
        const bool deadlock = dynamic_cast<const pqxx::deadlock_detected*>(rollback) != nullptr;
        error.cause = (deadlock ? "SQLSTATE 40P01: " : "SQLSTATE 40001: ") + error.cause;
    } else if (!dynamic_cast<const pqxx::pqxx_exception*>(&exception)) {
        error.kind = ErrorKind::internal;
    }
    return error;
}

}  // namespace godwit::scheduler::pg
