// A message that was moved to another source folder is moved at the destination, not copied again.
//
// Before any folder is worked on: what has gone from folders of the source, or with them, is looked for among what is new in
// others, and its copies are moved with MOVE (RFC 6851). It is done where COPYUID names the new UIDs and nothing in the
// destination folder is without an entry, so that nothing there could be the message already. Copies that this migration put
// are in the ledger as intents until their new place is known, so that a pass that is cut off finds them again as its own.
#pragma once

#include <map>

#include "engine/sync/destination_folders.h"
#include "engine/sync/pass.h"

namespace godwit::sync {

// `known`: the ledger's pairs; `folders` are prepared. How many copies were moved, by the pair they belong to now. Not in
// final passes: from cutover on the destination's users work with what is there.
Awaitable<Result<std::map<FolderPair, std::uint64_t>>> move_copies(Pass& pass, DestinationFolders& folders,
                                                                   const std::map<FolderPair, LedgerPair>& known);

}  // namespace godwit::sync
