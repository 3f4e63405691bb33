#include "engine/sync/delta/changes.h"

#include <algorithm>

#include "engine/base/in_parallel.h"
#include "engine/sync/listing.h"

namespace godwit::sync {
namespace {

using imap::UidSet;

constexpr std::size_t sample_pairs = 32;

std::uint64_t less(std::uint64_t a, std::uint64_t b) { return a > b ? a - b : 0; }

UidSet uids_of(const FolderListing& listing) {
    std::vector<std::uint32_t> uids;
    for (const auto& message : listing.messages) uids.push_back(message.uid);
    return UidSet::of(std::move(uids));
}

// One side: what the last pass knew, what SELECT says, what was found out since.
struct ChangedSide {
    imap::Session& session;
    const imap::SelectedFolder& selected;
    std::uint64_t modseq;      // of the last pass
    std::uint32_t uidnext;     // likewise
    std::uint64_t messages;    // likewise
    FolderListing& listing;    // gets what has to be looked at
    UidSet listed{};
    std::optional<UidSet> all{};   // where it was asked for

    Awaitable<Result<void>> list_changed() {
        if (selected.highestmodseq.value == modseq && selected.uidnext == uidnext && selected.exists == messages)
            co_return Result<void>{};
        GODWIT_CO_CHECK(co_await add_changed_since(session, modseq, listing));
        listing.sort();
        listed = uids_of(listing);
        co_return Result<void>{};
    }

    // As many as the last pass left, and those that have come until SELECT.
    bool adds_up() const {
        const auto fresh = std::ranges::count_if(listing.messages, [&](const auto& message) {
            return message.uid >= uidnext && message.uid < selected.uidnext;
        });
        return selected.exists == messages + static_cast<std::uint64_t>(fresh);
    }

    Awaitable<Result<void>> search(bool needed) {
        if (!needed) co_return Result<void>{};
        GODWIT_CO_TRY(found, co_await imap::uid_search_all(session));
        all = std::move(found);
        co_return Result<void>{};
    }
    // A search that finds another number of messages than there are cannot say what has gone.
    bool is_sound() const { return !all || all->size() == session.exists(); }
    bool has_gone(std::uint32_t uid) const { return all && !all->contains(uid); }

    Awaitable<Result<void>> list(const std::vector<std::uint32_t>& wanted) {
        std::vector<std::uint32_t> missing;
        for (const auto uid : wanted)
            if (uid != 0 && !listed.contains(uid) && !has_gone(uid)) missing.push_back(uid);
        if (missing.empty()) co_return Result<void>{};
        GODWIT_CO_CHECK(co_await add_messages(session, UidSet::of(std::move(missing)), listing));
        listing.sort();
        listed = uids_of(listing);
        co_return Result<void>{};
    }
};

class FolderChanges {
public:
    FolderChanges(Pass& pass, const LedgerFolder& ledger, const imap::SelectedFolder& source,
                  const imap::SelectedFolder& destination)
        : pass_(pass), entries_(ledger.entries), cursor_(ledger.cursor), rest_(ledger.cursor.rest),
          source_{pass.source, source, cursor_.source_highestmodseq, cursor_.source_uidnext, rest_.source_messages, out_.source},
          destination_{pass.destination, destination, rest_.destination_highestmodseq, rest_.destination_uidnext,
                       rest_.destination_messages, out_.destination} {
        std::vector<std::uint32_t> uids;
        for (const auto& entry : entries_)
            if (entry.destination_uid != 0) uids.push_back(entry.destination_uid);
        copies_ = UidSet::of(std::move(uids));
    }

    Awaitable<Result<std::optional<ListedFolders>>> run() {
        GODWIT_CO_CHECK(co_await on_both(source_.list_changed(), destination_.list_changed()));
        const bool source_unclear = !source_.adds_up() || rest_.without_entry > 0;
        const bool destination_unclear = !destination_.adds_up() || (rest_.foreign > 0 && has_new_at_source());
        GODWIT_CO_CHECK(co_await on_both(source_.search(source_unclear), destination_.search(destination_unclear)));
        if (!source_.is_sound() || !destination_.is_sound()) co_return std::nullopt;
        choose_sample();
        const auto here = wanted_at_source();
        const auto there = wanted_at_destination(UidSet::of(here));
        GODWIT_CO_CHECK(co_await on_both(source_.list(here), destination_.list(there)));
        count_unlisted();
        co_return std::move(out_);
    }

private:
    Awaitable<Result<void>> on_both(Awaitable<Result<void>> here, Awaitable<Result<void>> there) {
        auto [source, destination] = co_await in_parallel(pass_.context.executor, std::move(here), std::move(there));
        GODWIT_CO_CHECK(std::move(source));
        co_return destination;
    }

    const LedgerEntry* entry_of(std::uint32_t uid) const { return find_by_source_uid(entries_, uid); }

    bool has_new_at_source() const {
        return rest_.without_entry > 0 || std::ranges::any_of(out_.source.messages, [&](const auto& message) {
            return entry_of(message.uid) == nullptr;
        });
    }

    // A source message has no copy that stands.
    bool looks_for_copies() const {
        return has_new_at_source() || std::ranges::any_of(entries_, [&](const auto& entry) {
                   const auto copy = entry.destination_uid;
                   return has_copy(entry.provenance) && (copy == 0 || destination_.has_gone(copy)) &&
                          !source_.has_gone(entry.source_uid);
               });
    }

    // Where those may be matched with others, some known pairs tell whether sizes and dates arrive unchanged (match.h).
    void choose_sample() {
        const bool others = rest_.foreign > 0 || std::ranges::any_of(out_.destination.messages, [&](const auto& message) {
            return !copies_.contains(message.uid);
        });
        if (!others || !looks_for_copies()) return;
        for (auto entry = entries_.rbegin(); entry != entries_.rend() && sample_.size() < sample_pairs; ++entry)
            if (has_copy(entry->provenance) && entry->destination_uid != 0 && !source_.has_gone(entry->source_uid) &&
                !destination_.has_gone(entry->destination_uid))
                sample_.push_back(entry->source_uid);
    }

    // Partners of what has changed or gone at the destination, copies that have no UID yet, and what no entry names.
    std::vector<std::uint32_t> wanted_at_source() const {
        std::vector<std::uint32_t> wanted = sample_;
        for (const auto& entry : entries_) {
            const auto copy = entry.destination_uid;
            const bool looked_at = copy == 0 || destination_.listed.contains(copy) || destination_.has_gone(copy);
            if (has_copy(entry.provenance) && looked_at) wanted.push_back(entry.source_uid);
        }
        if (!source_.all) return wanted;
        for (const auto& range : source_.all->ranges())
            for (std::uint64_t uid = range.first; uid <= range.last; ++uid)
                if (!entry_of(static_cast<std::uint32_t>(uid))) wanted.push_back(static_cast<std::uint32_t>(uid));
        return wanted;
    }

    // Partners of what is looked at here, and what belongs to no entry: all of it where a source message looks for its copy,
    // else what is new.
    std::vector<std::uint32_t> wanted_at_destination(const UidSet& here) const {
        std::vector<std::uint32_t> wanted;
        for (const auto& entry : entries_)
            if (here.contains(entry.source_uid) || source_.listed.contains(entry.source_uid)) wanted.push_back(entry.destination_uid);
        if (!destination_.all) return wanted;
        const bool foreign_too = looks_for_copies();
        for (const auto& range : destination_.all->ranges())
            for (std::uint64_t at = range.first; at <= range.last; ++at) {
                const auto uid = static_cast<std::uint32_t>(at);
                if (!copies_.contains(uid) && (foreign_too || uid > cursor_.watermark)) wanted.push_back(uid);
            }
        return wanted;
    }

    void count_unlisted() {
        std::uint64_t there = 0, removed = 0, bytes = 0;   // of what is listed and was there in the last pass
        for (const auto& message : out_.source.messages) {
            const auto* entry = message.uid < cursor_.source_uidnext ? entry_of(message.uid) : nullptr;
            if (!entry) continue;
            ++(has_copy(entry->provenance) ? there : removed);
            bytes += message.size;
        }
        auto& unlisted = out_.unlisted;
        unlisted.removed = less(rest_.removed, removed);
        unlisted.there = less(rest_.source_messages, std::uint64_t{rest_.removed} + there);
        unlisted.bytes = less(rest_.source_bytes, bytes);
        if (source_.all) count_unlisted_at_source();
        count_unlisted_at_destination();
    }

    void count_unlisted_at_source() {
        auto& unlisted = out_.unlisted;
        unlisted.there = unlisted.removed = 0;
        for (const auto& entry : entries_)
            if (source_.all->contains(entry.source_uid) && !source_.listed.contains(entry.source_uid))
                ++(has_copy(entry.provenance) ? unlisted.there : unlisted.removed);
        const auto messages = std::max<std::uint64_t>(rest_.source_messages, 1);
        unlisted.bytes = static_cast<std::uint64_t>(static_cast<double>(rest_.source_bytes) / static_cast<double>(messages) *
                                                    static_cast<double>(unlisted.there + unlisted.removed));
    }

    void count_unlisted_at_destination() {
        auto& unlisted = out_.unlisted;
        const auto& listed = out_.destination.messages;
        const auto foreign = std::ranges::count_if(listed, [&](const auto& message) {
            return message.uid < rest_.destination_uidnext && !copies_.contains(message.uid);
        });
        unlisted.foreign = less(rest_.foreign, static_cast<std::uint64_t>(foreign));
        const auto late = std::ranges::count_if(listed, [&](const auto& message) {
            return message.uid >= destination_.selected.uidnext;
        });
        const auto all = destination_.all ? destination_.all->size()
                                          : destination_.selected.exists + static_cast<std::uint64_t>(late);
        unlisted.destination = less(all, listed.size());
        if (!destination_.all) return;
        unlisted.foreign = 0;
        for (const auto& range : destination_.all->ranges())
            for (std::uint64_t at = range.first; at <= range.last; ++at) {
                const auto uid = static_cast<std::uint32_t>(at);
                unlisted.foreign += !copies_.contains(uid) && !destination_.listed.contains(uid);
            }
    }

    Pass& pass_;
    const std::vector<LedgerEntry>& entries_;
    const FolderCursor& cursor_;
    const FolderRest& rest_;
    ListedFolders out_;
    ChangedSide source_, destination_;
    UidSet copies_;   // destination UIDs of all entries
    std::vector<std::uint32_t> sample_;   // source UIDs
};

}  // namespace

Awaitable<Result<std::optional<ListedFolders>>> list_changes(Pass& pass, const LedgerFolder& ledger,
                                                             const imap::SelectedFolder& source,
                                                             const imap::SelectedFolder& destination) {
    FolderChanges changes(pass, ledger, source, destination);
    co_return co_await changes.run();
}

}  // namespace godwit::sync
