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
    scheduler::PassParameters parameters;
    int next_attempt = 1;                   // of the pass that one beside goes before

    bool is_beside() const { return scheduler::stands_beside(kind); }
};

// As pages of numbers: a cursor is the number of items before the page.
Result<std::uint64_t> number_cursor(const std::string& cursor, std::uint64_t at_start);
template <class T>
Result<scheduler::Page<T>> numbered_page(const std::vector<T>& all, const scheduler::PageRequest& page) {
    GODWIT_TRY(first, number_cursor(page.cursor, 0));
    scheduler::Page<T> out;
    for (std::size_t i = first; i < all.size() && out.items.size() < page.limit; ++i)
        out.items.push_back(all[i]);
    if (first + out.items.size() < all.size()) out.next_cursor = std::to_string(first + out.items.size());
    return out;
}
// `items` holds one more than the page when there are more to come.
template <class T, class CursorOf>
scheduler::Page<T> page_of(std::vector<T> items, std::size_t limit, CursorOf cursor_of) {
    scheduler::Page<T> page{std::move(items), {}};
    if (page.items.size() <= limit) return page;
    page.items.resize(limit);
    page.next_cursor = cursor_of(page.items.back());
    return page;
}

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
        std::vector<scheduler::FolderView> folders, reported_folders;
        std::map<std::int64_t, std::vector<scheduler::FindingView>> findings;   // by generation
        sync::MemoryLedger ledger;

        bool is_held() const { return pass && pass->node; }
        bool has_beside() const { return pass && pass->is_beside(); }
        // The last verify or undo pass that came to an end, or null.
        const Attempt* reported() const;
        bool may_undo(const scheduler::PassParameters& parameters) const;
        // The view, with its pass beside.
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
    std::map<std::string, scheduler::ReportKey> report_keys;
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
    // What an operator asks for. False: not possible now.
    bool act(Migration& migration, scheduler::Action action, const scheduler::PassParameters& parameters,
             const Clock& clock);
    // The migration's pass enters or leaves the queue.
    void move(Migration& migration, scheduler::State to, const Clock& clock);
    bool queue_beside(Migration& migration, sync::PassKind kind, const scheduler::PassParameters& parameters,
                      const Clock& clock);
    // The migration stays as it is, and its next pass keeps its place and its attempt; but what was undone is as new.
    void end_beside(Migration& migration, const scheduler::PassOutcome& outcome, const Clock& clock);
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
