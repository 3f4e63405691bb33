// Pass: what the parts of one running sync share. Owned by sync_account; one executor.
#pragma once

#include <map>
#include <unordered_map>
#include <unordered_set>

#include "engine/imap/session.h"
#include "engine/sync/ledger.h"
#include "engine/sync/observer.h"
#include "engine/sync/pace.h"
#include "engine/sync/pass_rules.h"
#include "engine/sync/request.h"

namespace godwit::sync {

// A copy that was there and is gone; somebody may have moved it to another folder.
struct RemovedCopy {
    std::string folder;   // display name at the source
    std::uint32_t uid;    // at the source
    std::uint64_t size, key_hash;
};

struct Pass {
    RunContext& context;
    const SyncRequest& request;
    const PassRules& rules;
    Ledger& ledger;
    SyncObserver& observer;
    imap::Session& source;
    imap::Session& destination;
    SyncReport& report;
    std::chrono::steady_clock::duration slowest_append{};   // of the destination, so far
    KeyRung rung = 0;                                       // of this account's keys; only ever goes down the ladder
    std::map<std::string, bool> identity_checked;           // by folder class: stored copies were read back
    std::vector<RemovedCopy> removed;                       // noticed in this pass
    std::unordered_map<std::uint64_t, std::string> arrived; // foreign messages that are new: key hash to folder

    std::unordered_set<std::uint64_t> seen_before;          // of earlier folders, for skipcrossduplicates
    Pace pace{request.options};

    KeyMaker keys() const { return {rules.keys, rung}; }
    KeyMaker keys_at(KeyRung other) const { return {rules.keys, other}; }

    void progress() { observer.on_progress(report.counters); }
    void issue(Issue issue) {
        observer.on_issue(issue);
        report.add_issue(std::move(issue));
    }
    // Adds to the counters of a folder and of the report.
    void count(Counters& folder, std::uint64_t Counters::*member, std::uint64_t n = 1) {
        folder.*member += n;
        report.counters.*member += n;
        progress();
    }
    void outcome(const std::string& folder, std::uint32_t uid, std::uint64_t size, Outcome what, std::string_view reason = {},
                 std::string_view words = {}) {
        observer.on_message({folder, uid, size, what, reason, words});
    }
    void count_skipped(FolderReport& folder, SkipReason reason, std::uint64_t n = 1) {
        folder.skipped[static_cast<std::size_t>(reason)] += n;
        report.skipped[static_cast<std::size_t>(reason)] += n;
        count(folder.counters, &Counters::messages_skipped, n);
    }
    // Octets that commit something may leave.
    Result<void> may_commit() const {
        if (context.stop.stop_requested())
            return fail(ErrorKind::cancelled, Reach::account, "the pass was stopped", "APPEND");
        if (context.holds_lease && !context.holds_lease())
            return fail(ErrorKind::lease_lost, Reach::node, "the lease has ended", "APPEND");
        return {};
    }
};

}  // namespace godwit::sync
