#include "engine/sync/memory_ledger.h"

#include <algorithm>

namespace godwit::sync {
namespace {

// Puts `row` in its place by source UID, over one that is there.
template <class Rows>
void put(Rows& rows, const typename Rows::value_type& row) {
    const auto place = std::ranges::lower_bound(rows, row.source_uid, {}, &Rows::value_type::source_uid);
    if (place != rows.end() && place->source_uid == row.source_uid)
        *place = row;
    else
        rows.insert(place, row);
}

void close(std::vector<LedgerIntent>& intents, std::uint32_t source_uid) {
    const auto place = std::ranges::lower_bound(intents, source_uid, {}, &LedgerIntent::source_uid);
    if (place == intents.end() || place->source_uid != source_uid) return;
    if (place->doubts == 0)
        intents.erase(place);
    else
        place->open = false;
}

}  // namespace

Awaitable<Result<LedgerFolder>> MemoryLedger::load(const FolderPair& pair) {
    const auto found = folders_.find(pair);
    if (found == folders_.end()) co_return LedgerFolder{};
    const auto& folder = found->second;
    co_return LedgerFolder{folder.cursor, {folder.entries.begin(), folder.entries.end()}, folder.intents};
}

Awaitable<Result<void>> MemoryLedger::intend(const FolderPair& pair, std::span<const LedgerIntent> intents) {
    for (const auto& intent : intents) put(folders_[pair].intents, intent);
    co_return Result<void>{};
}

Awaitable<Result<void>> MemoryLedger::record(const FolderPair& pair, const FolderCursor& cursor,
                                             std::span<const LedgerEntry> entries) {
    auto& folder = folders_[pair];
    folder.cursor = cursor;
    for (const auto& entry : entries) {
        close(folder.intents, entry.source_uid);
        put(folder.entries, entry);
    }
    co_return Result<void>{};
}

Awaitable<Result<void>> MemoryLedger::withdraw(const FolderPair& pair, std::span<const std::uint32_t> source_uids) {
    const auto found = folders_.find(pair);
    if (found == folders_.end()) co_return Result<void>{};
    for (const auto uid : source_uids) close(found->second.intents, uid);
    co_return Result<void>{};
}

Awaitable<Result<void>> MemoryLedger::finish(const FolderPair& pair, const FolderCursor& cursor,
                                             std::span<const LedgerEntry> last, std::span<const std::uint32_t> gone) {
    if (keeps_ == Keeps::unfinished_folders) co_return co_await forget(pair);
    GODWIT_CO_CHECK(co_await record(pair, cursor, last));
    auto& folder = folders_[pair];
    folder.cursor = cursor;
    std::erase_if(folder.intents, [](const auto& intent) { return intent.doubts == 0; });
    for (auto& intent : folder.intents) intent.open = false;
    std::erase_if(folder.entries, [&](const auto& entry) { return std::ranges::find(gone, entry.source_uid) != gone.end(); });
    co_return Result<void>{};
}

Awaitable<Result<void>> MemoryLedger::forget(const FolderPair& pair) {
    folders_.erase(pair);
    co_return Result<void>{};
}

Awaitable<Result<std::vector<LedgerPair>>> MemoryLedger::pairs() {
    std::vector<LedgerPair> out;
    for (const auto& [pair, folder] : folders_) out.push_back({pair, folder.cursor, std::ranges::any_of(folder.intents, &LedgerIntent::open)});
    co_return out;
}

Awaitable<Result<std::vector<LedgerFact>>> MemoryLedger::facts(const FolderPair& pair, FactKind kind) {
    std::vector<LedgerFact> out;
    if (const auto found = folders_.find(pair); found != folders_.end())
        for (const auto& [key, value] : found->second.facts)
            if (key.first == kind) out.push_back({key.second, value});
    co_return out;
}

Awaitable<Result<void>> MemoryLedger::keep_facts(const FolderPair& pair, FactKind kind, std::span<const LedgerFact> facts,
                                                 bool keep_first) {
    for (const auto& fact : facts) {
        const auto [place, fresh] = folders_[pair].facts.try_emplace({kind, fact.uid}, fact.value);
        if (!fresh && !keep_first) place->second = fact.value;
    }
    co_return Result<void>{};
}

Awaitable<Result<void>> MemoryLedger::drop_facts(const FolderPair& pair, FactKind kind,
                                                 std::span<const std::uint32_t> uids) {
    if (const auto found = folders_.find(pair); found != folders_.end())
        for (const auto uid : uids) found->second.facts.erase({kind, uid});
    co_return Result<void>{};
}

Awaitable<Result<void>> MemoryLedger::add_findings(std::span<const Finding> findings) {
    findings_.insert(findings_.end(), findings.begin(), findings.end());
    co_return Result<void>{};
}

}  // namespace godwit::sync
