// folder_measure: how much stands in a folder on both sides. Changes nothing.
#pragma once

#include "engine/sync/folder_map.h"
#include "engine/sync/pass.h"

namespace godwit::sync {

// Messages and bytes of both sides, by STATUS where the server can say SIZE (RFC 8438), else by listing sizes. Goes to
// `report` and the counters; nothing for a destination that is not there.
Awaitable<Result<void>> measure_folder(Pass& pass, const MappedFolder& mapped, bool destination_there, FolderReport& report);

}  // namespace godwit::sync
