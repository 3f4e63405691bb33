// folder_verify: one folder of a verify pass.
#pragma once

#include "engine/sync/folder_map.h"
#include "engine/sync/verify/displaced.h"
#include "engine/sync/verify/set_digest.h"

namespace godwit::sync {

// What the folders of a pass share.
struct VerifyState {
    FindingLog& log;
    Displaced& displaced;
    SetDigest& set;
};

// Destination messages that have an original, of a folder that several source folders are merged into.
struct SharedDestination {
    std::size_t folders_left = 0;   // that have not been verified yet
    imap::UidSet taken;
    bool incomplete = false;        // one of them could not be verified: what is foreign is not known
};

Finding folder_missing(const MappedFolder& mapped);

// Both sides have the folder (`there`; without it all of the source's messages are without a copy). Opens them read-only.
Awaitable<Result<void>> verify_folder(Pass& pass, VerifyState& state, const MappedFolder& mapped, bool there,
                                      SharedDestination& shared, FolderReport& report);

}  // namespace godwit::sync
