// Small helpers around named statements: parameters in, values out. Only for scheduler/pg.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <pqxx/pqxx>

#include "engine/base/clock.h"
#include "engine/base/error.h"
#include "engine/net/tls_mode.h"
#include "scheduler/migration.h"
#include "scheduler/pg/executor.h"
#include "scheduler/pg/queries.h"

namespace godwit::scheduler::pg {

// Whether exec() on this thread prepares statements on its connection, once each. Off where a pooler lends the connection
// by the transaction: then nothing depends on session state.
inline thread_local bool prepares_statements = false;

// Runs the named statement. Parameters are sent apart from the text. Parsing and planning cost more than most of them do
// to run, so they are prepared where that is possible.
template <class... Arguments>
pqxx::result exec(pqxx::work& transaction, std::string_view name, Arguments&&... arguments) {
    if (!prepares_statements) return transaction.exec_params(query(name), std::forward<Arguments>(arguments)...);
    const std::string statement(name);
    transaction.conn().prepare(statement, query(name));   // does nothing the second time
    return transaction.exec_prepared(statement, std::forward<Arguments>(arguments)...);
}

// What a transaction throws to end with an error of ours instead of the database's.
Executor::Refused refusal(ErrorKind kind, std::string cause);

// PostgreSQL array literals.
std::string text_array(const std::vector<std::string>& values);
template <class Range, class Projection>
std::string number_array(const Range& values, Projection projection) {
    std::string out = "{";
    for (const auto& value : values)
        out += (out.size() > 1 ? "," : "") + std::to_string(std::invoke(projection, value));
    return out += '}';
}

// 64 bits without a sign, in columns that have one.
inline std::int64_t as_bigint(std::uint64_t value) { return static_cast<std::int64_t>(value); }
inline std::uint64_t from_bigint(const pqxx::field& field) { return static_cast<std::uint64_t>(field.as<std::int64_t>()); }

// Refuses what cannot be text in the database: what a client sent as a cursor or a search.
const std::string& require_text(const std::string& text, std::string_view what);

// The hexadecimal form of bytea, as COPY and parameters take it.
std::string bytea(std::string_view bytes);
std::string bytes_of(const pqxx::field& field);

// 128 bits of SHA-256 in the form of a uuid: a short unique key for long text.
std::string uuid_digest(std::string_view text);

WallTime time_of(const pqxx::field& epoch_seconds);
std::optional<WallTime> optional_time_of(const pqxx::field& epoch_seconds);

// Four fields from `first`: kind, reach, cause, context.
std::optional<Error> error_of(const pqxx::row& row, int first);
// The same as parameters; absent: null.
struct ErrorParameters {
    std::optional<std::string> kind, reach, cause, context;
    explicit ErrorParameters(const std::optional<Error>& error);
};

// Fields from `first`, in the order of sync::counter_fields().
sync::Counters counters_of(const pqxx::row& row, int first);
std::string counters_json(const sync::Counters& counters);
sync::Counters counters_from_json(const std::string& text);
// {"too_large": 3}: only reasons that there were.
std::string skipped_json(const sync::SkipCounts& skipped);
sync::SkipCounts skipped_from_json(const std::string& text);

// Six fields from `first`: host, port, TLS mode, verify, user, auth_user.
Account account_of(const pqxx::row& row, int first);

}  // namespace godwit::scheduler::pg
