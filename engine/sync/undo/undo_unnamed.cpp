#include "engine/sync/undo/undo_unnamed.h"

#include <algorithm>

#include "engine/sync/undo/undo_removal.h"

namespace godwit::sync {
namespace {

bool is_unlocated(const LedgerEntry& entry) { return entry.provenance == Provenance::put && entry.destination_uid == 0; }

class UnnamedUndo {
public:
    UnnamedUndo(UndoPass& undo, UndoneFolder& folder, FolderReport& report) : undo_(undo), folder_(folder), report_(report) {}

    Awaitable<Result<void>> run() {
        for (std::size_t i = 0; i < folder_.pairs.size(); ++i) gather(i);
        if (unnamed_.empty()) co_return Result<void>{};
        GODWIT_CO_CHECK(co_await look_for_strays());
        const auto steps = undo_strays(strays_, unnamed_, folder_.rules);
        GODWIT_CO_CHECK(co_await remove(steps));
        GODWIT_CO_CHECK(co_await settle_receipts(steps));
        for (std::size_t i = 0; i < folder_.pairs.size() && !undo_.dry(); ++i) GODWIT_CO_CHECK(co_await write_down(i));
        co_return Result<void>{};
    }

private:
    void gather(std::size_t index) {
        const auto& pair = folder_.pairs[index];
        Unnamed one{.pair = index, .watermark = pair.cursor.watermark};
        for (const auto& intent : pair.intents) {
            // The intent of a message that streamed was written before its header was seen.
            const auto* entry = find_by_source_uid(pair.entries, intent.source_uid);
            one.source_uid = intent.source_uid;
            one.key_hash = intent.key_hash == 0 && entry ? entry->key_hash : intent.key_hash;
            one.size = intent.size;
            one.copies = intent.doubts + intent.open;
            unnamed_.push_back(one);
        }
        one.size = one.copies = 0;
        for (const auto& entry : pair.entries) {
            if (!is_unlocated(entry)) continue;
            one.source_uid = entry.source_uid;
            one.key_hash = entry.key_hash;
            one.receipt = entry;
            unnamed_.push_back(one);
        }
    }

    // Messages that no entry names: above the watermarks, or all where a receipt has to be found.
    Awaitable<Result<void>> look_for_strays() {
        std::uint32_t above = UINT32_MAX;
        std::unordered_set<std::uint64_t> keys, sizes;
        for (const auto& one : unnamed_) {
            above = std::min(above, one.receipt ? 0 : one.watermark);
            (one.key_hash != 0 ? keys : sizes).insert(one.key_hash != 0 ? one.key_hash : one.size);
        }
        std::vector<ListedMessage> some;
        for (const auto& message : folder_.listing.messages) {
            if (message.uid <= above || folder_.named.contains(message.uid)) continue;
            some.push_back(message);
            if (some.size() == undo_messages_at_once) GODWIT_CO_CHECK(co_await look_at(std::exchange(some, {}), keys, sizes));
        }
        co_return co_await look_at(std::move(some), keys, sizes);
    }

    Awaitable<Result<void>> look_at(std::vector<ListedMessage> some, const std::unordered_set<std::uint64_t>& keys,
                                    const std::unordered_set<std::uint64_t>& sizes) {
        if (undo_.pass.ending()) co_return fail(ErrorKind::cancelled, Reach::account, "draining");
        std::vector<std::uint32_t> uids;
        for (const auto& message : some) uids.push_back(message.uid);
        GODWIT_CO_TRY(looked, co_await undo_.look_at(imap::UidSet::of(std::move(uids))));
        for (const auto& message : some) {
            const auto found = looked.find(message.uid);
            if (found == looked.end()) continue;
            const bool keyed = std::ranges::any_of(found->second.key_hashes, [&](auto hash) { return keys.contains(hash); });
            if (keyed || sizes.contains(message.size)) strays_.push_back({message.uid, message.size, std::move(found->second)});
        }
        co_return Result<void>{};
    }

    Awaitable<Result<void>> remove(const std::vector<StrayStep>& steps) {
        for (std::size_t at = 0; at < steps.size(); at += undo_messages_at_once) {
            if (undo_.pass.ending()) co_return fail(ErrorKind::cancelled, Reach::account, "draining");
            Removal removal(undo_, folder_, report_);
            const auto some = std::span(steps).subspan(at, std::min(undo_messages_at_once, steps.size() - at));
            for (const auto& [stray, unnamed, step] : some) {
                const auto& what = unnamed_[unnamed];
                auto& pair = folder_.pairs[what.pair];
                pair.in_question = pair.in_question || step.act == UndoAct::leave;
                if (step.act == UndoAct::remove)
                    removal.add(pair, what.source_uid, strays_[stray].uid, strays_[stray].standing.flags);
                else
                    GODWIT_CO_CHECK(co_await folder_.leave(undo_, pair, what.source_uid, strays_[stray].uid, step.why));
            }
            GODWIT_CO_CHECK(co_await removal.run());
            for (const auto& [stray, unnamed, step] : some)
                if (removal.gone().contains(strays_[stray].uid)) taken_[unnamed] += 1;
        }
        co_return Result<void>{};
    }

    // Receipts that found no message: it is gone, or it cannot be told which one it is.
    Awaitable<Result<void>> settle_receipts(const std::vector<StrayStep>& steps) {
        for (std::size_t i = 0; i < unnamed_.size(); ++i) {
            const auto& one = unnamed_[i];
            if (!one.receipt || std::ranges::find(steps, i, &StrayStep::unnamed) != steps.end()) continue;
            const bool alike = std::ranges::any_of(strays_, [&](const auto& stray) {
                return std::ranges::find(stray.standing.key_hashes, one.key_hash) != stray.standing.key_hashes.end();
            });
            if (!alike) {
                taken_[i] += 1;
                continue;
            }
            folder_.pairs[one.pair].in_question = true;
            GODWIT_CO_CHECK(co_await folder_.leave(undo_, folder_.pairs[one.pair], one.source_uid, 0,
                                                   "no answer named its UID, and it cannot be told which message it is"));
        }
        co_return Result<void>{};
    }

    // Entries of receipts go; of intents the doubts stay, closed.
    Awaitable<Result<void>> write_down(std::size_t index) {
        auto& pair = folder_.pairs[index];
        std::vector<std::uint32_t> gone, resolved;
        std::map<std::uint32_t, std::uint32_t> arrived;
        for (const auto& [i, count] : taken_) {
            if (unnamed_[i].pair != index) continue;
            if (unnamed_[i].receipt)
                gone.push_back(unnamed_[i].source_uid);
            else
                arrived[unnamed_[i].source_uid] += count;
        }
        for (auto& intent : pair.intents) {
            intent.doubts += intent.open;
            intent.open = false;
            intent.doubts -= std::min(intent.doubts, arrived[intent.source_uid]);
            if (intent.doubts == 0) resolved.push_back(intent.source_uid);
        }
        if (!pair.intents.empty()) GODWIT_CO_CHECK(co_await undo_.pass.ledger.intend(pair.name, pair.intents));
        if (!resolved.empty()) GODWIT_CO_CHECK(co_await undo_.pass.ledger.withdraw(pair.name, resolved));
        std::erase_if(pair.intents, [](const auto& intent) { return intent.doubts == 0; });
        if (gone.empty()) co_return Result<void>{};
        pair.gone += gone.size();
        co_return co_await undo_.pass.ledger.finish(pair.name, pair.cursor, {}, gone);
    }

    UndoPass& undo_;
    UndoneFolder& folder_;
    FolderReport& report_;
    std::vector<Unnamed> unnamed_;
    std::vector<Stray> strays_;
    std::map<std::size_t, std::uint32_t> taken_;   // by index of unnamed_: messages that went
};

}  // namespace

Awaitable<Result<void>> undo_unnamed(UndoPass& undo, UndoneFolder& folder, FolderReport& report) {
    UnnamedUndo unnamed(undo, folder, report);
    co_return co_await unnamed.run();
}

}  // namespace godwit::sync
