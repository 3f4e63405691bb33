// The queue of MemoryStore: nodes, claims, the end of passes, the fenced ledger.
#include <ranges>

#include "tests/support/memory_store.h"
#include "tests/support/memory_store_data.h"

namespace godwit::test {

using namespace scheduler;
using Outcome = PassOutcome::Result;

namespace {

std::unexpected<Error> lease_lost(std::string cause) {
    return refusal(ErrorKind::lease_lost, std::move(cause));
}

}  // namespace

Awaitable<Result<std::chrono::milliseconds>> MemoryStore::join(NodeId node, std::string,
                                                               std::chrono::milliseconds lease) {
    const std::lock_guard lock(mutex_);
    data_->leases[node] = clock_.now() + lease;
    co_return std::chrono::milliseconds{0};
}

void MemoryStore::expire(const NodeId& node) {
    const std::lock_guard lock(mutex_);
    if (const auto lease = data_->leases.find(node); lease != data_->leases.end())
        lease->second = clock_.now();
}

Result<Heartbeat> MemoryStore::beat(const NodeId& node, std::chrono::milliseconds lease) {
    const std::lock_guard lock(mutex_);
    if (!data_->is_alive(node, clock_))
        return refusal(ErrorKind::lease_lost, "the lease of this node has ended", Reach::node);
    data_->leases[node] = clock_.now() + lease;
    Heartbeat heard{data_->paused, {}};
    for (const auto& [key, migration] : data_->migrations) {
        if (!migration.is_held() || migration.pass->node != node || migration.has_beside()) continue;
        const auto state = migration.view.state;
        if (state == State::paused || state == State::cancelled ||
            data_->batches.at({migration.tenant, migration.view.batch}).paused)
            heard.stop.push_back(migration.spec.id);
    }
    return heard;
}

Awaitable<Result<QueueView>> MemoryStore::queue() {
    const std::lock_guard lock(mutex_);
    QueueView view;
    view.paused = data_->paused;
    if (view.paused) co_return view;
    std::map<LaneId, std::uint64_t> ready;
    for (const auto& [key, migration] : data_->migrations)
        if (data_->is_claimable(migration, clock_)) ++ready[migration.lane];
    std::set<HostGroupId> hosts;
    for (const auto& [id, count] : ready) {
        const auto& lane = data_->lanes.at(id);
        const auto& batch = data_->batches.at({lane.tenant, lane.batch});
        view.lanes.push_back({id, lane.tenant, lane.batch, lane.source, lane.destination, batch.priority,
                              count, lane.last_claim});
        hosts.insert({lane.source, lane.destination});
    }
    for (const auto& id : hosts) view.hosts.push_back(data_->room_of(id));
    co_return view;
}

Awaitable<Result<std::vector<ClaimedPass>>> MemoryStore::claim(NodeId node,
                                                               std::vector<ClaimRequest> requests) {
    const std::lock_guard lock(mutex_);
    if (!data_->is_alive(node, clock_))
        co_return refusal(ErrorKind::lease_lost, "the lease of this node has ended", Reach::node);
    std::vector<ClaimedPass> claimed;
    if (data_->paused) co_return claimed;
    std::ranges::sort(requests, {}, [](const auto& request) { return request.lane; });
    for (const auto& request : requests) {
        const auto found = data_->lanes.find(request.lane);
        if (found == data_->lanes.end()) continue;
        auto& lane = found->second;
        std::vector<Data::Migration*> ready;
        for (auto& [key, migration] : data_->migrations)
            if (migration.lane == request.lane && data_->is_claimable(migration, clock_))
                ready.push_back(&migration);
        std::ranges::sort(ready, {},
                          [](const auto* one) { return std::tie(one->pass->ready_at, one->pass->id); });
        auto room = std::min({request.count, data_->room_of(lane.source).free_as_source,
                              data_->room_of(lane.destination).free_as_destination});
        for (auto* migration : ready) {
            if (room == 0) break;
            if (data_->is_locked(lane.destination, migration->spec.destination.user)) continue;
            auto& pass = *migration->pass;
            pass.node = node;
            pass.generation = ++data_->last_generation;
            pass.claimed_at = clock_.wall();
            lane.last_claim = clock_.now();
            --room;
            if (!migration->has_beside()) {
                migration->view.state = State::running;
                migration->view.attempts = pass.attempt;
                migration->view.updated_at = clock_.wall();
                migration->view.next_attempt_at.reset();
            }
            claimed.push_back({migration->tenant, pass.id, migration->spec.id, migration->view.batch,
                               pass.kind, pass.generation, pass.attempt, migration->spec.source,
                               migration->spec.destination, migration->spec.options});
            pass.parameters.apply_to(claimed.back().options);
        }
    }
    co_return claimed;
}

Awaitable<Result<void>> MemoryStore::finish(NodeId node, ClaimedPass pass, PassOutcome outcome) {
    const std::lock_guard lock(mutex_);
    auto* migration = data_->owned(node, pass.tenant, pass.migration, pass.generation);
    if (!migration) co_return lease_lost("another node has this pass");
    auto& view = migration->view;
    auto& held = *migration->pass;
    const auto& report = outcome.report;
    migration->attempts.push_back(
        {held.generation,
         {held.id, pass.migration, held.kind, held.attempt, std::string(name_of(outcome.result)), outcome.error,
          held.claimed_at, clock_.wall(), report.counters, report.skipped, held.parameters, report.findings,
          report.messages_digested, report.set_digest}});
    migration->issues.clear();
    for (const auto& issue : outcome.report.issues)
        migration->issues.push_back({pass.migration, held.id, issue});
    migration->folders.clear();
    for (const auto& folder : outcome.report.folders | std::views::take(folders_kept))
        migration->folders.push_back({pass.migration, held.id, folder});
    if (const auto* reported = migration->reported(); reported && reported->generation == held.generation) {
        migration->reported_folders = migration->folders;
        std::erase_if(migration->findings, [&](const auto& entry) { return entry.first != held.generation; });
    }

    if (migration->has_beside()) {
        data_->end_beside(*migration, outcome, clock_);
        co_return Result<void>{};
    }
    view.progress = outcome.report.counters;
    view.folder.clear();
    // Paused or cancelled while it ran: that holds, unless the pass got to its end all the same.
    const bool stays = view.state == State::cancelled ||
                       (view.state == State::paused && outcome.result != Outcome::succeeded);
    const bool again = outcome.result == Outcome::retried || outcome.result == Outcome::interrupted;
    if (again && !stays) {
        held.node.reset();
        held.attempt += outcome.result == Outcome::retried && outcome.costs_attempt ? 1 : 0;
        held.ready_at = clock_.now() + outcome.delay;
    } else {
        migration->pass.reset();
    }
    if (!stays) view.state = state_after(outcome.result);
    if (outcome.result == Outcome::succeeded && pass.kind == sync::PassKind::sync) view.phase = Phase::delta;
    view.error = outcome.error;
    view.next_attempt_at.reset();
    if (view.state == State::retrying) view.next_attempt_at = clock_.wall() + outcome.delay;
    view.updated_at = clock_.wall();
    co_return Result<void>{};
}

Awaitable<Result<void>> MemoryStore::save_progress(NodeId node, std::vector<ProgressUpdate> updates) {
    const std::lock_guard lock(mutex_);
    for (const auto& update : updates)
        for (auto& [key, migration] : data_->migrations) {
            if (key.second != update.migration ||
                !data_->owned(node, key.first, key.second, update.generation) || migration.has_beside())
                continue;
            migration.view.progress = update.counters;
            migration.view.folder = update.folder;
        }
    co_return Result<void>{};
}

Awaitable<Result<std::uint64_t>> MemoryStore::reclaim() {
    const std::lock_guard lock(mutex_);
    std::uint64_t count = 0;
    for (auto& [key, migration] : data_->migrations) {
        if (!migration.is_held() || data_->is_alive(*migration.pass->node, clock_)) continue;
        data_->give_back(migration, clock_);
        ++count;
    }
    co_return count;
}

Awaitable<Result<std::uint64_t>> MemoryStore::release_others(NodeId node, std::vector<PassId> running) {
    const std::lock_guard lock(mutex_);
    std::uint64_t count = 0;
    for (auto& [key, migration] : data_->migrations) {
        if (!migration.is_held() || migration.pass->node != node) continue;
        if (std::ranges::find(running, migration.pass->id) != running.end()) continue;
        data_->give_back(migration, clock_);
        ++count;
    }
    co_return count;
}

Awaitable<Result<void>> MemoryStore::leave(NodeId node) {
    const std::lock_guard lock(mutex_);
    for (auto& [key, migration] : data_->migrations)
        if (migration.is_held() && migration.pass->node == node) data_->give_back(migration, clock_);
    data_->leases.erase(node);
    co_return Result<void>{};
}

// The migration's ledger, for as long as the pass is its node's.
class MemoryStore::FencedLedger final : public sync::Ledger {
public:
    FencedLedger(MemoryStore& store, NodeId node, const ClaimedPass& pass)
        : store_(store),
          node_(std::move(node)),
          tenant_(pass.tenant),
          migration_(pass.migration),
          generation_(pass.generation) {}

    Awaitable<Result<sync::LedgerFolder>> load(const sync::FolderPair& pair) override {
        GODWIT_CO_TRY(ledger, fenced());
        co_return co_await ledger->load(pair);
    }
    Awaitable<Result<void>> intend(const sync::FolderPair& pair,
                                   std::span<const sync::LedgerIntent> intents) override {
        GODWIT_CO_TRY(ledger, fenced());
        co_return co_await ledger->intend(pair, intents);
    }
    Awaitable<Result<void>> record(const sync::FolderPair& pair, const sync::FolderCursor& cursor,
                                   std::span<const sync::LedgerEntry> entries) override {
        GODWIT_CO_TRY(ledger, fenced());
        co_return co_await ledger->record(pair, cursor, entries);
    }
    Awaitable<Result<void>> withdraw(const sync::FolderPair& pair,
                                     std::span<const std::uint32_t> source_uids) override {
        GODWIT_CO_TRY(ledger, fenced());
        co_return co_await ledger->withdraw(pair, source_uids);
    }
    Awaitable<Result<void>> finish(const sync::FolderPair& pair, const sync::FolderCursor& cursor,
                                   std::span<const sync::LedgerEntry> last,
                                   std::span<const std::uint32_t> gone) override {
        GODWIT_CO_TRY(ledger, fenced());
        co_return co_await ledger->finish(pair, cursor, last, gone);
    }
    Awaitable<Result<void>> forget(const sync::FolderPair& pair) override {
        GODWIT_CO_TRY(ledger, fenced());
        co_return co_await ledger->forget(pair);
    }
    Awaitable<Result<std::vector<sync::LedgerPair>>> pairs() override {
        GODWIT_CO_TRY(ledger, fenced());
        co_return co_await ledger->pairs();
    }
    Awaitable<Result<std::vector<sync::LedgerFact>>> facts(const sync::FolderPair& pair, sync::FactKind kind) override {
        GODWIT_CO_TRY(ledger, fenced());
        co_return co_await ledger->facts(pair, kind);
    }
    Awaitable<Result<void>> keep_facts(const sync::FolderPair& pair, sync::FactKind kind,
                                       std::span<const sync::LedgerFact> facts, bool keep_first) override {
        GODWIT_CO_TRY(ledger, fenced());
        co_return co_await ledger->keep_facts(pair, kind, facts, keep_first);
    }
    Awaitable<Result<void>> drop_facts(const sync::FolderPair& pair, sync::FactKind kind,
                                       std::span<const std::uint32_t> uids) override {
        GODWIT_CO_TRY(ledger, fenced());
        co_return co_await ledger->drop_facts(pair, kind, uids);
    }
    Awaitable<Result<void>> add_findings(std::span<const sync::Finding> findings) override {
        const std::lock_guard lock(store_.mutex_);
        auto* migration = store_.data_->owned(node_, tenant_, migration_, generation_);
        if (!migration) co_return lease_lost("another node has this pass");
        for (const auto& finding : findings)
            migration->findings[generation_].push_back({migration_, migration->pass->id, finding});
        co_return Result<void>{};
    }

private:
    // MemoryLedger never waits, so what was true here is true when it writes.
    Result<sync::MemoryLedger*> fenced() {
        const std::lock_guard lock(store_.mutex_);
        auto* migration = store_.data_->owned(node_, tenant_, migration_, generation_);
        if (!migration) return lease_lost("another node has this pass");
        return &migration->ledger;
    }

    MemoryStore& store_;
    const NodeId node_;
    const TenantId tenant_;
    const MigrationId migration_;
    const std::int64_t generation_;
};

std::unique_ptr<sync::Ledger> MemoryStore::ledger(NodeId node, const ClaimedPass& pass) {
    return std::make_unique<FencedLedger>(*this, std::move(node), pass);
}

}  // namespace godwit::test
