// Metrics: what this process counts, and the cluster's gauges as last read from the store, in Prometheus' text form.
//
// Every method is thread-safe and cheap (an atomic addition behind a lookup in a closed label set), so the engine may
// call through MetricsObserver for every message. Series exist from the start, at 0.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/clock.h"
#include "engine/sync/observer.h"
#include "scheduler/host.h"
#include "scheduler/store.h"

namespace godwit::api {

class Metrics {
public:
    Metrics();
    Metrics(const Metrics&) = delete;
    ~Metrics();

    // -- passes of this node
    void pass_started(sync::PassKind kind);
    void pass_finished(sync::PassKind kind, scheduler::PassOutcome::Result result, std::optional<ErrorKind> reason,
                       std::chrono::steady_clock::duration lasted);

    void findings(const sync::FindingCounts& counts);   // of a verify or undo pass that came to its end

    // -- the engine (see MetricsObserver)
    enum class MessageOp { copied, matched, skipped, failed, flags_updated, verified, removed };
    void messages(MessageOp op, std::uint64_t count);
    void message_bytes(std::uint64_t bytes);                                  // copied to destinations
    void wire(sync::Side side, std::uint64_t received, std::uint64_t sent);
    void imap_command(sync::Side side, std::string_view name, std::chrono::steady_clock::duration took, bool ok);
    void imap_connect(sync::Side side, bool ok);
    void imap_error(ErrorKind kind);

    // -- this node
    void lease_renewed();
    void lease_lost();
    void import_finished(bool ok);
    enum class RowResult { stored, duplicate, error };
    void import_rows(RowResult result, std::uint64_t count);
    // `route` is the template ("/api/v1/batches/{id}"), never a path; an unknown one is "none".
    void http_request(std::string_view route, std::string_view method, unsigned status,
                      std::chrono::steady_clock::duration took);

    // -- the cluster
    void set_migrations(const std::vector<scheduler::StateCount>& counts);
    void set_hosts(const std::vector<scheduler::HostView>& hosts);            // the first 200; the rest adds up as "other"
    void set_database_up(bool up);
    // Whether the values above are older than `age`; the caller that gets `true` refreshes them.
    bool claim_refresh(std::chrono::steady_clock::duration age);

    // The page, at most one second old.
    std::string text();

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

// Maps the calls of one pass to metrics; counters come as totals and are added as differences. One object a pass, used
// on the pass's executor. `next` (may be null) gets every call too, and outlives this.
class MetricsObserver final : public sync::SyncObserver {
public:
    explicit MetricsObserver(Metrics& metrics, sync::SyncObserver* next = nullptr)
        : metrics_(metrics), next_(next) {}

    void on_stage(sync::Stage stage) override;
    void on_folder(const std::string& display_name) override;
    void on_progress(const sync::Counters& totals) override;
    void on_issue(const sync::Issue& issue) override;
    void on_wire(sync::Side side, std::uint64_t received, std::uint64_t sent) override;
    void on_command(sync::Side side, std::string_view name, std::chrono::steady_clock::duration took,
                    bool ok) override;

private:
    Metrics& metrics_;
    sync::SyncObserver* next_;
    sync::Counters seen_;
};

}  // namespace godwit::api
