#include "engine/sync/memory_ledger.h"

#include <algorithm>

namespace godwit::sync {

Awaitable<Result<LedgerFolder>> MemoryLedger::load(const FolderPair& pair) {
    const auto found = folders_.find(pair);
    co_return found == folders_.end() ? LedgerFolder{} : found->second;
}

Awaitable<Result<void>> MemoryLedger::intend(const FolderPair& pair, std::span<const LedgerIntent> intents) {
    auto& kept = folders_[pair].intents;
    kept.insert(kept.end(), intents.begin(), intents.end());
    co_return Result<void>{};
}

Awaitable<Result<void>> MemoryLedger::record(const FolderPair& pair, const FolderCursor& cursor,
                                             std::span<const LedgerEntry> entries) {
    auto& folder = folders_[pair];
    folder.cursor = cursor;
    for (const auto& entry : entries) {
        std::erase_if(folder.intents, [&](const auto& intent) { return intent.source_uid == entry.source_uid; });
        const auto place = std::ranges::lower_bound(folder.entries, entry.source_uid, {}, &LedgerEntry::source_uid);
        if (place != folder.entries.end() && place->source_uid == entry.source_uid)
            *place = entry;
        else
            folder.entries.insert(place, entry);
    }
    co_return Result<void>{};
}

Awaitable<Result<void>> MemoryLedger::finish(const FolderPair& pair, const FolderCursor& cursor,
                                             std::span<const std::uint32_t> gone) {
    auto& folder = folders_[pair];
    folder.cursor = cursor;
    folder.intents.clear();
    std::erase_if(folder.entries, [&](const auto& entry) { return std::ranges::find(gone, entry.source_uid) != gone.end(); });
    co_return Result<void>{};
}

Awaitable<Result<void>> MemoryLedger::forget(const FolderPair& pair) {
    folders_.erase(pair);
    co_return Result<void>{};
}

}  // namespace godwit::sync
