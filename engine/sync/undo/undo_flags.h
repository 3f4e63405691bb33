// Flags of messages that were there before: set back to what they were.
#pragma once

#include "engine/sync/undo/undone_folder.h"

namespace godwit::sync {

// Of those whose flags this migration has changed and nobody since. The folder is selected and listed.
Awaitable<Result<void>> restore_flags(UndoPass& undo, UndoneFolder& folder, UndoPair& pair, FolderReport& report);

}  // namespace godwit::sync
