// What may stand at the destination without a UID in the ledger: appends in doubt, receipts that name none.
#pragma once

#include "engine/sync/undo/undone_folder.h"

namespace godwit::sync {

// The folder stands still and is listed. Afterwards its intents are closed, but for doubts about copies that may arrive even
// later: another undo pass, or a sync pass, knows those for what they are.
Awaitable<Result<void>> undo_unnamed(UndoPass& undo, UndoneFolder& folder, FolderReport& report);

}  // namespace godwit::sync
