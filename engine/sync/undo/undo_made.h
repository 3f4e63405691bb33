// Folders that this migration made, and those it subscribed.
#pragma once

#include "engine/sync/undo/undo_pass.h"

namespace godwit::sync {

// After the messages. A folder is dropped if nothing stands in it nor below it; one that stays keeps its subscription, so that
// whoever has mail in it sees it. `pairs` of the ledger: those of a folder that is dropped are forgotten.
Awaitable<Result<void>> undo_made(UndoPass& undo, const std::vector<LedgerPair>& pairs);

}  // namespace godwit::sync
