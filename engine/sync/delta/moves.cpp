#include "engine/sync/delta/moves.h"

#include <algorithm>
#include <unordered_set>

#include "engine/base/log.h"
#include "engine/sync/delta/move_plan.h"
#include "engine/sync/delta/rest.h"
#include "engine/sync/ledger_facts.h"
#include "engine/sync/listing.h"

namespace godwit::sync {
namespace {

constexpr std::size_t moved_at_once = 500;

// A folder pair that messages have gone from, or come to.
struct Place {
    FolderPair pair;
    FolderCursor cursor;
    LedgerFolder ledger;                 // of strays
    imap::UidValidity uidvalidity{};     // of newcomers, at the source
};

class AccountMoves {
public:
    AccountMoves(Pass& pass, DestinationFolders& folders, const std::map<FolderPair, LedgerPair>& known)
        : pass_(pass), folders_(folders), known_(known) {}

    Awaitable<Result<std::map<FolderPair, std::uint64_t>>> run() {
        if (!is_possible()) co_return std::move(moved_);
        find_places();
        if (left_.empty() || reached_.empty()) co_return std::move(moved_);
        GODWIT_CO_CHECK(co_await find_strays());
        if (stray_hashes_.empty()) co_return std::move(moved_);
        GODWIT_CO_CHECK(co_await find_newcomers());
        if (newcomers_.empty()) co_return std::move(moved_);
        for (std::size_t i = 0; i < left_.size(); ++i) GODWIT_CO_CHECK(co_await move_from(i));
        co_return std::move(moved_);
    }

private:
    bool is_possible() const {
        const auto& options = pass_.request.options;
        const bool keeps_dates = options.syncinternaldates && !options.idatefromheader;
        return pass_.request.kind == PassKind::sync && pass_.state.tells_changes && !options.dry && keeps_dates &&
               pass_.destination.has("MOVE") && pass_.destination.has("UIDPLUS");
    }

    void find_places() {
        for (const auto& [pair, known] : known_) {
            if (pair.destination.empty() || known.in_doubt || !folders_.has(pair.destination)) continue;
            const auto* there = folders_.status_there(pair.destination);
            const auto* here = folders_.status_at_source(pair.source);
            if (!there || there->uidvalidity != known.cursor.destination_uidvalidity) continue;
            const bool gone = !folders_.is_at_source(pair.source);
            const bool shrunk = here && here->uidvalidity == known.cursor.source_uidvalidity &&
                                vanished_at_least(known.cursor, *here) > 0;
            if (gone || shrunk) left_.push_back({pair, known.cursor, {}, {}});
            highest_rung_ = std::max(highest_rung_, known.cursor.key_rung);
        }
        for (const auto& folder : folders_.mapped().folders) {
            const FolderPair pair{folder.source, folder.destination};
            if (!folder.selectable || folder.merged || !has_newcomers(folder, pair)) continue;
            const auto known = known_.find(pair);
            reached_.push_back({pair, known == known_.end() ? FolderCursor{} : known->second.cursor, {}, {}});
        }
    }

    // And everything in its destination folder is accounted for.
    bool has_newcomers(const MappedFolder& folder, const FolderPair& pair) const {
        const auto* here = folders_.status_at_source(folder.source);
        const auto known = known_.find(pair);
        if (!here || here->messages == 0) return false;
        if (known == known_.end()) return folders_.is_empty_there(folder);
        const auto* there = folders_.status_there(folder.destination);
        const auto& cursor = known->second.cursor;
        const bool accounted_for = there && !known->second.in_doubt && cursor.rest.options != 0 && cursor.rest.foreign == 0 &&
                                   there->uidvalidity == cursor.destination_uidvalidity &&
                                   there->uidnext == cursor.rest.destination_uidnext;
        return accounted_for && here->uidvalidity == cursor.source_uidvalidity && here->uidnext > cursor.source_uidnext;
    }

    Awaitable<Result<void>> find_strays() {
        for (auto& place : left_) {
            if (place.cursor.key_rung != highest_rung_) continue;
            GODWIT_CO_TRY(ledger, co_await pass_.ledger.load(place.pair));
            place.ledger = std::move(ledger);
            std::optional<imap::UidSet> standing = imap::UidSet();
            if (folders_.is_at_source(place.pair.source)) {
                GODWIT_CO_TRY(found, co_await standing_at_source(place));
                standing = std::move(found);
            }
            std::erase_if(place.ledger.entries, [&](const auto& entry) {
                return !standing || standing->contains(entry.source_uid) || !has_copy(entry.provenance) ||
                       entry.destination_uid == 0;
            });
            for (const auto& entry : place.ledger.entries) stray_hashes_.insert(entry.key_hash);
        }
        co_return Result<void>{};
    }

    // Nothing where the server contradicts itself: what it leaves out would look as if it had gone.
    Awaitable<Result<std::optional<imap::UidSet>>> standing_at_source(const Place& place) {
        GODWIT_CO_TRY(selection, co_await imap::Selection::send(pass_.source, place.pair.source, true));
        auto all = co_await imap::uid_search_all(pass_.source);
        auto selected = co_await selection->answer();
        if (pass_.source.broken()) co_return std::unexpected(pass_.source.error());
        if (!selected || selected->uidvalidity.value != place.cursor.source_uidvalidity) co_return std::nullopt;
        if (!all || all->size() != pass_.source.exists()) co_return std::nullopt;
        co_return std::move(*all);
    }

    Awaitable<Result<void>> find_newcomers() {
        for (std::size_t i = 0; i < reached_.size(); ++i) {
            auto& place = reached_[i];
            GODWIT_CO_TRY(selection, co_await imap::Selection::send(pass_.source, place.pair.source, true));
            const auto first = std::max<std::uint32_t>(1, place.cursor.source_uidnext);
            auto listing = co_await list_folder(pass_.source, first, pass_.keys_at(highest_rung_));
            auto selected = co_await selection->answer();
            if (pass_.source.broken()) co_return std::unexpected(pass_.source.error());
            if (!selected || !listing) continue;
            place.uidvalidity = selected->uidvalidity;
            for (std::uint32_t at = 0; at < listing->messages.size(); ++at)
                if (stray_hashes_.contains(listing->key(at).hash()))
                    newcomers_.push_back({i, listing->messages[at].uid, listing->key(at), listing->messages[at].size,
                                          listing->messages[at].internal_date});
        }
        co_return Result<void>{};
    }

    // Copies of one folder that somebody may be looking for, as they stand at the destination.
    Awaitable<Result<std::vector<MoveCandidate>>> strays_of(std::size_t index) {
        std::unordered_set<std::uint64_t> wanted;
        for (const auto& newcomer : newcomers_) wanted.insert(newcomer.key.hash());
        std::vector<std::uint32_t> uids;
        for (const auto& entry : left_[index].ledger.entries)
            if (wanted.contains(entry.key_hash)) uids.push_back(entry.destination_uid);
        std::vector<MoveCandidate> strays;
        if (uids.empty()) co_return strays;
        GODWIT_CO_TRY(selection, co_await imap::Selection::send(pass_.destination, left_[index].pair.destination, false));
        FolderListing listing;
        auto listed = co_await add_messages(pass_.destination, imap::UidSet::of(std::move(uids)), listing,
                                            pass_.keys_at(highest_rung_));
        auto selected = co_await selection->answer();
        if (pass_.destination.broken()) co_return std::unexpected(pass_.destination.error());
        if (!listed || !selected || selected->uidvalidity.value != left_[index].cursor.destination_uidvalidity) co_return strays;
        listing.sort();
        for (std::uint32_t i = 0; i < listing.messages.size(); ++i)
            strays.push_back({index, listing.messages[i].uid, listing.key(i), listing.messages[i].size,
                              listing.messages[i].internal_date});
        co_return strays;
    }

    Awaitable<Result<void>> move_from(std::size_t index) {
        GODWIT_CO_TRY(strays, co_await strays_of(index));
        std::map<std::size_t, std::vector<PlannedMove>> by_target;
        for (const auto& move : plan_moves(newcomers_, strays))
            if (reached_[newcomers_[move.newcomer].folder].pair.destination != left_[index].pair.destination)
                by_target[newcomers_[move.newcomer].folder].push_back(move);
        std::vector<std::size_t> used;
        for (const auto& [target, moves] : by_target)
            for (std::size_t at = 0; at < moves.size(); at += moved_at_once) {
                if (pass_.ending()) co_return fail(ErrorKind::cancelled, Reach::account, "draining");
                const auto some = std::span(moves).subspan(at, std::min(moved_at_once, moves.size() - at));
                GODWIT_CO_TRY(done, co_await move_some(left_[index], reached_[target], some, strays));
                if (done)
                    for (const auto& move : some) used.push_back(move.newcomer);
            }
        std::ranges::sort(used, std::ranges::greater{});
        for (const auto newcomer : used) newcomers_.erase(newcomers_.begin() + static_cast<std::ptrdiff_t>(newcomer));
        co_return Result<void>{};
    }

    struct Batch {
        imap::UidSet uids;                         // of the copies
        std::vector<LedgerEntry> entries;          // as they will be, with the old UIDs of the copies
        std::vector<LedgerIntent> intents;
        std::vector<std::uint32_t> intended, gone; // source UIDs: new, old
        std::uint64_t bytes = 0;
    };

    Batch batch_of(const Place& from, std::span<const PlannedMove> moves, const std::vector<MoveCandidate>& strays) const {
        Batch batch;
        for (const auto& move : moves) {
            const auto& stray = strays[move.stray];
            const auto& newcomer = newcomers_[move.newcomer];
            const auto known = std::ranges::find(from.ledger.entries, stray.uid, &LedgerEntry::destination_uid);
            batch.gone.push_back(known->source_uid);
            batch.uids.add(stray.uid);
            batch.bytes += newcomer.size;
            batch.entries.push_back({newcomer.uid, stray.uid, known->provenance, known->flags, known->key_hash});
            // What was there before us must not come to look as if we had put it.
            if (known->provenance != Provenance::put) continue;
            batch.intents.push_back({newcomer.uid, known->key_hash, newcomer.size});
            batch.intended.push_back(newcomer.uid);
        }
        std::ranges::sort(batch.entries, {}, &LedgerEntry::source_uid);
        return batch;
    }

    // As if the pass before had left the folder without them: if it comes back with all it had, that is to be noticed.
    static void take_out(FolderRest& rest, const Batch& batch) {
        const auto less = [](auto& number, std::uint64_t by) { number -= std::min<std::uint64_t>(number, by); };
        less(rest.source_messages, batch.gone.size());
        less(rest.source_bytes, batch.bytes);
        less(rest.destination_messages, batch.gone.size());
    }

    // False: the server has refused, and nothing was moved.
    Awaitable<Result<bool>> move_some(Place& from, Place& to, std::span<const PlannedMove> moves,
                                      const std::vector<MoveCandidate>& strays) {
        auto batch = batch_of(from, moves, strays);
        GODWIT_CO_CHECK(co_await pass_.ledger.intend(to.pair, batch.intents));
        GODWIT_CO_CHECK(pass_.may_commit());
        auto done = co_await imap::uid_move(pass_.destination, batch.uids, to.pair.destination);
        if (!done && pass_.destination.broken()) co_return std::unexpected(done.error());
        if (!done) {
            GODWIT_CO_CHECK(co_await pass_.ledger.withdraw(to.pair, batch.intended));
            log_line(LogLevel::warn, "the destination does not move messages",
                     {{"migration", pass_.context.subject}, {"error", done.error().to_string()}});
            co_return false;
        }
        GODWIT_CO_CHECK(co_await write_down(from, to, batch, *done));
        moved_[to.pair] += moves.size();
        pass_.report.counters.messages_moved += moves.size();
        co_return true;
    }

    Awaitable<Result<void>> write_down(Place& from, Place& to, Batch& batch, const imap::MovedMessages& moved) {
        std::map<std::uint32_t, std::uint32_t> of_others;   // that were there before us
        for (auto& entry : batch.entries) {
            const auto place = moved.uids.find(entry.destination_uid);
            if (place != moved.uids.end() && entry.provenance == Provenance::matched) of_others.insert(*place);
            entry.destination_uid = place == moved.uids.end() ? 0 : place->second;   // the folder's pass looks for it
        }
        if (to.cursor == FolderCursor{}) {
            to.cursor.source_uidvalidity = to.uidvalidity.value;
            to.cursor.destination_uidvalidity = moved.uidvalidity.value;
            to.cursor.key_rung = highest_rung_;
        }
        GODWIT_CO_CHECK(co_await pass_.ledger.record(to.pair, to.cursor, batch.entries));
        GODWIT_CO_CHECK(co_await carry_facts(pass_.ledger, from.pair, to.pair, of_others));
        std::ranges::sort(batch.gone);
        take_out(from.cursor.rest, batch);
        co_return co_await pass_.ledger.finish(from.pair, from.cursor, {}, batch.gone);
    }

    Pass& pass_;
    DestinationFolders& folders_;
    const std::map<FolderPair, LedgerPair>& known_;
    KeyRung highest_rung_ = 0;
    std::vector<Place> left_, reached_;
    std::unordered_set<std::uint64_t> stray_hashes_;
    std::vector<MoveCandidate> newcomers_;
    std::map<FolderPair, std::uint64_t> moved_;
};

}  // namespace

Awaitable<Result<std::map<FolderPair, std::uint64_t>>> move_copies(Pass& pass, DestinationFolders& folders,
                                                                   const std::map<FolderPair, LedgerPair>& known) {
    AccountMoves moves(pass, folders, known);
    co_return co_await moves.run();
}

}  // namespace godwit::sync
