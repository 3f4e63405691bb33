#include "api/handlers/views.h"

#include <boost/json/array.hpp>

#include "api/json.h"
#include "engine/base/digest.h"
#include "engine/net/tls_mode.h"
#include "scheduler/state_machine.h"

namespace godwit::api {

namespace json = boost::json;
using namespace scheduler;

namespace {

// Texts come from servers and files: what is no UTF-8 would make the whole document invalid.
constexpr std::size_t text_bytes = 4096;
json::string text(std::string_view value) { return json::string(printable(value, text_bytes)); }

json::value or_null(std::string_view value) {
    if (value.empty()) return nullptr;
    return text(value);
}

json::value or_null(const std::optional<WallTime>& time) {
    if (!time) return nullptr;
    return json::string(rfc3339(*time));
}

json::value or_null(std::uint64_t number) {
    if (number == 0) return nullptr;
    return number;
}

json::object to_json(const Account& account) {
    return {{"host", text(account.host)},
            {"port", account.port},
            {"tls", name_of(account.tls)},
            {"verify", account.verify},
            {"connect_to", or_null(account.connect_to)},
            {"user", text(account.user)},
            {"auth_user", or_null(account.auth_user)}};
}

// Null unless the pass beside is of this kind.
json::value beside_of(const MigrationView& migration, sync::PassKind kind) {
    const auto& beside = migration.beside;
    if (!beside || beside->kind != kind) return nullptr;
    json::object out{{"result", text(beside->result)}, {"error", api::to_json(beside->error)}};
    if (!is_reported(kind)) return out;
    out["parameters"] = api::to_json(beside->parameters);
    out["findings"] = api::to_json(beside->findings);
    out["faults"] = sync::faults(beside->findings);
    return out;
}

std::uint64_t count_of(const BatchSummary& summary, sync::PassKind kind) {
    const auto found = summary.beside.find(kind);
    return found == summary.beside.end() ? 0 : found->second;
}

json::object pair_of(std::uint32_t as_source, std::uint32_t as_destination) {
    return {{"connections_as_source", as_source}, {"connections_as_destination", as_destination}};
}

}  // namespace

json::object to_json(const sync::Counters& counters) {
    json::object out;
    for (const auto& field : sync::counter_fields()) out[field.name] = counters.*field.member;
    return out;
}

json::object to_json(const sync::SkipCounts& skipped) {
    json::object out;
    for (std::size_t i = 0; i < skipped.size(); ++i)
        if (skipped[i] > 0) out[name_of(static_cast<sync::SkipReason>(i))] = skipped[i];
    return out;
}

json::object to_json(const sync::FindingCounts& counts) {
    json::object out;
    for (std::size_t i = 0; i < counts.size(); ++i)
        if (counts[i] > 0) out[sync::name_of(static_cast<sync::FindingKind>(i))] = counts[i];
    return out;
}

json::object to_json(const PassParameters& parameters) {
    json::object out;
    if (parameters.verifybytes) out["verifybytes"] = *parameters.verifybytes;
    if (parameters.dry) out["dry"] = *parameters.dry;
    return out;
}

json::value to_json(const std::optional<Error>& error) {
    if (!error) return nullptr;
    return json::object{{"code", godwit::name_of(error->kind)},
                        {"reach", godwit::name_of(error->reach)},
                        {"cause", text(error->cause)},
                        {"context", text(error->context)}};
}

json::object to_json(const std::map<State, std::uint64_t>& states) {
    json::object out;
    for (int state = 0; state <= static_cast<int>(State::done); ++state) {
        const auto found = states.find(static_cast<State>(state));
        out[scheduler::name_of(static_cast<State>(state))] = found == states.end() ? 0 : found->second;
    }
    return out;
}

json::object to_json(const Batch& batch) {
    return {{"id", text(batch.id.value)},
            {"name", text(batch.name)},
            {"priority", batch.priority},
            {"paused", batch.paused},
            {"created_at", rfc3339(batch.created_at)}};
}

json::object to_json(const BatchSummary& summary) {
    auto out = to_json(summary.batch);
    out["migrations"] = summary.migrations;
    out["states"] = to_json(summary.states);
    out["preflights"] = count_of(summary, sync::PassKind::preflight);
    out["verify_passes"] = count_of(summary, sync::PassKind::verify);
    out["undo_passes"] = count_of(summary, sync::PassKind::undo);
    out["progress"] = to_json(summary.progress);
    return out;
}

json::object to_json(const MigrationView& migration) {
    json::array actions;
    for (const auto action : allowed_actions(migration.state, migration.phase)) actions.emplace_back(scheduler::name_of(action));
    return {{"id", text(migration.id.value)},
            {"batch_id", text(migration.batch.value)},
            {"external_id", or_null(migration.external_id)},
            {"row", or_null(migration.row)},
            {"source", to_json(migration.source)},
            {"destination", to_json(migration.destination)},
            {"phase", scheduler::name_of(migration.phase)},
            {"state", scheduler::name_of(migration.state)},
            {"allowed_actions", std::move(actions)},
            {"attempts", migration.attempts},
            {"error", to_json(migration.error)},
            {"next_attempt_at", or_null(migration.next_attempt_at)},
            {"created_at", rfc3339(migration.created_at)},
            {"updated_at", rfc3339(migration.updated_at)},
            {"folder", or_null(migration.folder)},
            {"progress", to_json(migration.progress)},
            {"preflight", beside_of(migration, sync::PassKind::preflight)},
            {"verify", beside_of(migration, sync::PassKind::verify)},
            {"undo", beside_of(migration, sync::PassKind::undo)}};
}

json::object to_json(const PassView& pass) {
    json::object out{{"id", text(pass.id.value)},
            {"migration_id", text(pass.migration.value)},
            {"kind", sync::name_of(pass.kind)},
            {"attempt", pass.attempt},
            {"result", text(pass.result)},
            {"error", to_json(pass.error)},
            {"started_at", rfc3339(pass.started_at)},
            {"finished_at", or_null(pass.finished_at)},
            {"counters", to_json(pass.counters)},
            {"skipped", to_json(pass.skipped)}};
    if (!is_reported(pass.kind)) return out;
    out["parameters"] = to_json(pass.parameters);
    out["findings"] = to_json(pass.findings);
    out["messages_digested"] = pass.messages_digested;
    out["set_digest"] = or_null(pass.set_digest);
    return out;
}

json::object to_json(const FindingView& view) {
    return {{"migration_id", text(view.migration.value)},
            {"pass_id", text(view.pass.value)},
            {"kind", sync::name_of(view.finding.kind)},
            {"folder", or_null(view.finding.folder)},
            {"destination_folder", or_null(view.finding.destination_folder)},
            {"source_uid", or_null(std::uint64_t{view.finding.source_uid})},
            {"destination_uid", or_null(std::uint64_t{view.finding.destination_uid})},
            {"size_bytes", view.finding.size},
            {"detail", or_null(view.finding.detail)}};
}

json::object to_json(const ReportKey& key) {
    return {{"fingerprint", text(key.fingerprint)},
            {"public_key", base64(key.public_key)},
            {"host", text(key.host_name)},
            {"node", text(key.node.value)},
            {"first_used_at", rfc3339(key.first_used_at)},
            {"last_used_at", rfc3339(key.last_used_at)}};
}

json::object to_json(const IssueView& view) {
    return {{"migration_id", text(view.migration.value)},
            {"pass_id", text(view.pass.value)},
            {"code", godwit::name_of(view.issue.kind)},
            {"reach", godwit::name_of(view.issue.reach)},
            {"folder", or_null(view.issue.folder)},
            {"uid", or_null(view.issue.uid)},
            {"size_bytes", view.issue.size},
            {"detail", text(view.issue.detail)}};
}

json::object to_json(const FolderView& view) {
    return {{"migration_id", text(view.migration.value)},
            {"pass_id", text(view.pass.value)},
            {"source", text(view.report.source_name)},
            {"destination", or_null(view.report.destination_name)},
            {"rule", text(view.report.rule)},
            {"why", text(view.report.why)},
            {"counters", to_json(view.report.counters)},
            {"skipped", to_json(view.report.skipped)},
            {"error", to_json(view.report.error)}};
}

json::object to_json(const HostView& host) {
    json::array names;
    for (const auto& name : host.names) names.emplace_back(text(name));
    return {{"id", text(host.id.value)},
            {"name", text(host.name)},
            {"names", std::move(names)},
            {"limits", pair_of(host.limits.connections_as_source, host.limits.connections_as_destination)},
            {"effective", pair_of(host.effective_as_source, host.effective_as_destination)},
            {"used", pair_of(host.used_as_source, host.used_as_destination)}};
}

}  // namespace godwit::api
