#include "engine/sync/explain.h"

#include <algorithm>

namespace godwit::sync {

Explanation explain(const FolderListing& source, const FolderListing& destination,
                    std::span<const LedgerEntry> entries) {
    Explanation out;
    std::vector<bool> taken(destination.messages.size());
    auto entry = entries.begin();
    Index next = 0;   // copies mostly stand in the order of their originals
    const auto place_of = [&](const LedgerEntry& known) {
        const bool guessed = next < taken.size() && destination.messages[next].uid == known.destination_uid;
        const auto there = guessed ? std::optional(next) : index_of(destination, known.destination_uid);   // 0 is the UID of none
        if (there) {
            taken[*there] = true;
            next = *there + 1;
        }
        return there;
    };
    out.known.reserve(std::min(entries.size(), source.messages.size()));
    if (entries.empty()) out.unledgered.reserve(source.messages.size());
    for (Index i = 0; i < source.messages.size(); ++i) {
        const auto uid = source.messages[i].uid;
        for (; entry != entries.end() && entry->source_uid < uid; ++entry) place_of(*entry);   // gone from the source
        if (entry == entries.end() || entry->source_uid != uid) {
            out.unledgered.push_back(i);
            continue;
        }
        const auto there = place_of(*entry);
        if (there)
            out.known.emplace_back(i, *there);
        else if (entry->destination_uid == 0 && has_copy(entry->provenance))
            out.unlocated.push_back(i);
        else
            out.removed.push_back(i);
        ++entry;
    }
    for (; entry != entries.end(); ++entry) place_of(*entry);
    out.unexplained.reserve(static_cast<std::size_t>(std::ranges::count(taken, false)));
    for (Index i = 0; i < destination.messages.size(); ++i)
        if (!taken[i]) out.unexplained.push_back(i);
    return out;
}

bool is_believed(const LedgerFolder& ledger, FolderFacts source, FolderFacts destination) {
    const auto& known = ledger.cursor;
    if (known.source_uidvalidity != source.uidvalidity || known.destination_uidvalidity != destination.uidvalidity)
        return false;
    if (source.uidvalidity == 0 || destination.uidvalidity == 0) return false;
    std::uint32_t highest = known.watermark, highest_source = 0;
    for (const auto& entry : ledger.entries) highest = std::max(highest, entry.destination_uid);
    if (!ledger.entries.empty()) highest_source = ledger.entries.back().source_uid;
    if (known.source_uidnext > 0) highest_source = std::max(highest_source, known.source_uidnext - 1);
    const bool counters_stand = source.uidnext > highest_source && destination.uidnext > highest;
    return counters_stand && known.source_highestmodseq <= source.highestmodseq;
}

}  // namespace godwit::sync
