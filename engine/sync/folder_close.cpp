#include "engine/sync/folder_close.h"

#include <algorithm>

#include "engine/sync/compare.h"
#include "engine/sync/flag_sync.h"
#include "engine/sync/message_facts.h"

namespace godwit::sync {
namespace {

class FolderClose {
public:
    FolderClose(Pass& pass, const TransferFolder& folder, FolderTransfer& transfer)
        : pass_(pass), folder_(folder), pair_(folder.pair), display_name_(folder.display_name), source_(folder.source),
          transfer_(transfer), cursor_(folder.cursor), counters_(folder.report.counters), unlocated_(transfer.unlocated()) {
        std::ranges::sort(unlocated_);
    }

    Awaitable<Result<Arrivals>> run() {
        // Not before the last APPEND was answered: Dovecot lets a FETCH overtake the commands that wait for its next sync.
        GODWIT_CO_TRY(polled, co_await imap::start_noop(pass_.destination));
        GODWIT_CO_CHECK(co_await look());
        GODWIT_CO_CHECK(co_await polled->answer());
        GODWIT_CO_CHECK(co_await transfer_.identity_known());
        if (is_something_missing()) GODWIT_CO_CHECK(co_await look());   // some show a message one command later
        if (is_something_missing()) GODWIT_CO_CHECK(co_await look_anew());
        GODWIT_CO_CHECK(co_await name_the_others());
        report_filtered();
        GODWIT_CO_CHECK(co_await set_flags_right());
        cursor_.watermark = receipts().watermark();
        if (!listed_.uids.empty()) cursor_.watermark = std::max(cursor_.watermark, listed_.uids.back());
        transfer_.add_receipts(entries_);
        co_return arrivals();
    }

private:
    const Receipts& receipts() const { return transfer_.receipts(); }

    Awaitable<Result<void>> look() {
        const bool modseq = folder_.destination_folder.highestmodseq.value != 0 && pass_.ledger.lasts();
        GODWIT_CO_TRY(listed, co_await list_flags_above(pass_.destination, receipts().start(), modseq));
        listed_ = std::move(listed);
        others_.clear();
        std::ranges::copy_if(listed_.uids, std::back_inserter(others_), [&](auto uid) { return !receipts().is_ours(uid); });
        co_return Result<void>{};
    }

    // Mailutils never shows what arrived in the second in which the folder was selected, until it is selected again.
    Awaitable<Result<void>> look_anew() {
        GODWIT_CO_TRY(selected, co_await imap::select(pass_.destination, pair_.destination, false));
        if (selected.uidvalidity != folder_.destination_folder.uidvalidity) co_return Result<void>{};
        co_return co_await look();
    }

    Arrivals arrivals() const {
        Arrivals out;
        if (!listed_.uids.empty()) out.last_uid = listed_.uids.back();
        out.messages = static_cast<std::uint32_t>(listed_.uids.size() - late_removed_);
        out.foreign = static_cast<std::uint32_t>(others_.size() - found_.size() - late_removed_);
        out.highestmodseq = listed_.highestmodseq;
        return out;
    }

    bool is_something_missing() const {
        return listed_.uids.size() - others_.size() < receipts().ours().size() || others_.size() < unlocated_.size();
    }

    // Which of the other messages are ours without a name, which came late, and which are foreign.
    Awaitable<Result<void>> name_the_others() {
        if (others_.empty() || (unlocated_.empty() && transfer_.doubted().empty())) co_return Result<void>{};
        GODWIT_CO_TRY(listing, co_await list_folder(pass_.destination, others_.front(), pass_.keys()));
        Indexes candidates;
        for (Index i = 0; i < listing.messages.size(); ++i)
            if (!receipts().is_ours(listing.messages[i].uid)) candidates.push_back(i);
        GODWIT_CO_CHECK(co_await locate(listing, candidates));
        std::vector<Unexplained> unexplained;
        for (const Index i : candidates)
            if (!named_.contains(listing.messages[i].uid))
                unexplained.push_back({listing.messages[i].uid, listing.key(i).hash()});
        auto removed = co_await remove_late_duplicates(pass_, pair_, display_name_, transfer_.doubted(), unexplained);
        if (!removed) co_return std::unexpected(removed.error());
        late_removed_ = removed->size();
        co_return Result<void>{};
    }

    // Down the ladder as long as fewer than half are found: a destination without UIDPLUS that rewrites headers.
    Awaitable<Result<void>> locate(FolderListing& listing, const Indexes& candidates) {
        if (unlocated_.empty()) co_return Result<void>{};
        GODWIT_CO_CHECK(co_await fetch_keys_where_missing(pass_, source_, unlocated_));
        Pairs pairs;
        for (KeyRung rung = pass_.rung;; ++rung) {
            GODWIT_CO_TRY(found, co_await match_messages(pass_, source_, unlocated_, listing, candidates, {}));
            pairs = std::move(found);
            const bool enough = pairs.size() * 2 >= std::min(unlocated_.size(), candidates.size());
            if (enough) use_rung(pass_, rung);
            if (enough || rung == lowest_rung) break;
            GODWIT_CO_CHECK(co_await fetch_keys(pass_.source, source_, unlocated_, pass_.keys_at(rung + 1)));
            GODWIT_CO_CHECK(co_await fetch_keys(pass_.destination, listing, candidates, pass_.keys_at(rung + 1)));
        }
        cursor_.key_rung = pass_.rung;
        std::erase_if(unlocated_, [&](Index i) { return std::ranges::binary_search(pairs, i, {}, &Pair::first); });
        for (const auto& [from, to] : pairs) {
            named_.add(listing.messages[to].uid);
            entries_.push_back(ledger_entry(source_, from, listing.messages[to].uid, Provenance::put));
            found_.emplace_back(from, listing.messages[to].uid);
        }
        co_return Result<void>{};
    }

    // Of everything that was put and is known by its UID.
    Awaitable<Result<void>> set_flags_right() {
        auto put = transfer_.located();
        put.insert(put.end(), found_.begin(), found_.end());
        Indexes indexes;
        for (const auto& [index, uid] : put) indexes.push_back(index);
        std::ranges::sort(indexes);
        GODWIT_CO_CHECK(co_await fetch_keys_where_missing(pass_, source_, indexes));   // another rung since
        FlagSync flags(pass_, display_name_, folder_.destination_folder);
        std::vector<FlagWish> wishes;
        for (const auto& [index, uid] : put) {
            const auto& message = source_.messages[index];
            const FlagWish wish{message.uid, uid, &source_.flags.at(message.flags), source_.key(index)};
            if (flags.is_unfulfilled(wish, listed_)) wishes.push_back(wish);
            remember_for_later_folders(pass_, source_, index);
        }
        co_return co_await flags.set_right(wishes, listed_);
    }

    // What the server said OK to and does not show.
    void report_filtered() {
        for (const Index index : unlocated_) filtered(index, 0);
        if (listed_.uids.size() - others_.size() >= receipts().ours().size()) return;
        for (const auto& [index, uid] : transfer_.located())
            if (!std::ranges::binary_search(listed_.uids, uid) && uid > receipts().start()) filtered(index, uid);
    }

    void filtered(Index index, std::uint32_t uid) {
        const auto& message = source_.messages[index];
        pass_.issue({ErrorKind::accepted_then_removed, Reach::message, display_name_, message.uid, message.size,
                     "the destination took the message and does not show it"});
        pass_.count(counters_, &Counters::messages_filtered);
        transfer_.note(index, name_of(ErrorKind::accepted_then_removed));
        entries_.push_back(ledger_entry(source_, index, uid, Provenance::filtered));
    }

    Pass& pass_;
    const TransferFolder& folder_;
    const FolderPair& pair_;
    const std::string& display_name_;
    FolderListing& source_;
    FolderTransfer& transfer_;
    FolderCursor& cursor_;
    Counters& counters_;
    Indexes unlocated_;
    FlaggedUids listed_;                   // above the start
    std::vector<std::uint32_t> others_;    // those without a receipt
    std::vector<std::pair<Index, std::uint32_t>> found_;   // ours that no answer named
    imap::UidSet named_;
    std::size_t late_removed_ = 0;
    std::vector<LedgerEntry> entries_;
};

}  // namespace

Awaitable<Result<Arrivals>> close_folder(Pass& pass, const TransferFolder& folder, FolderTransfer& transfer) {
    FolderClose close(pass, folder, transfer);
    co_return co_await close.run();
}

}  // namespace godwit::sync
