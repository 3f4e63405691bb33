#include "api/metrics_hooks.h"

namespace godwit::api {

void MetricsHooks::on_pass_started(const scheduler::ClaimedPass& pass) { metrics_.pass_started(pass.kind); }

void MetricsHooks::on_pass_finished(const scheduler::ClaimedPass& pass, const scheduler::PassOutcome& outcome,
                                    std::chrono::steady_clock::duration lasted) {
    std::optional<ErrorKind> reason;
    if (outcome.error) reason = outcome.error->kind;
    metrics_.pass_finished(pass.kind, outcome.result, reason, lasted);
}

std::unique_ptr<sync::SyncObserver> MetricsHooks::observe(const scheduler::ClaimedPass&, sync::SyncObserver& next) {
    return std::make_unique<MetricsObserver>(metrics_, &next);
}

void MetricsHooks::on_lease_renewed() { metrics_.lease_renewed(); }
void MetricsHooks::on_lease_lost() { metrics_.lease_lost(); }

}  // namespace godwit::api
