// MetricsHooks: what the runtime of this node tells, counted in Metrics.
#pragma once

#include "api/metrics.h"
#include "scheduler/runtime_hooks.h"

namespace godwit::api {

class MetricsHooks final : public scheduler::RuntimeHooks {
public:
    // `metrics` outlives this.
    explicit MetricsHooks(Metrics& metrics) : metrics_(metrics) {}

    void on_pass_started(const scheduler::ClaimedPass& pass) override;
    void on_pass_finished(const scheduler::ClaimedPass& pass, const scheduler::PassOutcome& outcome,
                          std::chrono::steady_clock::duration lasted) override;
    std::unique_ptr<sync::SyncObserver> observe(const scheduler::ClaimedPass& pass, sync::SyncObserver& next) override;
    void on_lease_renewed() override;
    void on_lease_lost() override;

private:
    Metrics& metrics_;
};

}  // namespace godwit::api
