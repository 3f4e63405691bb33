// PgStore: the Store in PostgreSQL. Its statements are in schemas/queries; each call is one transaction in a
// lane of the executor.
#pragma once

#include "scheduler/pg/executor.h"
#include "scheduler/store.h"

namespace godwit::scheduler::pg {

class PgStore final : public Store {
public:
    explicit PgStore(Executor& executor) : executor_(executor) {}

    Awaitable<Result<Batch>> create_batch(TenantId tenant, Batch batch) override;
    Awaitable<Result<BatchSummary>> batch(TenantId tenant, BatchId id) override;
    Awaitable<Result<Page<BatchSummary>>> batches(TenantId tenant, PageRequest page) override;
    Awaitable<Result<ImportOutcome>> add_migrations(TenantId tenant, BatchId batch,
                                                    std::vector<MigrationSpec> specs) override;
    Awaitable<Result<MigrationView>> migration(TenantId tenant, MigrationId id) override;
    Awaitable<Result<Page<MigrationView>>> migrations(TenantId tenant, MigrationFilter filter,
                                                      PageRequest page) override;
    Awaitable<Result<Page<PassView>>> passes(TenantId tenant, MigrationId id, PageRequest page) override;
    Awaitable<Result<Page<IssueView>>> issues(TenantId tenant, MigrationId id, PageRequest page) override;
    Awaitable<Result<Page<FolderView>>> folders(TenantId tenant, MigrationId id, PageRequest page) override;
    Awaitable<Result<std::optional<ReportedPass>>> reported_pass(TenantId tenant, MigrationId id) override;
    Awaitable<Result<Page<FolderView>>> reported_folders(TenantId tenant, MigrationId id, PageRequest page) override;
    Awaitable<Result<Page<FindingView>>> findings(TenantId tenant, MigrationId id, std::optional<sync::FindingKind> kind,
                                                  PageRequest page) override;
    Awaitable<Result<std::vector<StateCount>>> state_counts() override;
    using Store::act;
    Awaitable<Result<MigrationView>> act(TenantId tenant, MigrationId id, Action action,
                                         PassParameters parameters) override;
    Awaitable<Result<std::uint64_t>> act(TenantId tenant, BatchId id, Action action, PassParameters parameters) override;
    Awaitable<Result<void>> set_paused(bool paused) override;
    Awaitable<Result<bool>> paused() override;

    Awaitable<Result<Page<HostView>>> hosts(PageRequest page) override;
    Awaitable<Result<HostView>> set_limits(HostGroupId id, HostLimits limits) override;
    Awaitable<Result<void>> set_default_limits(HostLimits limits) override;

    Awaitable<Result<void>> add_report_key(ReportKey key) override;
    Awaitable<Result<Page<ReportKey>>> report_keys(PageRequest page) override;

    Awaitable<Result<std::optional<StoredAnswer>>> begin_idempotent(TenantId tenant, std::string key,
                                                                    std::string fingerprint) override;
    Awaitable<Result<void>> end_idempotent(TenantId tenant, std::string key, StoredAnswer answer) override;

    Awaitable<Result<std::chrono::milliseconds>> join(NodeId node, std::string host_name,
                                                      std::chrono::milliseconds lease) override;
    Awaitable<Result<QueueView>> queue() override;
    Awaitable<Result<std::vector<ClaimedPass>>> claim(NodeId node, std::vector<ClaimRequest> lanes) override;
    Awaitable<Result<void>> finish(NodeId node, ClaimedPass pass, PassOutcome outcome) override;
    Awaitable<Result<void>> save_progress(NodeId node, std::vector<ProgressUpdate> updates) override;
    Awaitable<Result<std::uint64_t>> reclaim() override;
    Awaitable<Result<std::uint64_t>> release_others(NodeId node, std::vector<PassId> running) override;
    Awaitable<Result<void>> leave(NodeId node) override;

    std::unique_ptr<sync::Ledger> ledger(NodeId node, const ClaimedPass& pass) override;

private:
    Executor& executor_;
};

}  // namespace godwit::scheduler::pg
