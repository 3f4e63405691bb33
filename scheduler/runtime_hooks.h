// RuntimeHooks: how the runtime of a node is watched (metrics). A seam, since the metrics library lives
// above.
//
// Called from any thread; implementations must be cheap and must not throw or wait. Outlives the runtime.
#pragma once

#include <chrono>
#include <memory>

#include "engine/sync/observer.h"
#include "scheduler/store.h"

namespace godwit::scheduler {

class RuntimeHooks {
public:
    virtual ~RuntimeHooks() = default;
    virtual void on_pass_started(const ClaimedPass&) {}
    virtual void on_pass_finished(const ClaimedPass&, const PassOutcome&,
                                  std::chrono::steady_clock::duration) {}
    // What watches one pass in the engine and passes every call on to `next`, which outlives it. Null: only
    // `next`.
    virtual std::unique_ptr<sync::SyncObserver> observe(const ClaimedPass&, sync::SyncObserver& /*next*/) {
        return nullptr;
    }
    virtual void on_lease_renewed() {}
    virtual void on_lease_lost() {}
};

}  // namespace godwit::scheduler
