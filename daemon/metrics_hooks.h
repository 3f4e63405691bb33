// MetricsHooks: what the runtime of this node does, as metrics.
#pragma once

#include "api/metrics.h"
#include "scheduler/runtime_hooks.h"

namespace godwit::daemon {

class MetricsHooks final : public scheduler::RuntimeHooks {
public:
    explicit MetricsHooks(api::Metrics& metrics) : metrics_(metrics) {}

    void on_pass_started(const scheduler::ClaimedPass& pass) override { metrics_.pass_started(pass.kind); }
    void on_pass_finished(const scheduler::ClaimedPass& pass, const scheduler::PassOutcome& outcome,
                          std::chrono::steady_clock::duration lasted) override {
        metrics_.pass_finished(pass.kind, outcome.result,
                               outcome.error ? std::optional(outcome.error->kind) : std::nullopt, lasted);
        // What an attempt has found is found again by the next one.
        using enum scheduler::PassOutcome::Result;
        if (outcome.result != retried && outcome.result != interrupted) metrics_.findings(outcome.report.findings);
    }
    std::unique_ptr<sync::SyncObserver> observe(const scheduler::ClaimedPass&,
                                                sync::SyncObserver& next) override {
        return std::make_unique<api::MetricsObserver>(metrics_, &next);
    }
    void on_lease_renewed() override { metrics_.lease_renewed(); }
    void on_lease_lost() override { metrics_.lease_lost(); }

private:
    api::Metrics& metrics_;
};

}  // namespace godwit::daemon
