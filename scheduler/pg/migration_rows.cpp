#include "scheduler/pg/migration_rows.h"

#include <boost/json.hpp>

#include "scheduler/pg/sql.h"

namespace godwit::scheduler::pg {

namespace json = boost::json;

namespace {

sync::PassKind kind_of(const pqxx::field& field) {
    return sync::pass_kind_of(field.c_str()).value_or(sync::PassKind::sync);
}

}  // namespace

MigrationView migration_of(const pqxx::row& row) {
    MigrationView view;
    view.id = MigrationId(row[0].c_str());
    view.batch = BatchId(row[1].c_str());
    view.external_id = row[2].c_str();
    view.row = row[3].as<std::uint64_t>();
    view.source = account_of(row, 4);
    view.destination = account_of(row, 10);
    view.phase = phase_of(row[16].c_str()).value_or(Phase::presync);
    view.state = state_of(row[17].c_str()).value_or(State::waiting);
    view.attempts = row[18].as<int>();
    view.error = error_of(row, 19);
    view.next_attempt_at = optional_time_of(row[23]);
    view.created_at = time_of(row[24]);
    view.updated_at = time_of(row[25]);
    view.folder = row[26].c_str();
    view.progress = counters_of(row, 27);
    const int beside = 27 + static_cast<int>(sync::counter_fields().size());
    if (row[beside].is_null()) return view;
    view.beside = {kind_of(row[beside + 5]), row[beside].c_str(), error_of(row, beside + 1),
                   parameters_from_json(row[beside + 6].c_str())};
    if (!row[beside + 7].is_null()) view.beside->findings = findings_from_json(row[beside + 7].c_str());
    return view;
}

MigrationView load_migration(pqxx::work& tx, const std::string& tenant, const std::string& id) {
    const auto found = exec(tx, "get_migration", tenant, id);
    if (found.empty()) throw refusal(ErrorKind::not_found, "no migration " + printable(id, 60));
    return migration_of(found[0]);
}

PassView pass_of(const pqxx::row& row, const MigrationId& migration) {
    PassView view;
    view.id = PassId(row[1].c_str());
    view.migration = migration;
    view.kind = kind_of(row[2]);
    view.attempt = row[3].as<int>();
    view.result = row[4].c_str();
    view.error = error_of(row, 5);
    view.started_at = time_of(row[9]);
    view.finished_at = optional_time_of(row[10]);
    if (!row[11].is_null()) view.counters = counters_from_json(row[11].c_str());
    if (!row[12].is_null()) view.skipped = skipped_from_json(row[12].c_str());
    view.parameters = parameters_from_json(row[13].c_str());
    if (!row[14].is_null()) view.findings = findings_from_json(row[14].c_str());
    view.messages_digested = row[15].as<std::uint64_t>();
    view.set_digest = row[16].c_str();
    return view;
}

std::uint64_t number_cursor(const std::string& cursor, std::uint64_t at_start) {
    std::uint64_t value = 0;
    if (cursor.empty()) return at_start;
    for (const char c : cursor) {
        if (c < '0' || c > '9' || value > UINT64_MAX / 20)
            throw refusal(ErrorKind::invalid_argument, "no cursor of ours");
        value = value * 10 + static_cast<std::uint64_t>(c - '0');
    }
    return value;
}

std::string parameters_json(const PassParameters& parameters) {
    json::object out;
    if (parameters.verifybytes) out["verifybytes"] = *parameters.verifybytes;
    if (parameters.dry) out["dry"] = *parameters.dry;
    return json::serialize(out);
}

PassParameters parameters_from_json(const std::string& text) {
    PassParameters parameters;
    const auto parsed = json::parse(text).as_object();
    if (const auto* value = parsed.if_contains("verifybytes")) parameters.verifybytes = value->to_number<double>();
    if (const auto* value = parsed.if_contains("dry")) parameters.dry = value->as_bool();
    return parameters;
}

std::string findings_json(const sync::FindingCounts& counts) {
    json::object out;
    for (std::size_t i = 0; i < counts.size(); ++i)
        if (counts[i] > 0) out[sync::name_of(static_cast<sync::FindingKind>(i))] = counts[i];
    return json::serialize(out);
}

sync::FindingCounts findings_from_json(const std::string& text) {
    sync::FindingCounts counts{};
    for (const auto& [name, count] : json::parse(text).as_object())
        if (const auto kind = sync::finding_kind_of(name)) counts[static_cast<std::size_t>(*kind)] = count.to_number<std::uint64_t>();
    return counts;
}

}  // namespace godwit::scheduler::pg
