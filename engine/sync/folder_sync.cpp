#include "engine/sync/folder_sync.h"

#include <algorithm>

#include "engine/base/in_parallel.h"
#include "engine/sync/compare.h"
#include "engine/sync/delta/changes.h"
#include "engine/sync/delta/folder_end.h"
#include "engine/sync/delta/rest.h"
#include "engine/sync/flag_sync.h"
#include "engine/sync/folder_close.h"
#include "engine/sync/ledger_facts.h"
#include "engine/sync/message_facts.h"
#include "engine/sync/open_folder.h"
#include "engine/sync/put_before.h"
#include "engine/sync/settle.h"
#include "engine/sync/transfer.h"

namespace godwit::sync {
namespace {

constexpr std::size_t entries_at_once = 8192;   // written down in one go

class FolderSync {
public:
    FolderSync(Pass& pass, const MappedFolder& mapped, FolderReport& report, bool empty_there)
        : pass_(pass), mapped_(mapped), pair_{mapped.source, mapped.destination}, report_(report), counters_(report.counters),
          empty_there_(empty_there) {}

    Awaitable<Result<void>> run() {
        const bool dry_run = pass_.request.options.dry;
        const bool there = mapped_.exists || !dry_run;
        GODWIT_CO_CHECK(co_await open(there));
        if (there) GODWIT_CO_CHECK(co_await consult_ledger());
        GODWIT_CO_TRY(comparison, co_await compare(there));
        comparison_ = std::move(comparison);
        comparison_.source.flags.replace([&](auto flags) { return pass_.rules.flags.apply(std::move(flags)); });
        GODWIT_CO_TRY(facts, co_await message_facts(pass_, mapped_.source_display, mapped_.destination, there,
                                                    comparison_.source));
        plan_ = plan_folder(comparison_, destination_, ledger_.entries, pass_.request.options, facts);
        count_plan();
        report_unreadable();
        if (dry_run) co_return Result<void>{};
        GODWIT_CO_CHECK(co_await write_down());
        end_.emplace(comparison_, plan_, source_, destination_, cursor_.watermark);
        let_go();
        GODWIT_CO_CHECK(co_await copy());
        if (auto ended = co_await end(); !ended) {
            if (!last_receipts_.empty()) GODWIT_CO_CHECK(co_await pass_.ledger.record(pair_, cursor_, last_receipts_));
            co_return ended;
        }
        if (!notes_.empty() || may_have_notes()) GODWIT_CO_CHECK(co_await replace_notes(pass_.ledger, pair_, notes_));
        co_return co_await pass_.ledger.finish(pair_, cursor_, last_receipts_, {});
    }

private:
    Awaitable<Result<void>> open(bool destination_there) {
        // Nothing stands there: no keys will be needed, and the listing need not wait for that.
        const bool condstore = pass_.ledger.lasts();
        auto source_selected = empty_there_ ? select_and_list(pass_.source, mapped_.source, condstore, listed_ahead_)
                                            : select_folder(pass_.source, mapped_.source, true, condstore);
        if (!destination_there) {
            GODWIT_CO_TRY(source, co_await std::move(source_selected));
            source_ = std::move(source);
            co_return Result<void>{};
        }
        auto [source, destination] = co_await in_parallel(pass_.context.executor, std::move(source_selected),
                                                          select_folder(pass_.destination, mapped_.destination, false, condstore));
        if (!source) co_return std::unexpected(source.error());
        if (!destination) co_return std::unexpected(destination.error());
        source_ = std::move(*source);
        destination_ = std::move(*destination);
        co_return Result<void>{};
    }

    // Appends of an earlier pass may still be on their way: nothing is listed before the folder stands still.
    Awaitable<Result<void>> consult_ledger() {
        GODWIT_CO_TRY(known, co_await pass_.ledger.load(pair_));
        ledger_ = std::move(known);
        const auto& cursor = ledger_.cursor;
        pass_.rung = std::max(pass_.rung, std::min(cursor.key_rung, lowest_rung));
        pass_.slowest_append =
            std::max<std::chrono::steady_clock::duration>(pass_.slowest_append,
                                                          std::chrono::milliseconds(cursor.slowest_append_ms));
        const bool fresh = ledger_.entries.empty() && cursor == FolderCursor{};
        const bool believed = fresh || is_believed(ledger_, facts_of(source_), facts_of(destination_));
        if (std::ranges::any_of(ledger_.intents, &LedgerIntent::open))
            GODWIT_CO_CHECK(co_await settle_folder(pass_, pair_.destination, believed ? cursor.watermark : 0));
        if (believed) co_return Result<void>{};
        GODWIT_CO_TRY(put, co_await PutBefore::forget(pass_, pair_, ledger_, destination_));
        put_before_ = std::move(put);
        ledger_ = {};
        co_return Result<void>{};
    }

    // Only what has changed, where that can be told.
    Awaitable<Result<Comparison>> compare(bool there) {
        const bool changes = there && !listed_ahead_ && !mapped_.merged && pass_.state.tells_changes && ledger_.intents.empty() &&
                             can_tell_changes(ledger_.cursor, source_, destination_, pass_.state.rest_options);
        if (changes) {
            GODWIT_CO_TRY(listed, co_await list_changes(pass_, ledger_, source_, destination_));
            if (listed) co_return co_await compare_listed(pass_, ledger_, std::move(*listed));
        }
        co_return co_await compare_folder(pass_, ledger_, there, !mapped_.merged_with.empty(), std::move(listed_ahead_));
    }

    // Of an earlier pass: a folder that was left whole has none.
    bool may_have_notes() const {
        const auto& rest = ledger_.cursor.rest;
        return ledger_.cursor != FolderCursor{} && (rest.options == 0 || rest.without_entry > 0 || rest.removed > 0);
    }

    Awaitable<Result<void>> end() {
        GODWIT_CO_CHECK(co_await update_flags());
        cursor_.source_uidnext = source_.uidnext;
        cursor_.source_highestmodseq = source_.highestmodseq.value;
        const auto options = mapped_.merged || !pass_.ledger.lasts() ? 0 : pass_.state.rest_options;
        GODWIT_CO_TRY(rest, co_await end_->rest(pass_, report_, options));
        cursor_.rest = rest;
        co_return Result<void>{};
    }

    const ListedMessage& source_message(Index i) const { return comparison_.source.messages[i]; }
    const ListedMessage& destination_message(Index i) const { return comparison_.destination.messages[i]; }
    const LedgerEntry* entry_of(std::uint32_t source_uid) const { return find_by_source_uid(ledger_.entries, source_uid); }

    void count_plan() {
        Counters planned;
        const auto& unlisted = comparison_.unlisted;
        planned.messages_total = comparison_.source.messages.size() + unlisted.there + unlisted.removed;
        planned.bytes_total = unlisted.bytes;
        for (const auto& message : comparison_.source.messages) planned.bytes_total += message.size;
        planned.messages_matched = plan_.there.size() + unlisted.there;
        planned.messages_foreign = plan_.foreign + unlisted.foreign;
        counters_ += planned;
        if (unlisted.removed > 0) pass_.count_skipped(report_, SkipReason::removed_at_destination, unlisted.removed);
        pass_.report.counters += planned;
        for (const Index i : plan_.there) {
            tell(i, Outcome::already_there);
            remember_for_later_folders(pass_, comparison_.source, i);
        }
        for (const auto& [i, reason] : plan_.skipped) skip(i, reason);
        for (const Index i : plan_.removed) skip(i, SkipReason::removed_at_destination);
        pass_.progress();
    }

    void skip(Index i, SkipReason reason) {
        pass_.count_skipped(report_, reason);
        tell(i, Outcome::skipped, name_of(reason));
    }
    void tell(Index i, Outcome outcome, std::string_view reason = {}, std::string_view words = {}) {
        pass_.outcome(mapped_.source_display, source_message(i).uid, source_message(i).size, outcome, reason, words);
    }

    void report_unreadable() {
        for (const Index i : comparison_.unreadable) {
            pass_.issue({ErrorKind::message_gone, Reach::message, mapped_.source_display, source_message(i).uid,
                         source_message(i).size, "the source listed the message and did not give its headers"});
            pass_.count(counters_, &Counters::messages_failed);
            tell(i, Outcome::failed, name_of(ErrorKind::message_gone));
            notes_.push_back({source_message(i).uid, std::string(name_of(ErrorKind::message_gone)),
                              "the source listed the message and did not give its headers"});
        }
    }

    // What the comparison has found out, before anything else is done: matches, appends that had arrived after all, copies
    // that were removed. Everything that stands at the destination is accounted for with that.
    Awaitable<Result<void>> write_down() {
        cursor_ = ledger_.cursor;
        cursor_.source_uidvalidity = source_.uidvalidity.value;
        cursor_.rest.options = 0;   // until the folder's end
        cursor_.destination_uidvalidity = destination_.uidvalidity.value;
        cursor_.key_rung = pass_.rung;
        GODWIT_CO_CHECK(co_await record_found());
        co_return co_await clear_late_duplicates();
    }

    // Some thousand at a time; the watermark rises with the last of them.
    Awaitable<Result<void>> record_found() {
        std::vector<LedgerEntry> entries;
        for (const auto& [from, to] : comparison_.found) {
            if (entries.size() == entries_at_once) {
                GODWIT_CO_CHECK(co_await pass_.ledger.record(pair_, cursor_, entries));
                entries.clear();
            }
            const auto uid = destination_message(to).uid;
            put_before_.found(uid, comparison_.source.key(from).hash());
            entries.push_back(ledger_entry(comparison_.source, from, uid, provenance_of(source_message(from).uid, uid)));
        }
        note_removed(entries);
        if (!comparison_.destination.messages.empty())
            cursor_.watermark = std::max(cursor_.watermark, comparison_.destination.messages.back().uid);
        if (entries.empty()) co_return Result<void>{};
        co_return co_await pass_.ledger.record(pair_, cursor_, entries);
    }

    Provenance provenance_of(std::uint32_t source_uid, std::uint32_t destination_uid) const {
        if (put_before_.contains(destination_uid)) return Provenance::put;
        const auto* known = entry_of(source_uid);
        if (known && has_copy(known->provenance)) return known->provenance;
        const auto* intent = find_by_source_uid(ledger_.intents, source_uid);
        return intent && intent->open ? Provenance::put : Provenance::matched;
    }

    void note_removed(std::vector<LedgerEntry>& entries) {
        for (const Index i : plan_.removed) {
            const auto* known = entry_of(source_message(i).uid);
            if (!known || !has_copy(known->provenance)) continue;
            entries.push_back(*known);
            entries.back().provenance = Provenance::removed;
            pass_.removed.push_back(
                {mapped_.source_display, known->source_uid, source_message(i).size, known->key_hash});
        }
    }

    // What the comparison has found for a source message, or null.
    const Pair* found_of(std::uint32_t source_uid) const {
        const auto index = index_of(comparison_.source, source_uid);
        if (!index) return nullptr;
        const auto pair = std::ranges::lower_bound(comparison_.found, *index, {}, &Pair::first);
        return pair == comparison_.found.end() || pair->first != *index ? nullptr : &*pair;
    }

    // Messages that are there, and of which another append had been given up.
    std::vector<Doubted> doubted_before() const {
        std::vector<Doubted> out;
        for (auto intent : ledger_.intents) {
            if (intent.doubts == 0) continue;
            std::uint32_t uid = 0;
            // The intent of a message that streamed was written before its header was seen.
            if (const auto* found = found_of(intent.source_uid)) {
                uid = destination_message(found->second).uid;
                intent.key_hash = comparison_.source.key(found->first).hash();
            } else if (const auto* known = entry_of(intent.source_uid)) {
                uid = known->destination_uid;
                intent.key_hash = known->key_hash;
            }
            if (uid != 0) out.push_back({intent, uid});
        }
        return out;
    }

    Awaitable<Result<void>> clear_late_duplicates() {
        doubted_ = doubted_before();
        std::vector<bool> found(comparison_.destination.messages.size());
        for (const auto& [from, to] : comparison_.found) found[to] = true;
        std::vector<Unexplained> left;
        for (const Index i : comparison_.explained.unexplained) {
            const auto& key = comparison_.destination.key(i);
            if (!found[i] && key != MessageKey{}) left.push_back({destination_message(i).uid, key.hash()});
        }
        GODWIT_CO_TRY(removed, co_await remove_late_duplicates(pass_, pair_, mapped_.source_display, doubted_, left));
        for (const auto& message : left)
            if (message.uid > ledger_.cursor.watermark && !removed.contains(message.uid))
                pass_.arrived.emplace(message.key_hash, mapped_.destination_display);
        co_return Result<void>{};
    }

    // What a copy, which may take days, has no use for.
    void let_go() {
        comparison_.explained = Explanation();
        comparison_.found = Pairs();
        plan_.there = plan_.removed = Indexes();
        plan_.skipped = decltype(plan_.skipped)();
        if (!plan_.reflag.empty()) return;
        comparison_.destination = FolderListing();
        ledger_.entries = std::vector<LedgerEntry>();
    }

    // An open intent that was not found is one append more that may still arrive.
    std::map<std::uint32_t, std::uint32_t> doubts() const {
        std::map<std::uint32_t, std::uint32_t> out;
        for (const auto& intent : ledger_.intents)
            if (const auto count = intent.doubts + intent.open; count > 0) out[intent.source_uid] = count;
        return out;
    }

    Awaitable<Result<void>> copy() {
        if (plan_.copy.empty()) co_return Result<void>{};
        if (pass_.request.options.idatefromheader)
            GODWIT_CO_CHECK(co_await fetch_header_dates(pass_.source, comparison_.source, plan_.copy));
        const TransferFolder folder{pair_, mapped_.source_display, comparison_.source, source_, destination_, cursor_, report_};
        FolderTransfer transfer(pass_, folder, doubts(), doubted_);
        auto copied = co_await transfer.run(plan_.copy);
        if (copied) copied = co_await close(folder, transfer);
        auto last = co_await transfer.end(copied.has_value());
        std::ranges::move(transfer.notes(), std::back_inserter(notes_));
        if (copied && last) last_receipts_ = std::move(*last);
        if (copied && !last) copied = std::unexpected(last.error());
        co_return copied;
    }

    Awaitable<Result<void>> close(const TransferFolder& folder, FolderTransfer& transfer) {
        GODWIT_CO_TRY(arrived, co_await close_folder(pass_, folder, transfer));
        end_->add(arrived);
        co_return Result<void>{};
    }

    // Flags of messages that are there; the ledger learns what they were set to.
    Awaitable<Result<void>> update_flags() {
        FlagSync flags(pass_, mapped_.source_display, destination_);
        for (std::size_t at = 0; at < plan_.reflag.size(); at += entries_at_once)
            GODWIT_CO_CHECK(co_await update_some_flags(
                flags, std::span(plan_.reflag).subspan(at, std::min(entries_at_once, plan_.reflag.size() - at))));
        co_return Result<void>{};
    }

    Awaitable<Result<void>> update_some_flags(FlagSync& flags, std::span<const Pair> pairs) {
        std::vector<FlagWish> wishes;
        std::vector<LedgerEntry> entries;
        FlagsByUid before;   // of messages that are not ours
        for (const auto& [from, to] : pairs) {
            const auto uid = destination_message(to).uid;
            wishes.push_back({source_message(from).uid, uid, &comparison_.source.flags.at(source_message(from).flags), {}});
            end_->add_flags(uid, *wishes.back().flags);
            entries.push_back(ledger_entry(comparison_.source, from, uid, provenance_of(source_message(from).uid, uid)));
            if (const auto* known = entry_of(source_message(from).uid)) entries.back().key_hash = known->key_hash;
            if (entries.back().provenance == Provenance::matched && pass_.ledger.lasts())
                before[uid] = comparison_.destination.flags.at(destination_message(to).flags);
        }
        if (!before.empty()) GODWIT_CO_CHECK(co_await keep_flags_before(pass_.ledger, pair_, before));
        const bool additive = pass_.request.options.resyncflags == ResyncFlags::additive;
        GODWIT_CO_CHECK(co_await flags.set(wishes, additive ? imap::StoreMode::add : imap::StoreMode::replace));
        pass_.count(counters_, &Counters::flags_updated, wishes.size());
        // Mostly few: they are stored with the folder's end.
        last_receipts_.insert(last_receipts_.end(), entries.begin(), entries.end());
        if (last_receipts_.size() < entries_at_once) co_return Result<void>{};
        co_return co_await pass_.ledger.record(pair_, cursor_, std::exchange(last_receipts_, {}));
    }

    Pass& pass_;
    const MappedFolder& mapped_;
    const FolderPair pair_;
    FolderReport& report_;
    Counters& counters_;
    const bool empty_there_;   // the destination, as it was told before
    std::optional<FolderListing> listed_ahead_;
    imap::SelectedFolder source_, destination_;
    LedgerFolder ledger_;
    PutBefore put_before_;
    Comparison comparison_;
    FolderPlan plan_;
    FolderCursor cursor_;
    std::vector<Doubted> doubted_;
    std::optional<FolderEnd> end_;
    std::vector<LedgerEntry> last_receipts_;   // to be stored with the folder's end
    std::vector<MessageNote> notes_;           // why messages have no copy
};

}  // namespace

Awaitable<Result<void>> sync_folder(Pass& pass, const MappedFolder& mapped, FolderReport& folder, bool empty_there) {
    FolderSync sync(pass, mapped, folder, empty_there);
    co_return co_await sync.run();
}

}  // namespace godwit::sync
