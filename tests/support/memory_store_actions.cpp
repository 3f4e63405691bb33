// What operators do to migrations in MemoryStore, and what passes have left behind there.
#include "scheduler/state_machine.h"
#include "tests/support/memory_store.h"
#include "tests/support/memory_store_data.h"

namespace godwit::test {

using namespace scheduler;

Result<std::uint64_t> number_cursor(const std::string& cursor, std::uint64_t at_start) {
    if (cursor.empty()) return at_start;
    if (cursor.size() > 18 || cursor.find_first_not_of("0123456789") != std::string::npos)
        return refusal(ErrorKind::invalid_argument, "no cursor of ours");
    return std::stoull(cursor);
}

const MemoryStore::Data::Attempt* MemoryStore::Data::Migration::reported() const {
    for (auto attempt = attempts.rbegin(); attempt != attempts.rend(); ++attempt)
        if (is_reported(attempt->view.kind) && attempt->view.result != "retried" && attempt->view.result != "interrupted")
            return &*attempt;
    return nullptr;
}

bool MemoryStore::Data::Migration::may_undo(const PassParameters& parameters) const {
    if (pass || !allows_undo(view.phase)) return false;
    if (parameters.dry.value_or(true)) return true;
    if (attempts.empty()) return false;
    const auto& last = attempts.back().view;
    return last.kind == sync::PassKind::undo && last.result == "succeeded" && last.parameters.dry.value_or(false);
}

bool MemoryStore::Data::act(Migration& migration, Action action, const PassParameters& parameters, const Clock& clock) {
    const auto to = next_state(migration.view.state, action);
    if (!to) return false;
    if (const auto kind = pass_beside(action)) return queue_beside(migration, *kind, parameters_of(action, parameters), clock);
    // After an undo there is nothing to go on with.
    if (*to == State::ready && migration.is_held() && migration.pass->kind == sync::PassKind::undo) return false;
    move(migration, *to, clock);
    return true;
}

bool MemoryStore::Data::queue_beside(Migration& migration, sync::PassKind kind, const PassParameters& parameters,
                                     const Clock& clock) {
    if (kind == sync::PassKind::undo && !migration.may_undo(parameters)) return false;
    if (migration.is_held()) return kind == sync::PassKind::preflight && migration.pass->kind == kind;
    if (migration.has_beside() && migration.pass->kind != kind) return false;
    if (!migration.pass) migration.pass.emplace();
    auto& pass = *migration.pass;
    if (!pass.is_beside()) {
        pass.id = new_pass_id();
        pass.next_attempt = pass.attempt;
    }
    pass.kind = kind;
    pass.parameters = parameters;
    pass.attempt = 1;
    pass.ready_at = clock.now();
    return true;
}

Awaitable<Result<MigrationView>> MemoryStore::act(TenantId tenant, MigrationId id, Action action,
                                                  PassParameters parameters) {
    const std::lock_guard lock(mutex_);
    const auto found = data_->migrations.find({tenant, id});
    if (found == data_->migrations.end())
        co_return refusal(ErrorKind::not_found, "no migration " + printable(id.value, 60));
    auto& migration = found->second;
    const auto& view = migration.view;
    if (data_->act(migration, action, parameters, clock_)) co_return migration.shown();
    if (next_state(view.state, action))
        co_return refusal(ErrorKind::conflict, "a pass of this migration has not ended yet");
    std::string allowed;
    for (const auto one : allowed_actions(view.state, view.phase))
        allowed += (allowed.empty() ? "" : ", ") + std::string(name_of(one));
    co_return refusal(ErrorKind::conflict, fmt::format("a {} migration allows: {}", name_of(view.state), allowed));
}

Awaitable<Result<std::uint64_t>> MemoryStore::act(TenantId tenant, BatchId id, Action action, PassParameters parameters) {
    const std::lock_guard lock(mutex_);
    const auto batch = data_->batches.find({tenant, id});
    if (batch == data_->batches.end())
        co_return refusal(ErrorKind::not_found, "no batch " + printable(id.value, 60));
    if (action == Action::pause || action == Action::resume) batch->second.paused = action == Action::pause;
    std::uint64_t changed = 0;
    for (auto& [key, migration] : data_->migrations)
        if (migration.tenant == tenant && migration.view.batch == id)
            changed += data_->act(migration, action, parameters, clock_);
    co_return changed;
}

Awaitable<Result<Page<IssueView>>> MemoryStore::issues(TenantId tenant, MigrationId id, PageRequest page) {
    const std::lock_guard lock(mutex_);
    const auto found = data_->migrations.find({tenant, id});
    if (found == data_->migrations.end())
        co_return refusal(ErrorKind::not_found, "no migration " + printable(id.value, 60));
    co_return numbered_page(found->second.issues, page);
}

Awaitable<Result<Page<FolderView>>> MemoryStore::folders(TenantId tenant, MigrationId id, PageRequest page) {
    const std::lock_guard lock(mutex_);
    const auto found = data_->migrations.find({tenant, id});
    if (found == data_->migrations.end())
        co_return refusal(ErrorKind::not_found, "no migration " + printable(id.value, 60));
    co_return numbered_page(found->second.folders, page);
}

Awaitable<Result<Page<FolderView>>> MemoryStore::reported_folders(TenantId tenant, MigrationId id, PageRequest page) {
    const std::lock_guard lock(mutex_);
    const auto found = data_->migrations.find({tenant, id});
    if (found == data_->migrations.end())
        co_return refusal(ErrorKind::not_found, "no migration " + printable(id.value, 60));
    co_return numbered_page(found->second.reported_folders, page);
}

Awaitable<Result<std::optional<ReportedPass>>> MemoryStore::reported_pass(TenantId tenant, MigrationId id) {
    const std::lock_guard lock(mutex_);
    const auto found = data_->migrations.find({tenant, id});
    if (found == data_->migrations.end())
        co_return refusal(ErrorKind::not_found, "no migration " + printable(id.value, 60));
    std::optional<ReportedPass> out;
    if (const auto* attempt = found->second.reported()) {
        out = ReportedPass{attempt->view, found->second.spec.options};
        attempt->view.parameters.apply_to(out->options);
    }
    co_return out;
}

Awaitable<Result<Page<FindingView>>> MemoryStore::findings(TenantId tenant, MigrationId id,
                                                           std::optional<sync::FindingKind> kind, PageRequest page) {
    const std::lock_guard lock(mutex_);
    const auto found = data_->migrations.find({tenant, id});
    if (found == data_->migrations.end())
        co_return refusal(ErrorKind::not_found, "no migration " + printable(id.value, 60));
    std::vector<FindingView> all;
    if (const auto* attempt = found->second.reported()) all = found->second.findings[attempt->generation];
    std::erase_if(all, [&](const auto& view) { return kind && view.finding.kind != *kind; });
    co_return numbered_page(all, page);
}

Awaitable<Result<void>> MemoryStore::add_report_key(ReportKey key) {
    const std::lock_guard lock(mutex_);
    const auto [known, is_new] = data_->report_keys.try_emplace(key.fingerprint, key);
    if (is_new) known->second.first_used_at = clock_.wall();
    known->second.host_name = key.host_name;
    known->second.node = key.node;
    known->second.last_used_at = clock_.wall();
    co_return Result<void>{};
}

Awaitable<Result<Page<ReportKey>>> MemoryStore::report_keys(PageRequest page) {
    const std::lock_guard lock(mutex_);
    std::vector<ReportKey> found;
    for (const auto& [fingerprint, key] : data_->report_keys)
        if (fingerprint > page.cursor && found.size() <= page.limit) found.push_back(key);
    co_return page_of(std::move(found), page.limit, [](const auto& last) { return last.fingerprint; });
}

}  // namespace godwit::test
