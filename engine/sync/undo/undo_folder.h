// What an undo pass does in one destination folder.
#pragma once

#include "engine/sync/undo/undo_pass.h"

namespace godwit::sync {

// `pairs` have that folder for their destination; several where an option has merged folders. `listed`: LIST names it. Takes
// back what was put and what was done to flags, batch by batch: what the ledger no longer names is gone, and a pass that was
// cut is simply repeated. Nothing is changed in a dry run.
Awaitable<Result<void>> undo_folder(UndoPass& undo, const std::vector<FolderPair>& pairs, bool listed, FolderReport& report);

}  // namespace godwit::sync
