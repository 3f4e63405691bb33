// An undo pass: takes back what this migration did at the destination, as far as the ledger knows of it and nobody has
// touched it since. Works without the source.
#pragma once

#include "engine/sync/pass.h"

namespace godwit::sync {

// `destination` is signed in. With SyncOptions::dry nothing is changed, and the findings say what would be. Findings go to the
// ledger as they are found, their counts into the report.
Awaitable<Result<void>> undo_account(PassState& state, imap::Session& destination);

}  // namespace godwit::sync
