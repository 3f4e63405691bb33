// folder_wanted: whether a folder has anything to copy, asked before it is made.
#pragma once

#include "engine/sync/folder_map.h"
#include "engine/sync/pass.h"

namespace godwit::sync {

// For folders that are made only if something goes into them: whether anything of the source's is selected. What is not is
// counted as skipped in `folder`.
Awaitable<Result<bool>> has_messages_to_copy(Pass& pass, const MappedFolder& mapped, FolderReport& folder);

}  // namespace godwit::sync
