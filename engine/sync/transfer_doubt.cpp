// What became of appends that no answer speaks of, and whether stored copies can be known again.
#include <algorithm>

#include "engine/sync/compare.h"
#include "engine/sync/settle.h"
#include "engine/sync/transfer.h"

namespace godwit::sync {
namespace {

// Copies read back before a folder class counts as checked; with fewer the next folder of the class goes on.
constexpr std::size_t copies_read_back = 20;

}  // namespace

// After refused batches: waits until the folder stands still, and looks which of their messages are there. Those that are
// not are sent again.
Awaitable<Result<void>> FolderTransfer::settle_batch() {
    if (in_doubt_.empty()) co_return Result<void>{};
    GODWIT_CO_CHECK(co_await store_receipts());
    GODWIT_CO_CHECK(co_await settle_folder(pass_, pair_.destination, receipts_.start()));
    GODWIT_CO_TRY(listing, co_await list_folder(pass_.destination, receipts_.start() + 1, pass_.keys()));
    Indexes sources, there;
    for (const auto& item : in_doubt_) sources.push_back(item.index);
    sources.insert(sources.end(), unlocated_.begin(), unlocated_.end());
    std::ranges::sort(sources);
    GODWIT_CO_CHECK(co_await fetch_keys_where_missing(pass_, source_, sources));
    for (Index i = 0; i < listing.messages.size(); ++i)
        if (!receipts_.is_ours(listing.messages[i].uid)) there.push_back(i);
    GODWIT_CO_TRY(pairs, co_await match_messages(pass_, source_, sources, listing, there, {}));
    for (auto& item : std::exchange(in_doubt_, {})) {
        const auto found = std::ranges::lower_bound(pairs, std::pair{item.index, Index{0}});
        const bool present = found != pairs.end() && found->first == item.index;
        apply(item, present ? AppendEvent::seen_present : AppendEvent::seen_absent);
        if (present) {
            add_receipt(item, listing.messages[found->second].uid);
            continue;
        }
        doubts_[item.index] = item.state.doubts;
        again_.push_back(item.index);
    }
    std::ranges::sort(again_);
    co_return co_await store_receipts();
}

void FolderTransfer::note_for_identity(Index index, std::string_view header) {
    if (identity_checked_ || probes_.size() >= 2 * copies_read_back) return;
    Probe probe{index, {}};
    for (KeyRung rung = 0; rung <= lowest_rung; ++rung) probe.keys[rung] = pass_.keys_at(rung).key(header);
    probes_.push_back(probe);
}

// Enough of them are there: they are read back while the copy goes on.
void FolderTransfer::located_for_identity(Index index, std::uint32_t uid) {
    if (identity_checked_) return;
    for (auto& probe : probes_)
        if (probe.index == index && probe.uid == 0) {
            probe.uid = uid;
            ++probes_located_;
        }
    if (probes_located_ < copies_read_back || stopped_) return;
    identity_checked_ = true;
    identity_check_.spawn("read copies back", check_identity());
}

Awaitable<void> FolderTransfer::check_identity() {
    std::vector<Probe> located;
    std::ranges::copy_if(probes_, std::back_inserter(located), [](const Probe& probe) { return probe.uid != 0; });
    if (auto checked = co_await read_back(std::move(located)); !checked) stop(checked.error());
}

// The brake's first half: the first copies are read back and keyed. A destination that rewrites key headers is found
// before a rerun could take its copies for foreign mail.
Awaitable<Result<void>> FolderTransfer::read_back(std::vector<Probe> located) {
    std::ranges::sort(located, {}, &Probe::uid);
    FolderListing stored;
    Indexes all;
    for (const auto& probe : located) {
        all.push_back(static_cast<Index>(stored.messages.size()));
        stored.messages.push_back({.uid = probe.uid});
    }
    for (KeyRung rung = pass_.rung; rung <= lowest_rung; ++rung) {
        GODWIT_CO_CHECK(co_await fetch_keys(pass_.destination, stored, all, pass_.keys_at(rung)));
        std::size_t seen = 0, same = 0;
        for (const Index i : all) {
            seen += stored.key(i) != MessageKey{};
            same += stored.key(i) == located[i].keys[rung];
        }
        if (same * 2 < seen) continue;
        if (rung != pass_.rung) go_down_to(rung);
        co_return Result<void>{};
    }
    pass_.issue({ErrorKind::identity_mismatch, Reach::folder, display_name_, 0, 0,
                 "the destination changes the headers that tell messages apart: only the ledger knows what was copied"});
    co_return Result<void>{};
}

// Keys that were listed are of another rung from now on; what needs them fetches them again.
void FolderTransfer::go_down_to(KeyRung rung) {
    use_rung(pass_, rung);
    cursor_.key_rung = rung;
    source_.keys.clear();
}

}  // namespace godwit::sync
