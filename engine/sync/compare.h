// compare_folder: lists both sides of a folder and finds out which message is which: by the ledger where it is believed,
// by key for the rest. Reads headers only of what the ledger does not explain, and bodies only where keys cannot decide.
#pragma once

#include "engine/sync/pass.h"
#include "engine/sync/plan.h"

namespace godwit::sync {

// Both folders are selected (the destination's may be missing in a dry run: `destination_there`). What is above
// `ledger.cursor.watermark` and belongs to no entry has its key afterwards, unless it was found to be a source message. May move pass.rung down the ladder.
// identity_mismatch, Reach::account, when the brake holds; not where the destination is `shared` with other source folders,
// whose mail is there.
Awaitable<Result<Comparison>> compare_folder(Pass& pass, const LedgerFolder& ledger, bool destination_there, bool shared,
                                             std::optional<FolderListing> source_listed = {});

// The same of a folder of which only some was listed (delta/changes.h).
Awaitable<Result<Comparison>> compare_listed(Pass& pass, const LedgerFolder& ledger, ListedFolders listed);

// Messages are known by this rung of the ladder from now on; the log says so if it is another one than before.
void use_rung(Pass& pass, KeyRung rung);

// Keys of source messages that have none, at pass.rung.
Awaitable<Result<void>> fetch_keys_where_missing(Pass& pass, FolderListing& source, const Indexes& indexes);

// Source messages (`sources`, indexes) to destination messages, by key and, where that decides something, by body. Those
// without a key have no partner.
Awaitable<Result<Pairs>> match_messages(Pass& pass, const FolderListing& source, const Indexes& sources,
                                        const FolderListing& destination, const Indexes& destinations,
                                        const Pairs& known);

}  // namespace godwit::sync
