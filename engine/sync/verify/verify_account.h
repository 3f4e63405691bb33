// A verify pass: compares source and destination, message by message, and changes nothing.
#pragma once

#include "engine/sync/destination_folders.h"
#include "engine/sync/pass.h"

namespace godwit::sync {

// Both sides are signed in and the folders are mapped, none is made. Findings go to the ledger as they are found, their
// counts and the digest over everything compared into the report.
Awaitable<Result<void>> verify_account(Pass& pass, DestinationFolders& folders);

}  // namespace godwit::sync
