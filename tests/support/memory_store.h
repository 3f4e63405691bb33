// MemoryStore: a whole Store in memory, for tests. It keeps the rules that tests/contract asks of every
// Store; time comes from a Clock, so that leases and backoffs can be made to pass. Thread-safe; outlives its
// ledgers and heartbeats.
#pragma once

#include <map>
#include <mutex>
#include <set>

#include "engine/sync/memory_ledger.h"
#include "scheduler/store.h"

namespace godwit::test {

class MemoryStore : public scheduler::Store {
public:
    using TenantId = scheduler::TenantId;
    using BatchId = scheduler::BatchId;
    using MigrationId = scheduler::MigrationId;
    using NodeId = scheduler::NodeId;
    template <class T>
    using Answer = Awaitable<Result<T>>;
    template <class T>
    using Page = scheduler::Page<T>;
    using PageRequest = scheduler::PageRequest;

    MemoryStore();
    explicit MemoryStore(const Clock& clock);
    ~MemoryStore() override;

    Answer<scheduler::Batch> create_batch(TenantId tenant, scheduler::Batch batch) override;
    Answer<scheduler::BatchSummary> batch(TenantId tenant, BatchId id) override;
    Answer<Page<scheduler::BatchSummary>> batches(TenantId tenant, PageRequest page) override;
    Answer<scheduler::ImportOutcome> add_migrations(TenantId tenant, BatchId batch,
                                                    std::vector<scheduler::MigrationSpec> specs) override;
    Answer<scheduler::MigrationView> migration(TenantId tenant, MigrationId id) override;
    Answer<Page<scheduler::MigrationView>> migrations(TenantId tenant, scheduler::MigrationFilter filter,
                                                      PageRequest page) override;
    Answer<Page<scheduler::PassView>> passes(TenantId tenant, MigrationId id, PageRequest page) override;
    Answer<Page<scheduler::IssueView>> issues(TenantId tenant, MigrationId id, PageRequest page) override;
    Answer<Page<scheduler::FolderView>> folders(TenantId tenant, MigrationId id, PageRequest page) override;
    Answer<std::optional<scheduler::ReportedPass>> reported_pass(TenantId tenant, MigrationId id) override;
    Answer<Page<scheduler::FolderView>> reported_folders(TenantId tenant, MigrationId id, PageRequest page) override;
    Answer<Page<scheduler::FindingView>> findings(TenantId tenant, MigrationId id, std::optional<sync::FindingKind> kind,
                                                  PageRequest page) override;
    Answer<std::vector<scheduler::StateCount>> state_counts() override;
    using Store::act;
    Answer<scheduler::MigrationView> act(TenantId tenant, MigrationId id, scheduler::Action action,
                                         scheduler::PassParameters parameters) override;
    Answer<std::uint64_t> act(TenantId tenant, BatchId id, scheduler::Action action,
                              scheduler::PassParameters parameters) override;
    Answer<void> set_paused(bool paused) override;
    Answer<bool> paused() override;

    Answer<Page<scheduler::HostView>> hosts(PageRequest page) override;
    Answer<scheduler::HostView> set_limits(scheduler::HostGroupId id, scheduler::HostLimits limits) override;
    Answer<void> set_default_limits(scheduler::HostLimits limits) override;

    Answer<void> add_report_key(scheduler::ReportKey key) override;
    Answer<Page<scheduler::ReportKey>> report_keys(PageRequest page) override;

    Answer<std::optional<StoredAnswer>> begin_idempotent(TenantId tenant, std::string key,
                                                         std::string fingerprint) override;
    Answer<void> end_idempotent(TenantId tenant, std::string key, StoredAnswer answer) override;

    Answer<std::chrono::milliseconds> join(NodeId node, std::string host_name,
                                           std::chrono::milliseconds lease) override;
    Answer<scheduler::QueueView> queue() override;
    Answer<std::vector<scheduler::ClaimedPass>> claim(NodeId node,
                                                      std::vector<scheduler::ClaimRequest> lanes) override;
    Answer<void> finish(NodeId node, scheduler::ClaimedPass pass, scheduler::PassOutcome outcome) override;
    Answer<void> save_progress(NodeId node, std::vector<scheduler::ProgressUpdate> updates) override;
    Answer<std::uint64_t> reclaim() override;
    Answer<std::uint64_t> release_others(NodeId node, std::vector<scheduler::PassId> running) override;
    Answer<void> leave(NodeId node) override;
    std::unique_ptr<sync::Ledger> ledger(NodeId node, const scheduler::ClaimedPass& pass) override;

    // The lease of the node ends now.
    void expire(const NodeId& node);
    // What a HeartbeatChannel does.
    Result<scheduler::Heartbeat> beat(const NodeId& node, std::chrono::milliseconds lease);

private:
    struct Data;
    class FencedLedger;
    const Clock& clock_;
    std::mutex mutex_;
    std::unique_ptr<Data> data_;
};

class MemoryHeartbeat final : public scheduler::HeartbeatChannel {
public:
    explicit MemoryHeartbeat(MemoryStore& store) : store_(store) {}
    Result<scheduler::Heartbeat> beat(const scheduler::NodeId& node,
                                      std::chrono::milliseconds lease) override {
        return store_.beat(node, lease);
    }

private:
    MemoryStore& store_;
};

}  // namespace godwit::test
