#include "engine/sync/delta/folder_end.h"

#include <algorithm>
#include <numeric>

#include "engine/sync/listing.h"

namespace godwit::sync {

FolderEnd::FolderEnd(const Comparison& comparison, const FolderPlan& plan, const imap::SelectedFolder& source,
                     const imap::SelectedFolder& destination, std::uint32_t watermark)
    : destination_(destination), watermark_(watermark) {
    rest_.source_messages = source.exists;
    rest_.source_bytes = comparison.unlisted.bytes;
    for (const auto& message : comparison.source.messages)
        if (message.uid < source.uidnext) rest_.source_bytes += message.size;
    rest_.removed = static_cast<std::uint32_t>(plan.removed.size() + comparison.unlisted.removed);
    rest_.foreign = static_cast<std::uint32_t>(plan.foreign + comparison.unlisted.foreign);
    rest_.destination_messages =
        static_cast<std::uint32_t>(comparison.destination.messages.size() + comparison.unlisted.destination);
    rest_.destination_uidnext = std::max(destination.uidnext, watermark + 1);
    rest_.destination_highestmodseq = destination.highestmodseq.value;
}

void FolderEnd::add(const Arrivals& arrived) {
    changed_ = true;
    rest_.destination_messages += arrived.messages;
    rest_.foreign += arrived.foreign;
    rest_.destination_uidnext = std::max(rest_.destination_uidnext, arrived.last_uid + 1);
    known_modseq_ = std::max(known_modseq_, arrived.highestmodseq);
}

Awaitable<Result<FolderRest>> FolderEnd::rest(Pass& pass, const FolderReport& report, std::uint64_t options) {
    rest_.options = options;
    const auto& skipped = report.skipped;
    const auto left_out = std::accumulate(skipped.begin(), skipped.end(), std::uint64_t{0}) -
                          skipped[static_cast<std::size_t>(SkipReason::removed_at_destination)];
    rest_.without_entry = static_cast<std::uint32_t>(left_out + report.counters.messages_failed);
    rest_.removed += static_cast<std::uint32_t>(report.counters.messages_filtered);
    if (options != 0) GODWIT_CO_CHECK(co_await find_modseq(pass));
    co_return rest_;
}

Awaitable<Result<void>> FolderEnd::find_modseq(Pass& pass) {
    auto& modseq = rest_.destination_highestmodseq;
    if (modseq == 0 || (!changed_ && set_flags_.empty())) co_return Result<void>{};
    std::uint64_t highest = std::max(modseq, known_modseq_);
    if (watermark_ > 0) {
        GODWIT_CO_TRY(changed, co_await list_flags_changed_since(pass.destination, watermark_, modseq));
        for (std::size_t i = 0; i < changed.uids.size(); ++i) {
            const auto ours = set_flags_.find(changed.uids[i]);
            const auto& flags = changed.table.at(changed.flags[i]);
            // Somebody else's change: the next pass is to see it.
            if (ours == set_flags_.end() || storable_flags(flags, destination_) != storable_flags(ours->second, destination_))
                co_return Result<void>{};
        }
        highest = std::max(highest, changed.highestmodseq);
    }
    modseq = highest;
    co_return Result<void>{};
}

}  // namespace godwit::sync
