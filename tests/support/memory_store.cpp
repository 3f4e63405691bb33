#include "tests/support/memory_store.h"

#include "engine/base/text.h"
#include "tests/support/memory_store_data.h"

namespace godwit::test {

using namespace scheduler;

namespace {

const SystemClock system_clock;

MigrationView view_of(const MigrationSpec& spec, const BatchId& batch, WallTime now) {
    MigrationView view;
    view.id = spec.id;
    view.batch = batch;
    view.external_id = spec.external_id;
    view.row = spec.row;
    view.source = spec.source;
    view.destination = spec.destination;
    view.source.password = view.destination.password = {};
    view.created_at = view.updated_at = now;
    return view;
}

std::string pair_of(const MigrationSpec& spec) {
    const auto& [from, to] = std::tie(spec.source, spec.destination);
    return fmt::format("{}\n{}\n{}\n{}", host_key(from.host, from.port), from.user,
                       host_key(to.host, to.port), to.user);
}

bool contains_ignoring_case(std::string_view text, std::string_view part) {
    return lower_case(text).find(lower_case(part)) != std::string::npos;
}

}  // namespace

MemoryStore::MemoryStore() : MemoryStore(system_clock) {}
MemoryStore::MemoryStore(const Clock& clock) : clock_(clock), data_(std::make_unique<Data>()) {}
MemoryStore::~MemoryStore() = default;

Awaitable<Result<Batch>> MemoryStore::create_batch(TenantId tenant, Batch batch) {
    const std::lock_guard lock(mutex_);
    if (const auto found = data_->batches.find({tenant, batch.id}); found != data_->batches.end())
        co_return found->second;
    for (const auto& [key, other] : data_->batches)
        if (key.first == tenant && other.name == batch.name)
            co_return refusal(ErrorKind::conflict,
                              "there is a batch named \"" + printable(batch.name) + "\"");
    batch.paused = false;
    batch.created_at = clock_.wall();
    co_return data_->batches[{tenant, batch.id}] = batch;
}

Awaitable<Result<BatchSummary>> MemoryStore::batch(TenantId tenant, BatchId id) {
    const std::lock_guard lock(mutex_);
    const auto found = data_->batches.find({tenant, id});
    if (found == data_->batches.end())
        co_return refusal(ErrorKind::not_found, "no batch " + printable(id.value, 60));
    co_return data_->summary_of(tenant, found->second);
}

Awaitable<Result<Page<BatchSummary>>> MemoryStore::batches(TenantId tenant, PageRequest page) {
    const std::lock_guard lock(mutex_);
    std::vector<BatchSummary> found;
    for (const auto& [key, batch] : data_->batches) {
        if (key.first != tenant || key.second.value <= page.cursor || found.size() > page.limit) continue;
        found.push_back(data_->summary_of(tenant, batch));
    }
    co_return page_of(std::move(found), page.limit, [](const auto& last) { return last.batch.id.value; });
}

Awaitable<Result<ImportOutcome>> MemoryStore::add_migrations(TenantId tenant, BatchId batch,
                                                             std::vector<MigrationSpec> specs) {
    const std::lock_guard lock(mutex_);
    if (!data_->batches.contains({tenant, batch}))
        co_return refusal(ErrorKind::not_found, "no batch " + printable(batch.value, 60));
    std::ranges::sort(specs, {}, &MigrationSpec::id);
    ImportOutcome outcome;
    for (auto& spec : specs) {
        // The same id again is the same request: neither stored nor a duplicate.
        if (data_->migrations.contains({tenant, spec.id})) continue;
        const std::tuple pair(tenant, batch, pair_of(spec));
        const std::pair external_id(tenant, spec.external_id);
        const bool known = data_->account_pairs.contains(pair) || data_->external_ids.contains(external_id);
        if (known) {
            outcome.duplicate_rows.push_back(spec.row);
            continue;
        }
        data_->account_pairs.insert(pair);
        if (!spec.external_id.empty()) data_->external_ids.insert(external_id);
        auto& stored = data_->migrations[{tenant, spec.id}];
        stored.tenant = tenant;
        stored.lane = data_->lane_of(tenant, batch, spec);
        stored.view = view_of(spec, batch, clock_.wall());
        stored.pass.emplace().id = new_pass_id();
        stored.pass->ready_at = clock_.now();
        stored.spec = std::move(spec);
        ++outcome.stored;
    }
    std::ranges::sort(outcome.duplicate_rows);
    co_return outcome;
}

Awaitable<Result<MigrationView>> MemoryStore::migration(TenantId tenant, MigrationId id) {
    const std::lock_guard lock(mutex_);
    const auto found = data_->migrations.find({tenant, id});
    if (found == data_->migrations.end())
        co_return refusal(ErrorKind::not_found, "no migration " + printable(id.value, 60));
    co_return found->second.shown();
}

Awaitable<Result<Page<MigrationView>>> MemoryStore::migrations(TenantId tenant, MigrationFilter filter,
                                                               PageRequest page) {
    const std::lock_guard lock(mutex_);
    std::vector<MigrationView> found;
    for (const auto& [key, migration] : data_->migrations) {
        const auto& view = migration.view;
        if (key.first != tenant || key.second.value <= page.cursor || found.size() > page.limit) continue;
        if (filter.batch && view.batch != *filter.batch) continue;
        if (filter.state && view.state != *filter.state) continue;
        if (!filter.error_code.empty() && (!view.error || name_of(view.error->kind) != filter.error_code))
            continue;
        if (!contains_ignoring_case(view.source.user, filter.text) &&
            !contains_ignoring_case(view.destination.user, filter.text))
            continue;
        found.push_back(migration.shown());
    }
    co_return page_of(std::move(found), page.limit, [](const auto& last) { return last.id.value; });
}

Awaitable<Result<Page<PassView>>> MemoryStore::passes(TenantId tenant, MigrationId id, PageRequest page) {
    const std::lock_guard lock(mutex_);
    const auto found = data_->migrations.find({tenant, id});
    if (found == data_->migrations.end())
        co_return refusal(ErrorKind::not_found, "no migration " + printable(id.value, 60));
    GODWIT_CO_TRY(before, number_cursor(page.cursor, UINT64_MAX));
    auto attempts = found->second.attempts;
    if (found->second.is_held()) {
        const auto& pass = *found->second.pass;
        attempts.push_back({pass.generation,
                            {.id = pass.id, .migration = id, .kind = pass.kind, .attempt = pass.attempt,
                             .result = "running", .started_at = pass.claimed_at, .parameters = pass.parameters}});
    }
    std::erase_if(attempts,
                  [&](const auto& one) { return static_cast<std::uint64_t>(one.generation) >= before; });
    std::ranges::reverse(attempts);
    auto part = page_of(std::move(attempts), page.limit,
                        [](const auto& last) { return std::to_string(last.generation); });
    Page<PassView> out{{}, std::move(part.next_cursor)};
    for (auto& attempt : part.items) out.items.push_back(std::move(attempt.view));
    co_return out;
}

Awaitable<Result<std::vector<StateCount>>> MemoryStore::state_counts() {
    const std::lock_guard lock(mutex_);
    std::map<std::pair<Phase, State>, std::uint64_t> counts;
    for (const auto& [key, migration] : data_->migrations)
        ++counts[{migration.view.phase, migration.view.state}];
    std::vector<StateCount> out;
    for (const auto& [key, count] : counts) out.push_back({key.first, key.second, count});
    co_return out;
}

Awaitable<Result<void>> MemoryStore::set_paused(bool paused) {
    const std::lock_guard lock(mutex_);
    data_->paused = paused;
    co_return Result<void>{};
}

Awaitable<Result<bool>> MemoryStore::paused() {
    const std::lock_guard lock(mutex_);
    co_return data_->paused;
}

Awaitable<Result<Page<HostView>>> MemoryStore::hosts(PageRequest page) {
    const std::lock_guard lock(mutex_);
    std::vector<HostView> found;
    for (const auto& [id, host] : data_->hosts)
        if (id.value > page.cursor && found.size() <= page.limit) found.push_back(data_->view_of(id));
    co_return page_of(std::move(found), page.limit, [](const auto& last) { return last.id.value; });
}

Awaitable<Result<HostView>> MemoryStore::set_limits(HostGroupId id, HostLimits limits) {
    const std::lock_guard lock(mutex_);
    const auto found = data_->hosts.find(id);
    if (found == data_->hosts.end())
        co_return refusal(ErrorKind::not_found, "no host " + printable(id.value, 60));
    found->second.limits = limits;
    co_return data_->view_of(id);
}

Awaitable<Result<void>> MemoryStore::set_default_limits(HostLimits limits) {
    const std::lock_guard lock(mutex_);
    data_->default_limits = limits;
    co_return Result<void>{};
}

Awaitable<Result<std::optional<Store::StoredAnswer>>> MemoryStore::begin_idempotent(TenantId tenant,
                                                                                    std::string key,
                                                                                    std::string fingerprint) {
    const std::lock_guard lock(mutex_);
    const auto [known, is_new] = data_->keys.try_emplace({tenant, key}, Data::Key{fingerprint, {}});
    if (is_new) co_return std::optional<StoredAnswer>{};
    if (known->second.fingerprint != fingerprint)
        co_return refusal(ErrorKind::conflict, "this Idempotency-Key was used for another request");
    if (!known->second.answer)
        co_return refusal(ErrorKind::conflict, "the first request with this Idempotency-Key is running");
    co_return known->second.answer;
}

Awaitable<Result<void>> MemoryStore::end_idempotent(TenantId tenant, std::string key, StoredAnswer answer) {
    const std::lock_guard lock(mutex_);
    const auto known = data_->keys.find({tenant, key});
    if (known == data_->keys.end()) co_return Result<void>{};
    if (answer.status == 0)
        data_->keys.erase(known);
    else
        known->second.answer = std::move(answer);
    co_return Result<void>{};
}

}  // namespace godwit::test
