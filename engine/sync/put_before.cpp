#include "engine/sync/put_before.h"

#include "engine/sync/ledger_facts.h"

namespace godwit::sync {

Awaitable<Result<PutBefore>> PutBefore::forget(Pass& pass, const FolderPair& pair, const LedgerFolder& ledger,
                                               const imap::SelectedFolder& destination) {
    const auto& cursor = ledger.cursor;
    const bool same_there = cursor.destination_uidvalidity == destination.uidvalidity.value &&
                            cursor.destination_uidvalidity != 0 && destination.uidnext > cursor.watermark;
    PutBefore out;
    FlagsByUid before;
    if (same_there) {
        GODWIT_CO_TRY(kept, co_await load_flags_before(pass.ledger, pair));
        before = std::move(kept);
        for (const auto& entry : ledger.entries)
            if (entry.provenance == Provenance::put && entry.destination_uid != 0)
                out.put_[entry.destination_uid] = entry.key_hash;
    }
    if (pass.request.options.dry) co_return out;
    GODWIT_CO_CHECK(co_await pass.ledger.forget(pair));
    if (!before.empty()) GODWIT_CO_CHECK(co_await keep_flags_before(pass.ledger, pair, before));
    co_return out;
}

}  // namespace godwit::sync
