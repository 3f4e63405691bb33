// Pass: what the parts of one running sync share. Owned by sync_account; one executor.
#pragma once

#include "engine/imap/session.h"
#include "engine/sync/ledger.h"
#include "engine/sync/observer.h"
#include "engine/sync/request.h"

namespace godwit::sync {

struct Pass {
    RunContext& context;
    const SyncRequest& request;
    Ledger& ledger;
    SyncObserver& observer;
    imap::Session& source;
    imap::Session& destination;
    SyncReport& report;
    std::chrono::steady_clock::duration slowest_append{};   // of the destination, so far

    void progress() { observer.on_progress(report.counters); }
    void issue(Issue issue) {
        observer.on_issue(issue);
        report.add_issue(std::move(issue));
    }
};

}  // namespace godwit::sync
