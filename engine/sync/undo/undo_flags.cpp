#include "engine/sync/undo/undo_flags.h"

#include <algorithm>

namespace godwit::sync {
namespace {

class FlagsUndo {
public:
    FlagsUndo(UndoPass& undo, UndoneFolder& folder, UndoPair& pair, FolderReport& report)
        : undo_(undo), folder_(folder), pair_(pair), report_(report) {}

    Awaitable<Result<void>> run() {
        for (const auto& entry : pair_.entries)
            if (entry.provenance == Provenance::matched) matched_.push_back(entry);
        std::ranges::sort(matched_, {}, &LedgerEntry::destination_uid);
        std::vector<std::uint32_t> uids;
        for (const auto& [uid, flags] : pair_.before) uids.push_back(uid);
        for (std::size_t at = 0; at < uids.size(); at += undo_messages_at_once)
            GODWIT_CO_CHECK(co_await batch({uids.begin() + static_cast<std::ptrdiff_t>(at),
                                            uids.begin() + static_cast<std::ptrdiff_t>(
                                                               std::min(at + undo_messages_at_once, uids.size()))}));
        co_return Result<void>{};
    }

private:
    std::span<const LedgerEntry> entries_of(std::uint32_t uid) const {
        const auto some = std::ranges::equal_range(matched_, uid, {}, &LedgerEntry::destination_uid);
        return {some.begin(), some.end()};
    }
    const std::vector<std::string>& before(std::uint32_t uid) const { return pair_.before.at(uid); }
    std::uint32_t source_of(std::uint32_t uid) const {
        const auto entries = entries_of(uid);
        return entries.empty() ? 0 : entries.front().source_uid;
    }

    Awaitable<Result<void>> batch(std::vector<std::uint32_t> uids) {
        if (undo_.pass.ending()) co_return fail(ErrorKind::cancelled, Reach::account, "draining");
        GODWIT_CO_TRY(looked, co_await undo_.look_at(imap::UidSet::of(uids)));
        std::vector<std::uint32_t> restore;
        done_.clear();
        for (const auto uid : uids) {
            const auto found = looked.find(uid);
            // What stands there and is not to be read now is looked at by another undo pass.
            if (found == looked.end() && folder_.stands(uid)) continue;
            const auto* there = found == looked.end() ? nullptr : &found->second;
            const auto entries = entries_of(uid);
            auto step = entries.empty() && there ? UndoStep{UndoAct::leave, "the ledger does not know what its flags were set to"}
                                                 : undo_flags(entries, there, before(uid), folder_.rules);
            if (step.act == UndoAct::restore) restore.push_back(uid);
            if (step.act == UndoAct::forget) done_.push_back(uid);
            if (step.act == UndoAct::leave)
                GODWIT_CO_CHECK(co_await folder_.leave(undo_, pair_, source_of(uid), uid, std::move(step.why)));
        }
        GODWIT_CO_CHECK(co_await set_back(std::move(restore)));
        co_return co_await write_down();
    }

    Awaitable<Result<void>> set_back(std::vector<std::uint32_t> uids) {
        std::map<std::vector<std::string>, imap::UidSet> by_flags;
        for (const auto uid : uids) by_flags[storable_flags(before(uid), folder_.selected)].add(uid);
        std::string words;
        for (const auto& [flags, some] : by_flags) {
            if (undo_.dry()) break;
            GODWIT_CO_CHECK(undo_.pass.may_commit("UID STORE"));
            auto stored = co_await imap::uid_store_flags(undo_.pass.destination, some, flags);
            if (!stored && undo_.is_over(stored.error())) co_return stored;
            if (!stored) words = ": " + stored.error().cause;
        }
        co_return undo_.dry() ? co_await tell_restored(uids) : co_await look_again(std::move(uids), words);
    }

    Awaitable<Result<void>> look_again(std::vector<std::uint32_t> uids, const std::string& words) {
        if (uids.empty()) co_return Result<void>{};
        GODWIT_CO_TRY(flags, co_await undo_.flags_of(imap::UidSet::of(uids)));
        std::vector<std::uint32_t> restored;
        for (const auto uid : uids) {
            const auto there = flags.find(uid);
            if (there != flags.end() && there->second == storable_flags(before(uid), folder_.selected))
                restored.push_back(uid);
            else
                GODWIT_CO_CHECK(co_await folder_.leave(undo_, pair_, source_of(uid), uid,
                                                       "the server did not take the flags that it had" + words));
        }
        undo_.pass.count(report_.counters, &Counters::flags_updated, restored.size());
        done_.insert(done_.end(), restored.begin(), restored.end());
        co_return co_await tell_restored(restored);
    }

    Awaitable<Result<void>> tell_restored(std::vector<std::uint32_t> uids) {
        for (const auto uid : uids)
            GODWIT_CO_CHECK(co_await undo_.find(
                folder_.finding(undo_, pair_, FindingKind::flags_restored, source_of(uid), uid)));
        co_return Result<void>{};
    }

    // The ledger holds the flags that stand now, and no others from before.
    Awaitable<Result<void>> write_down() {
        if (undo_.dry() || done_.empty()) co_return Result<void>{};
        std::vector<LedgerEntry> entries;
        for (const auto uid : done_)
            for (auto entry : entries_of(uid)) {
                entry.flags = flag_bits(before(uid));
                entries.push_back(entry);
            }
        std::ranges::sort(entries, {}, &LedgerEntry::source_uid);
        GODWIT_CO_CHECK(co_await undo_.pass.ledger.finish(pair_.name, pair_.cursor, entries, {}));
        GODWIT_CO_CHECK(co_await undo_.pass.ledger.drop_facts(pair_.name, FactKind::flags_before, done_));
        for (const auto uid : done_) pair_.before.erase(uid);
        co_return Result<void>{};
    }

    UndoPass& undo_;
    UndoneFolder& folder_;
    UndoPair& pair_;
    FolderReport& report_;
    std::vector<LedgerEntry> matched_;   // by destination UID
    std::vector<std::uint32_t> done_;    // of the batch
};

}  // namespace

Awaitable<Result<void>> restore_flags(UndoPass& undo, UndoneFolder& folder, UndoPair& pair, FolderReport& report) {
    if (pair.before.empty()) co_return Result<void>{};
    FlagsUndo flags(undo, folder, pair, report);
    co_return co_await flags.run();
}

}  // namespace godwit::sync
