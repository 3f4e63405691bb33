// Whether there is anything to do in a folder pair: what both servers say now against how the last pass left it (FolderRest).
// Pure.
#pragma once

#include "engine/imap/commands.h"
#include "engine/sync/ledger.h"
#include "engine/sync/request.h"

namespace godwit::sync {

// Of the options that decide what a pass does with a message; another digest, another look at everything. 0: what they select
// depends on more than the messages that have changed (ages, a search, duplicates), so that no folder rests.
std::uint64_t rest_digest(const SyncOptions& options);

// Nothing was left to do in the last pass, and neither side has changed since.
bool is_at_rest(const LedgerPair& known, const imap::FolderStatus& source, const imap::FolderStatus& destination,
                std::uint64_t options);

// The folders are those of the cursor, and their mod-sequences tell what has changed since (RFC 7162). The status is that of
// SELECT.
bool can_tell_changes(const FolderCursor& cursor, const imap::SelectedFolder& source,
                      const imap::SelectedFolder& destination, std::uint64_t options);

// So many of the messages that the pair knows have gone at the source, at least.
std::uint64_t vanished_at_least(const FolderCursor& cursor, const imap::FolderStatus& source);

}  // namespace godwit::sync
