// Closing a folder after copying: what arrived is listed once more, above where copying began.
//
// It finds the UIDs of messages that were taken without naming one (no UIDPLUS, or no APPENDUID), messages that the server
// took and filtered away, late duplicates, and foreign messages in between; then everything there is accounted for.
#pragma once

#include "engine/sync/late_duplicates.h"
#include "engine/sync/pass.h"
#include "engine/sync/transfer.h"

namespace godwit::sync {

// What stands above the watermark that the transfer began with.
struct Arrivals {
    std::uint32_t last_uid = 0;          // 0: nothing
    std::uint32_t messages = 0;
    std::uint32_t foreign = 0;           // of those: not ours
    std::uint64_t highestmodseq = 0;     // of those, where the server keeps any
};

Awaitable<Result<Arrivals>> close_folder(Pass& pass, const TransferFolder& folder, FolderTransfer& transfer);

}  // namespace godwit::sync
