// The end of a pass: one transaction moves the migration, frees its slots and lock, and keeps what happened.
#include "scheduler/pg/folder_rows.h"
#include "scheduler/pg/migration_rows.h"
#include "scheduler/pg/pg_store.h"
#include "scheduler/pg/sql.h"

namespace godwit::scheduler::pg {
namespace {

using Outcome = PassOutcome::Result;

// A first sync that succeeded makes a migration one that deltas keep fresh.
std::optional<std::string> phase_after(const ClaimedPass& pass, Outcome result) {
    if (result != Outcome::succeeded || pass.kind != sync::PassKind::sync) return std::nullopt;
    return std::string(name_of(Phase::delta));
}

double seconds_of(std::chrono::milliseconds delay) { return std::chrono::duration<double>(delay).count(); }

bool will_go_on(Outcome result) { return result == Outcome::retried || result == Outcome::interrupted; }

bool has_undone(const ClaimedPass& pass, Outcome result) {
    return pass.kind == sync::PassKind::undo && result == Outcome::succeeded && !pass.options.dry;
}

void requeue(pqxx::work& tx, const ClaimedPass& pass, const PassOutcome& outcome) {
    exec(tx, "requeue_pass", pass.tenant.value, pass.id.value, seconds_of(outcome.delay),
         outcome.result == Outcome::retried && outcome.costs_attempt ? 1 : 0);
}

void store_issues(pqxx::work& tx, const ClaimedPass& pass, const std::vector<sync::Issue>& issues) {
    exec(tx, "clear_issues", pass.tenant.value, pass.migration.value);
    if (issues.empty()) return;
    std::vector<std::string> kinds, reaches, folders, details;
    for (const auto& issue : issues) {
        kinds.emplace_back(name_of(issue.kind));
        reaches.emplace_back(name_of(issue.reach));
        folders.push_back(printable(issue.folder, 1000));
        details.push_back(printable(issue.detail));
    }
    exec(tx, "add_issues", pass.tenant.value, pass.migration.value, pass.id.value, text_array(kinds),
         text_array(reaches), text_array(folders), number_array(issues, &sync::Issue::uid),
         number_array(issues, &sync::Issue::size), text_array(details));
}

void store_folders(pqxx::work& tx, const ClaimedPass& pass, const std::vector<sync::FolderReport>& folders,
                   bool for_report) {
    exec(tx, "clear_folder_reports", pass.tenant.value, pass.migration.value, for_report);
    if (!folders.empty())
        exec(tx, "add_folder_reports", pass.tenant.value, pass.migration.value, pass.id.value,
             folder_rows_json(folders), std::string(for_report ? "{f,t}" : "{f}"));
}

void add_attempt(pqxx::work& tx, const ClaimedPass& pass, const PassOutcome& outcome) {
    const auto& report = outcome.report;
    const ErrorParameters error(outcome.error);
    exec(tx, "add_attempt", pass.tenant.value, pass.id.value, std::string(name_of(outcome.result)), error.kind, error.reach,
         error.cause, error.context, counters_json(report.counters), skipped_json(report.skipped),
         findings_json(report.findings), report.messages_digested, report.set_digest);
}

// `now` is the state of the migration, which may have been changed while the pass ran.
void end_pass(pqxx::work& tx, const ClaimedPass& pass, const PassOutcome& outcome, State now) {
    const auto& tenant = pass.tenant.value;
    const bool again = will_go_on(outcome.result);
    // Paused or cancelled while it ran: that holds, unless the pass got to its end all the same.
    const bool held = now == State::cancelled || (now == State::paused && outcome.result != Outcome::succeeded);
    if (again && !held)
        requeue(tx, pass, outcome);
    else
        exec(tx, "end_pass", tenant, pass.id.value);
    const State next = held ? now : state_after(outcome.result);
    const std::optional<double> wait = next == State::retrying ? std::optional(seconds_of(outcome.delay)) : std::nullopt;
    const ErrorParameters error(outcome.error);
    exec(tx, "finish_migration", tenant, pass.migration.value, std::string(name_of(next)),
         phase_after(pass, outcome.result), error.kind, error.reach, error.cause, error.context, wait);
}

// The migration stays as it is, and its next pass keeps its place and its attempt; but what was undone is as new.
void end_beside(pqxx::work& tx, const ClaimedPass& pass, const PassOutcome& outcome, State now) {
    const auto& tenant = pass.tenant.value;
    if (will_go_on(outcome.result)) {
        requeue(tx, pass, outcome);
    } else if (has_undone(pass, outcome.result)) {
        exec(tx, "end_pass", tenant, pass.id.value);
        exec(tx, "undone_migration", tenant, pass.migration.value);
    } else if (now == State::ready || now == State::retrying) {
        exec(tx, "queue_after_beside", tenant, pass.id.value, new_pass_id().value);
    } else {
        exec(tx, "end_pass", tenant, pass.id.value);
    }
}

}  // namespace

Awaitable<Result<void>> PgStore::finish(NodeId node, ClaimedPass pass, PassOutcome outcome) {
    ProgressUpdate last{pass.migration, pass.generation, outcome.report.counters, {}};
    if (auto saved = co_await save_progress(node, {last}); !saved) co_return saved;
    co_return co_await executor_.run<void>(Lane::queue, [=](pqxx::work& tx) {
        const auto& tenant = pass.tenant.value;
        // In the order in which others lock: the migration, then its pass.
        const auto found = exec(tx, "lock_migration", tenant, pass.migration.value);
        if (found.empty() || exec(tx, "own_pass", tenant, pass.id.value, node.value, pass.generation).empty())
            throw refusal(ErrorKind::lease_lost, "another node has this pass");
        add_attempt(tx, pass, outcome);
        store_issues(tx, pass, outcome.report.issues);
        const bool for_report = is_reported(pass.kind) && !will_go_on(outcome.result);
        store_folders(tx, pass, outcome.report.folders, for_report);
        if (for_report) exec(tx, "drop_other_findings", tenant, pass.migration.value, pass.generation);
        const std::string ids = text_array({pass.id.value});
        exec(tx, "free_slots", ids);
        exec(tx, "free_locks", ids);

        const State now = state_of(found[0][0].c_str()).value_or(State::running);
        if (stands_beside(pass.kind))
            end_beside(tx, pass, outcome, now);
        else
            end_pass(tx, pass, outcome, now);
        exec(tx, "wake");
    });
}

}  // namespace godwit::scheduler::pg
