// Store: everything that lasts. The seam between policy (scheduler) and PostgreSQL (scheduler/pg).
//
// Implementations: pg/pg_store (libpqxx behind an executor) and tests/support/memory_store; both pass
// tests/contract/store_contract. Callable from any executor; the answer comes back on the caller's. Every call has the
// store's own statement timeout; a database that cannot be reached is ErrorKind::database, Reach::node.
// Time in rows is the database's.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/run_context.h"
#include "engine/sync/ledger.h"
#include "scheduler/host.h"
#include "scheduler/migration.h"

namespace godwit::scheduler {

// Keyset pages: `cursor` is opaque, from the page before; empty at the start and in the last page.
struct PageRequest {
    std::string cursor;
    std::size_t limit = 100;
};
template <class T>
struct Page {
    std::vector<T> items;
    std::string next_cursor;
};

struct MigrationFilter {
    std::optional<BatchId> batch;
    std::optional<State> state;
    std::string error_code;      // name of an ErrorKind
    std::string text;            // part of a user name
};

// A lane is (batch, source host group, destination host group): passes of one lane are alike to admission.
struct LaneView {
    LaneId id;
    TenantId tenant;
    BatchId batch;
    HostGroupId source, destination;
    int priority = 0;
    std::uint64_t ready = 0;     // claimable now
    SteadyTime last_claim{};     // zero: never
};

// How many slots of a host are free, over all nodes.
struct HostRoom {
    HostGroupId id;
    std::uint32_t free_as_source = 0;
    std::uint32_t free_as_destination = 0;
};

struct QueueView {
    bool paused = false;         // the whole cluster
    std::vector<LaneView> lanes; // with something ready; where the batch is paused, only passes beside are
    std::vector<HostRoom> hosts; // of those lanes
};

struct ClaimRequest {
    LaneId lane;
    std::uint32_t count = 1;
};

// A pass that is ours. Every write about it carries `generation`; a stale one fails with lease_lost.
struct ClaimedPass {
    TenantId tenant;
    PassId id;
    MigrationId migration;
    BatchId batch;
    sync::PassKind kind = sync::PassKind::sync;
    std::int64_t generation = 0;
    int attempt = 1;
    Account source, destination;
    sync::SyncOptions options;   // the migration's, and over them those of this pass
};

// What the pass's end means, as retry_policy decided.
struct PassOutcome {
    enum class Result { succeeded, retried, parked, failed, cancelled, interrupted };
    Result result = Result::succeeded;
    std::optional<Error> error;
    std::chrono::milliseconds delay{0};      // for retried; interrupted is ready at once and costs no attempt
    bool costs_attempt = true;               // of retried: false when it was not this migration that failed (a throttle)
    sync::SyncReport report;
};

std::string_view name_of(PassOutcome::Result result);
// What such an end makes of the migration, unless it was paused or cancelled meanwhile.
State state_after(PassOutcome::Result result);

struct ProgressUpdate {
    MigrationId migration;
    std::int64_t generation = 0;
    sync::Counters counters;
    std::string folder;
};

// What a heartbeat learned: passes that this node must stop (lost, paused or cancelled meanwhile).
struct Heartbeat {
    bool paused = false;                     // the cluster
    std::vector<MigrationId> stop;           // paused or cancelled: end at a message boundary
};

struct ImportOutcome {
    std::uint64_t stored = 0;
    std::vector<std::uint64_t> duplicate_rows;  // rows whose external_id or account pair is in the batch already
};

struct StateCount {
    Phase phase;
    State state;
    std::uint64_t count = 0;
};

class Store {
public:
    virtual ~Store() = default;

    // -- batches and migrations (lane: API reads, import)
    virtual Awaitable<Result<Batch>> create_batch(TenantId tenant, Batch batch) = 0;  // same id again: the stored one; same name: conflict
    virtual Awaitable<Result<BatchSummary>> batch(TenantId tenant, BatchId id) = 0;
    virtual Awaitable<Result<Page<BatchSummary>>> batches(TenantId tenant, PageRequest page) = 0;
    // One transaction; creates host groups, lanes and a ready pass each. At most 5,000 specs.
    virtual Awaitable<Result<ImportOutcome>> add_migrations(TenantId tenant, BatchId batch, std::vector<MigrationSpec> specs) = 0;
    virtual Awaitable<Result<MigrationView>> migration(TenantId tenant, MigrationId id) = 0;
    virtual Awaitable<Result<Page<MigrationView>>> migrations(TenantId tenant, MigrationFilter filter, PageRequest page) = 0;
    virtual Awaitable<Result<Page<PassView>>> passes(TenantId tenant, MigrationId id, PageRequest page) = 0;
    virtual Awaitable<Result<Page<IssueView>>> issues(TenantId tenant, MigrationId id, PageRequest page) = 0;
    // Issues and folders are those of the last pass that ended; of its folders the first folders_kept.
    virtual Awaitable<Result<Page<FolderView>>> folders(TenantId tenant, MigrationId id, PageRequest page) = 0;
    static constexpr std::size_t folders_kept = 20'000;
    // The last verify or undo pass that came to an end, if there is one; its folders and what it has found, of one kind or
    // of all. They stay until the next such pass has ended.
    virtual Awaitable<Result<std::optional<ReportedPass>>> reported_pass(TenantId tenant, MigrationId id) = 0;
    virtual Awaitable<Result<Page<FolderView>>> reported_folders(TenantId tenant, MigrationId id, PageRequest page) = 0;
    virtual Awaitable<Result<Page<FindingView>>> findings(TenantId tenant, MigrationId id,
                                                          std::optional<sync::FindingKind> kind, PageRequest page) = 0;
    virtual Awaitable<Result<std::vector<StateCount>>> state_counts() = 0;
    // Illegal moves are ErrorKind::conflict whose cause lists what is allowed (state_machine.h decides). A preflight or
    // verify pass goes before a sync pass that is queued, and takes no place from one that runs nor from another kind of
    // pass beside: conflict. An undo is a conflict also while anything is queued, from cutover on, and, unless it is dry,
    // where the last pass that ended was no dry one that succeeded. While it runs nothing else is queued: conflict.
    virtual Awaitable<Result<MigrationView>> act(TenantId tenant, MigrationId id, Action action,
                                                 PassParameters parameters) = 0;
    // Applies to every migration where that is possible; pause and resume also set the batch's flag. How many changed.
    virtual Awaitable<Result<std::uint64_t>> act(TenantId tenant, BatchId id, Action action, PassParameters parameters) = 0;
    template <class Id>
    auto act(TenantId tenant, Id id, Action action) {
        return act(std::move(tenant), std::move(id), action, PassParameters{});
    }
    virtual Awaitable<Result<void>> set_paused(bool paused) = 0;   // the whole cluster
    virtual Awaitable<Result<bool>> paused() = 0;

    // -- hosts
    virtual Awaitable<Result<Page<HostView>>> hosts(PageRequest page) = 0;
    virtual Awaitable<Result<HostView>> set_limits(HostGroupId id, HostLimits limits) = 0;
    // What 0 stands for; kept in the database so that all nodes agree. Slots above a lowered limit drain.
    virtual Awaitable<Result<void>> set_default_limits(HostLimits limits) = 0;

    // -- keys that reports are signed with; kept for good, the latest use is noted
    virtual Awaitable<Result<void>> add_report_key(ReportKey key) = 0;
    virtual Awaitable<Result<Page<ReportKey>>> report_keys(PageRequest page) = 0;

    // -- idempotency of POSTs: the stored answer for (tenant, key), if the fingerprint is the same; conflict otherwise.
    // Ending with status 0 gives the key back: the next request with it begins anew.
    struct StoredAnswer {
        unsigned status = 0;
        std::string body;
    };
    virtual Awaitable<Result<std::optional<StoredAnswer>>> begin_idempotent(TenantId tenant, std::string key, std::string fingerprint) = 0;
    virtual Awaitable<Result<void>> end_idempotent(TenantId tenant, std::string key, StoredAnswer answer) = 0;

    // -- the queue (lane: queue)
    // For how long the node must not claim yet: normally 0, and after a standby was promoted until leases that were given
    // before have ended everywhere.
    virtual Awaitable<Result<std::chrono::milliseconds>> join(NodeId node, std::string host_name,
                                                              std::chrono::milliseconds lease) = 0;
    virtual Awaitable<Result<QueueView>> queue() = 0;
    // Takes up to `count` passes of each lane with a slot at both hosts and the destination account's lock. A pass whose
    // destination account is busy is passed over.
    virtual Awaitable<Result<std::vector<ClaimedPass>>> claim(NodeId node, std::vector<ClaimRequest> lanes) = 0;
    virtual Awaitable<Result<void>> finish(NodeId node, ClaimedPass pass, PassOutcome outcome) = 0;
    virtual Awaitable<Result<void>> save_progress(NodeId node, std::vector<ProgressUpdate> updates) = 0;
    // Passes of nodes whose lease ended go back to ready, their slots and locks are freed. How many.
    virtual Awaitable<Result<std::uint64_t>> reclaim() = 0;
    // Passes of this node that it does not run, since the answer to a claim or a finish was lost, go back to ready. How
    // many. Never called while a claim of this node is under way.
    virtual Awaitable<Result<std::uint64_t>> release_others(NodeId node, std::vector<PassId> running) = 0;
    virtual Awaitable<Result<void>> leave(NodeId node) = 0;       // releases everything of this node

    virtual std::unique_ptr<sync::Ledger> ledger(NodeId node, const ClaimedPass& pass) = 0;
};

// The node's heartbeat. Apart from Store because it blocks: it runs on a thread and a connection of its own that nothing
// else can starve.
class HeartbeatChannel {
public:
    virtual ~HeartbeatChannel() = default;
    // Renews the lease of the node, and with it all its passes. lease_lost: the node must stop everything it runs.
    virtual Result<Heartbeat> beat(const NodeId& node, std::chrono::milliseconds lease) = 0;
};

}  // namespace godwit::scheduler
