#include "engine/sync/undo/undo_removal.h"

namespace godwit::sync {

void Removal::add(const UndoPair& pair, std::uint32_t source_uid, std::uint32_t uid, std::vector<std::string> flags) {
    messages_.push_back({&pair, source_uid, uid, std::move(flags)});
}

Awaitable<Result<void>> Removal::run() {
    if (messages_.empty()) co_return Result<void>{};
    std::vector<std::uint32_t> uids;
    for (const auto& message : messages_) uids.push_back(message.uid);
    if (undo_.dry())
        undo_.would_go[folder_.name] += uids.size();
    else
        GODWIT_CO_CHECK(co_await take_away(imap::UidSet::of(std::move(uids))));
    if (!undo_.dry()) undo_.pass.count(report_.counters, &Counters::messages_removed, gone_.size());
    for (const auto& [pair, source_uid, uid, flags] : messages_) {
        const bool left = !undo_.dry() && !gone_.contains(uid);
        auto finding = folder_.finding(undo_, *pair, left ? FindingKind::left : FindingKind::removed, source_uid, uid);
        if (left) finding.detail = folder_.rules.why_not.empty() ? "the server did not remove it" : folder_.rules.why_not;
        GODWIT_CO_CHECK(co_await undo_.find(std::move(finding)));
    }
    co_return Result<void>{};
}

Awaitable<Result<void>> Removal::take_away(const imap::UidSet& uids) {
    GODWIT_CO_CHECK(undo_.pass.may_commit("UID EXPUNGE"));
    auto removed = co_await imap::uid_remove(undo_.pass.destination, uids);
    if (!removed && undo_.is_over(removed.error())) co_return removed;
    if (!removed) folder_.rules.why_not = "the server did not remove it: " + removed.error().cause;
    GODWIT_CO_TRY(still_there, co_await undo_.flags_of(uids));
    imap::UidSet left;
    for (const auto& message : messages_) {
        if (!still_there.contains(message.uid))
            gone_.add(message.uid);
        else
            left.add(message.uid);
    }
    co_return left.empty() ? Result<void>{} : co_await unmark(left);
}

// \Deleted was set for nothing; whoever expunges next would take them away unasked.
Awaitable<Result<void>> Removal::unmark(const imap::UidSet& left) {
    std::map<std::vector<std::string>, imap::UidSet> by_flags;
    for (const auto& message : messages_)
        if (left.contains(message.uid)) by_flags[storable_flags(message.flags, folder_.selected)].add(message.uid);
    for (const auto& [flags, uids] : by_flags) {
        auto stored = co_await imap::uid_store_flags(undo_.pass.destination, uids, flags);
        if (!stored && undo_.is_over(stored.error())) co_return stored;
    }
    co_return Result<void>{};
}

}  // namespace godwit::sync
