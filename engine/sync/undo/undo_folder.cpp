#include "engine/sync/undo/undo_folder.h"

#include "engine/sync/ledger_facts.h"
#include "engine/sync/listing.h"
#include "engine/sync/settle.h"
#include "engine/sync/undo/undo_flags.h"
#include "engine/sync/undo/undo_removal.h"
#include "engine/sync/undo/undo_unnamed.h"

namespace godwit::sync {
namespace {

constexpr std::size_t left_told_one_by_one = 100;   // of a folder that is another one now

bool is_put(const LedgerEntry& entry) { return entry.provenance == Provenance::put; }

class FolderUndo {
public:
    FolderUndo(UndoPass& undo, bool listed, FolderReport& report) : undo_(undo), pass_(undo.pass), listed_(listed), report_(report) {}

    Awaitable<Result<void>> run(const std::vector<FolderPair>& pairs) {
        for (const auto& pair : pairs) GODWIT_CO_CHECK(co_await load(pair));
        if (folder_.pairs.empty()) co_return Result<void>{};
        GODWIT_CO_TRY(there, co_await open());
        if (!there) co_return co_await forget_all();
        GODWIT_CO_CHECK(co_await leave_unknown_pairs());
        if (folder_.pairs.empty()) co_return Result<void>{};
        GODWIT_CO_CHECK(co_await settle());
        GODWIT_CO_TRY(listing, co_await list_whole_folder(pass_.destination, Side::destination, std::nullopt));
        folder_.listing = std::move(listing);
        folder_.note_names();
        GODWIT_CO_CHECK(co_await undo_unnamed(undo_, folder_, report_));
        for (auto& pair : folder_.pairs) GODWIT_CO_CHECK(co_await undo_entries(pair));
        for (auto& pair : folder_.pairs) GODWIT_CO_CHECK(co_await restore_flags(undo_, folder_, pair, report_));
        for (const auto& pair : folder_.pairs) GODWIT_CO_CHECK(co_await tell_moved(pair));
        for (auto& pair : folder_.pairs) GODWIT_CO_CHECK(co_await end(pair));
        co_return Result<void>{};
    }

private:
    // Those alone that there may be something to take back of.
    Awaitable<Result<void>> load(const FolderPair& name) {
        UndoPair pair{.name = name};
        GODWIT_CO_TRY(ledger, co_await pass_.ledger.load(name));
        GODWIT_CO_TRY(before, co_await load_flags_before(pass_.ledger, name));
        pair.entries = std::move(ledger.entries);
        pair.intents = std::move(ledger.intents);
        pair.before = std::move(before);
        GODWIT_CO_TRY(moved_from, co_await load_moved_from(pass_.ledger, name));
        pair.moved_from = std::move(moved_from);
        pair.cursor = ledger.cursor;
        // Whatever a later pass is told of this folder, it is not to believe that nothing has changed.
        pair.cursor.rest = {};
        pair.cursor.source_uidnext = 0;
        pair.cursor.source_highestmodseq = 0;
        const auto slowest = std::chrono::milliseconds(pair.cursor.slowest_append_ms);
        pass_.slowest_append = std::max<std::chrono::steady_clock::duration>(pass_.slowest_append, slowest);
        folder_.name = name.destination;
        const bool anything = !pair.before.empty() || !pair.moved_from.empty() || !pair.intents.empty() || std::ranges::any_of(pair.entries, is_put);
        (anything ? folder_.pairs : folder_.idle).push_back(std::move(pair));
        co_return Result<void>{};
    }

    // False: it is gone. Read-only where nothing will be changed.
    Awaitable<Result<bool>> open() {
        const bool plus = pass_.destination.has("UIDPLUS") || pass_.destination.has("IMAP4REV2");
        const bool flags = std::ranges::any_of(folder_.pairs, [](const auto& pair) { return !pair.before.empty(); });
        read_only_ = undo_.dry() || (!plus && !flags);
        auto selected = co_await imap::select(pass_.destination, folder_.name, read_only_);
        if (!selected && (listed_ || undo_.is_over(selected.error()))) co_return std::unexpected(selected.error());
        if (!selected) co_return false;
        folder_.selected = std::move(*selected);
        if (!plus) folder_.rules.why_not = "the server has no UIDPLUS: single messages cannot be removed";
        if (folder_.selected.read_only && !read_only_) folder_.rules.why_not = "the server lets the folder only be read";
        const std::vector<std::string> system{"\\Seen", "\\Answered", "\\Flagged", "\\Deleted", "\\Draft"};
        folder_.rules.storable = flag_bits(storable_flags(system, folder_.selected));
        co_return true;
    }

    Awaitable<Result<void>> forget_all() {
        report_.rule = "gone";
        report_.why = "the folder does not stand at the destination any more";
        if (undo_.dry()) co_return Result<void>{};
        for (const auto* some : {&folder_.pairs, &folder_.idle})
            for (const auto& pair : *some) GODWIT_CO_CHECK(co_await pass_.ledger.forget(pair.name));
        co_return Result<void>{};
    }

    // Whether the folder is the one that the ledger speaks of. A pair that never came to a receipt names none.
    bool is_known(const UndoPair& pair) const {
        const auto uidvalidity = folder_.selected.uidvalidity.value;
        if (pair.entries.empty() && pair.cursor.destination_uidvalidity == 0) return true;
        std::uint32_t highest = 0;
        for (const auto& entry : pair.entries) highest = std::max(highest, entry.destination_uid);
        const bool counter_stands = folder_.selected.uidnext == 0 || folder_.selected.uidnext > highest;
        return uidvalidity != 0 && pair.cursor.destination_uidvalidity == uidvalidity && counter_stands;
    }

    Awaitable<Result<void>> leave_unknown_pairs() {
        for (auto& pair : folder_.pairs) {
            if (is_known(pair)) continue;
            const auto count = static_cast<std::size_t>(std::ranges::count_if(pair.entries, is_put));
            auto finding = folder_.finding(undo_, pair, FindingKind::left);
            finding.detail = fmt::format("the folder was made anew since (its UIDVALIDITY or UIDNEXT says so): {} messages "
                                         "that were put there are not known again", count);
            GODWIT_CO_CHECK(co_await undo_.find(std::move(finding)));
            std::size_t told = 0;
            for (const auto& entry : pair.entries) {
                if (!is_put(entry) || told == left_told_one_by_one) continue;
                ++told;
                auto one = folder_.finding(undo_, pair, FindingKind::left, entry.source_uid, entry.destination_uid);
                one.detail = "the folder was made anew since";
                GODWIT_CO_CHECK(co_await undo_.find(std::move(one)));
            }
        }
        const auto unknown = std::ranges::partition(folder_.pairs, [this](const auto& pair) { return is_known(pair); });
        std::ranges::move(unknown, std::back_inserter(folder_.idle));
        folder_.pairs.erase(unknown.begin(), unknown.end());
        co_return Result<void>{};
    }

    // Appends of an earlier pass may still be on their way.
    Awaitable<Result<void>> settle() {
        std::optional<std::uint32_t> watermark;
        for (const auto& pair : folder_.pairs)
            if (std::ranges::any_of(pair.intents, &LedgerIntent::open))
                watermark = std::min(watermark.value_or(UINT32_MAX), pair.cursor.watermark);
        if (!watermark) co_return Result<void>{};
        co_return co_await settle_folder(pass_, folder_.name, *watermark, read_only_);
    }

    Awaitable<Result<void>> undo_entries(UndoPair& pair) {
        std::vector<LedgerEntry> batch;
        for (const auto& entry : pair.entries) {
            if (!is_put(entry) || entry.destination_uid == 0) continue;
            batch.push_back(entry);
            if (batch.size() < undo_messages_at_once) continue;
            GODWIT_CO_CHECK(co_await undo_batch(pair, std::exchange(batch, {})));
        }
        if (batch.empty()) co_return Result<void>{};
        co_return co_await undo_batch(pair, std::move(batch));
    }

    // Looked at right before it is decided on, so that what somebody does meanwhile is seen.
    Awaitable<Result<void>> undo_batch(UndoPair& pair, std::vector<LedgerEntry> batch) {
        if (pass_.ending()) co_return fail(ErrorKind::cancelled, Reach::account, "draining");
        std::vector<std::uint32_t> uids;
        for (const auto& entry : batch)
            if (folder_.stands(entry.destination_uid)) uids.push_back(entry.destination_uid);
        GODWIT_CO_TRY(looked, co_await undo_.look_at(imap::UidSet::of(std::move(uids))));
        Removal removal(undo_, folder_, report_);
        std::vector<std::uint32_t> gone;
        for (const auto& entry : batch) {
            const auto found = looked.find(entry.destination_uid);
            const bool unseen = found == looked.end() && folder_.stands(entry.destination_uid);
            const auto step = unseen ? UndoStep{UndoAct::leave, "the server lists it and does not give its headers"}
                                     : undo_put(entry, found == looked.end() ? nullptr : &found->second,
                                                folder_.shared.contains(entry.destination_uid), folder_.rules);
            if (step.act == UndoAct::forget) gone.push_back(entry.source_uid);
            if (step.act == UndoAct::remove) removal.add(pair, entry.source_uid, entry.destination_uid, found->second.flags);
            if (step.act == UndoAct::leave)
                GODWIT_CO_CHECK(co_await folder_.leave(undo_, pair, entry.source_uid, entry.destination_uid, step.why));
        }
        GODWIT_CO_CHECK(co_await removal.run());
        for (const auto& entry : batch)
            if (removal.gone().contains(entry.destination_uid)) gone.push_back(entry.source_uid);
        co_return co_await drop(pair, std::move(gone));
    }

    // They were there before us, and went along with their messages at the source: not back again, since their owner may have
    // come to look for them here.
    Awaitable<Result<void>> tell_moved(const UndoPair& pair) {
        for (const auto& [uid, folder] : pair.moved_from)
            if (folder_.stands(uid))
                GODWIT_CO_CHECK(co_await folder_.leave(undo_, pair, 0, uid,
                                                       fmt::format("it was there before, in \"{}\"", undo_.display_name(folder))));
        co_return Result<void>{};
    }

    Awaitable<Result<void>> drop(UndoPair& pair, std::vector<std::uint32_t> gone) {
        if (undo_.dry() || gone.empty()) co_return Result<void>{};
        pair.gone += gone.size();
        co_return co_await pass_.ledger.finish(pair.name, pair.cursor, {}, gone);
    }

    // What is left of a pair is accounted for by what was listed; one with nothing left is as if it had never been.
    Awaitable<Result<void>> end(UndoPair& pair) {
        if (undo_.dry()) co_return Result<void>{};
        if (pair.gone == pair.entries.size() && pair.intents.empty() && pair.before.empty())
            co_return co_await pass_.ledger.forget(pair.name);
        if (pair.cursor.destination_uidvalidity == 0) co_return Result<void>{};
        if (!folder_.listing.messages.empty() && !pair.in_question)
            pair.cursor.watermark = std::max(pair.cursor.watermark, folder_.listing.messages.back().uid);
        co_return co_await pass_.ledger.finish(pair.name, pair.cursor, {}, {});
    }

    UndoPass& undo_;
    Pass& pass_;
    const bool listed_;
    FolderReport& report_;
    UndoneFolder folder_;
    bool read_only_ = true;
};

}  // namespace

Awaitable<Result<void>> undo_folder(UndoPass& undo, const std::vector<FolderPair>& pairs, bool listed, FolderReport& report) {
    FolderUndo folder(undo, listed, report);
    co_return co_await folder.run(pairs);
}

}  // namespace godwit::sync
