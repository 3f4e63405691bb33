// folder_sync: one folder of one pass, from SELECT on both sides to the ledger's last word.
#pragma once

#include "engine/sync/folder_map.h"
#include "engine/sync/pass.h"

namespace godwit::sync {

// The destination folder exists (or, in a dry run, may not). Counters go to `folder` and the pass's report. An error of
// Reach::folder leaves the sessions usable for the next folder. `empty_there`: the server has said that nothing stands in the
// destination folder, or it does not exist; that spares a round trip.
Awaitable<Result<void>> sync_folder(Pass& pass, const MappedFolder& mapped, FolderReport& folder, bool empty_there);

}  // namespace godwit::sync
