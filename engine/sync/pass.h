// Pass: what the parts of one running sync work with. Owned by sync_account; one executor.
#pragma once

#include <map>
#include <unordered_map>
#include <unordered_set>

#include "engine/imap/session.h"
#include "engine/sync/copy_rate.h"
#include "engine/sync/crew.h"
#include "engine/sync/ledger.h"
#include "engine/sync/observer.h"
#include "engine/sync/pass_rules.h"
#include "engine/sync/request.h"

namespace godwit::sync {

// A copy that was there and is gone; somebody may have moved it to another folder.
struct RemovedCopy {
    std::string folder;   // display name at the source
    std::uint32_t uid;    // at the source
    std::uint64_t size, key_hash;
};

// What all connections of a pass share.
struct PassState {
    RunContext& context;
    const SyncRequest& request;
    const PassRules& rules;
    Ledger& ledger;
    SyncObserver& observer;
    SyncReport& report;
    std::chrono::steady_clock::duration slowest_append{};   // of the destination, so far
    KeyRung rung = 0;                                       // of this account's keys; only ever goes down the ladder
    std::map<std::string, bool> identity_checked;           // by folder class: stored copies were read back
    std::vector<RemovedCopy> removed;                       // noticed in this pass
    std::unordered_map<std::uint64_t, std::string> arrived; // foreign messages that are new: key hash to folder
    std::unordered_set<std::uint64_t> seen_before;          // of earlier folders, for skipcrossduplicates
    CopyRate rate{request.options};
    std::uint64_t bytes_sent = 0;                           // in APPENDs, answered or not
    std::uint64_t rest_options = 0;                         // delta/rest.h
    bool tells_changes = false;                             // what has not changed since an earlier pass is not listed
    Crew crew{context.executor};
};

// A pass as one lane sees it: a connection to each side, and what all lanes share. Each lane works on a folder of its own,
// or helps another one with its folder.
struct Pass {
    Pass(PassState& shared, imap::Session& from, imap::Session& to) : state(shared), source(from), destination(to) {}

    PassState& state;
    imap::Session& source;
    imap::Session& destination;
    bool retired = false;   // the lane begins no other folder, and helps no more

    RunContext& context = state.context;
    const SyncRequest& request = state.request;
    const PassRules& rules = state.rules;
    Ledger& ledger = state.ledger;
    SyncObserver& observer = state.observer;
    SyncReport& report = state.report;
    std::chrono::steady_clock::duration& slowest_append = state.slowest_append;
    KeyRung& rung = state.rung;
    std::map<std::string, bool>& identity_checked = state.identity_checked;
    std::vector<RemovedCopy>& removed = state.removed;
    std::unordered_map<std::uint64_t, std::string>& arrived = state.arrived;
    std::unordered_set<std::uint64_t>& seen_before = state.seen_before;
    CopyRate& rate = state.rate;
    std::uint64_t& bytes_sent = state.bytes_sent;
    Crew& crew = state.crew;

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
    // Nothing new is begun any more: the pass drains, or another lane has met an error that ends it.
    bool ending() const { return context.draining() || crew.failed(); }
    // Octets that commit something may leave.
    Result<void> may_commit(std::string_view command = "APPEND") const {
        if (context.stop.stop_requested())
            return fail(ErrorKind::cancelled, Reach::account, "the pass was stopped", std::string(command));
        if (context.holds_lease && !context.holds_lease())
            return fail(ErrorKind::lease_lost, Reach::node, "the lease has ended", std::string(command));
        return {};
    }
};

}  // namespace godwit::sync
