// Worker: runs one claimed pass from its sealed passwords to its stored outcome.
//
// One Worker serves the node; run() may be active on many executors at once. Everything given to the
// constructor outlives it.
#pragma once

#include <functional>
#include <mutex>

#include "scheduler/credential_box.h"
#include "scheduler/progress.h"
#include "scheduler/retry_policy.h"
#include "scheduler/runtime_hooks.h"
#include "scheduler/store.h"

namespace godwit::scheduler {

// The engine's entry (sync::sync_account), so that tests need no servers.
using PassRunner = std::function<Awaitable<sync::SyncReport>(
    RunContext&, net::Dialer&, const sync::SyncRequest&, sync::Ledger&, sync::SyncObserver&)>;

struct WorkerSettings {
    sync::SyncLimits limits;
    RetryLimits retry;
    std::string ca_file;                          // for accounts that name none; empty: the system's
    std::chrono::milliseconds finish_retry{100};  // doubles up to finish_retry_cap
    std::chrono::milliseconds finish_retry_cap{2'000};
};

// How one pass is told to end, and whether it may still write. Any thread may request.
struct PassStop {
    std::stop_token drain;  // at a message boundary
    std::stop_token stop;   // at once; also requested when `lost` is
    std::stop_token lost;   // the lease is gone: nothing is written any more
    // Whether the lease may be trusted at this moment, by the clock; empty: always. `lost` follows from it,
    // but only once a thread has noticed. Any thread.
    std::function<bool()> in_time;

    bool holds_lease() const { return !lost.stop_requested() && (!in_time || in_time()); }
};

struct WorkerParts {
    Store& store;
    const CredentialBox& credentials;
    net::Dialer& dialer;
    ProgressCollector& progress;
    RuntimeHooks& hooks;
    const Clock& clock;
    PassRunner runner;
    ByteBudget& budget;   // of all passes together
};

class Worker {
public:
    Worker(WorkerParts parts, WorkerSettings settings);

    // Runs on the caller's executor. True when the outcome is stored; otherwise the pass is left to whoever
    // gives it back (the lease was lost, or the database refused or stayed away until `stop`). Never throws:
    // a bug in the engine ends one pass.
    Awaitable<bool> run(NodeId node, ClaimedPass pass, PassStop stop);

    // For passes that start from now on. Any thread.
    void configure(WorkerSettings settings);

private:
    WorkerSettings settings() const;
    Result<sync::SyncRequest> request_of(const ClaimedPass& pass, const WorkerSettings& settings) const;
    Result<sync::AccountSpec> open(const ClaimedPass& pass, sync::Side side,
                                   const WorkerSettings& settings) const;
    Awaitable<sync::SyncReport> transfer(const NodeId& node, const ClaimedPass& pass, const PassStop& stop,
                                         const WorkerSettings& settings);
    Awaitable<bool> finish(const NodeId& node, const ClaimedPass& pass, const PassOutcome& outcome,
                           const PassStop& stop, const WorkerSettings& settings);

    WorkerParts parts_;
    mutable std::mutex mutex_;
    WorkerSettings settings_;
};

}  // namespace godwit::scheduler
