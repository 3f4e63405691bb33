// What MemoryStore keeps: the tables of schemas/migrations as maps. Included by its sources only.
#pragma once

#include "tests/support/memory_store.h"

namespace godwit::test {

// A pass that is not finished.
struct StoredPass {
    scheduler::PassId id;
    sync::PassKind kind = sync::PassKind::sync;
    int attempt = 1;
    SteadyTime ready_at{};
    std::optional<scheduler::NodeId> node;  // none: may be claimed
    std::int64_t generation = 0;
    WallTime claimed_at{};
};

struct MemoryStore::Data {
    struct Attempt {
        std::int64_t generation = 0;
        scheduler::PassView view;
    };
    struct Migration {
        TenantId tenant;
        scheduler::MigrationSpec spec;
        scheduler::LaneId lane;
        scheduler::MigrationView view;
        std::optional<StoredPass> pass;
        std::vector<Attempt> attempts;  // oldest first
        std::vector<scheduler::IssueView> issues;
        std::vector<scheduler::FolderView> folders;
        sync::MemoryLedger ledger;

        bool is_held() const { return pass && pass->node; }
        bool has_preflight() const { return pass && pass->kind == sync::PassKind::preflight; }
        // The view, with its preflight.
        scheduler::MigrationView shown() const;
    };
    struct Lane {
        TenantId tenant;
        BatchId batch;
        scheduler::HostGroupId source, destination;
        SteadyTime last_claim{};
    };
    struct Host {
        std::string name;
        scheduler::HostLimits limits;
    };
    struct Key {
        std::string fingerprint;
        std::optional<StoredAnswer> answer;
    };
    struct Use {
        std::uint32_t as_source = 0, as_destination = 0;
    };

    std::map<std::pair<TenantId, BatchId>, scheduler::Batch> batches;
    std::map<std::pair<TenantId, MigrationId>, Migration> migrations;
    std::set<std::pair<TenantId, std::string>> external_ids;
    std::set<std::tuple<TenantId, BatchId, std::string>> account_pairs;
    std::map<scheduler::LaneId, Lane> lanes;
    std::map<scheduler::HostGroupId, Host> hosts;
    std::map<std::pair<TenantId, std::string>, Key> keys;
    std::map<NodeId, SteadyTime> leases;
    scheduler::HostLimits default_limits{20, 20};
    std::int64_t last_generation = 0;
    bool paused = false;

    scheduler::HostGroupId host_of(const scheduler::Account& account);
    scheduler::LaneId lane_of(const TenantId& tenant, const BatchId& batch,
                              const scheduler::MigrationSpec& spec);
    scheduler::BatchSummary summary_of(const TenantId& tenant, const scheduler::Batch& batch) const;
    // Slots in use at a host: one of each side a running pass.
    Use use_of(const scheduler::HostGroupId& host) const;
    scheduler::HostLimits effective(const Host& host) const;
    scheduler::HostView view_of(const scheduler::HostGroupId& id) const;
    scheduler::HostRoom room_of(const scheduler::HostGroupId& id) const;
    // Moves a migration as an operator asks; its pass enters or leaves the queue.
    void move(Migration& migration, scheduler::State to, const Clock& clock);
    // False when another pass of it runs.
    bool queue_preflight(Migration& migration, const Clock& clock);
    // The migration stays as it is, and its next pass keeps its place and its attempt.
    void end_preflight(Migration& migration, scheduler::PassOutcome::Result result, const Clock& clock);
    // Whether a pass of it may be claimed now.
    bool is_claimable(const Migration& migration, const Clock& clock) const;
    bool is_locked(const scheduler::HostGroupId& host, const std::string& account) const;
    void give_back(Migration& migration, const Clock& clock);
    // The migration whose pass is this node's in this generation, or null.
    Migration* owned(const NodeId& node, const TenantId& tenant, const MigrationId& id,
                     std::int64_t generation);
    bool is_alive(const NodeId& node, const Clock& clock) const;
};

inline std::unexpected<Error> refusal(ErrorKind kind, std::string cause, Reach reach = Reach::account) {
    return fail(kind, reach, std::move(cause), "store in memory");
}

}  // namespace godwit::test
