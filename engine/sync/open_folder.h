// open_folder: SELECT and EXAMINE, with what they leave out.
#pragma once

#include "engine/imap/commands.h"
#include "engine/sync/explain.h"
#include "engine/sync/listing.h"

namespace godwit::sync {

FolderFacts facts_of(const imap::SelectedFolder& folder);

// imap::select(), and UIDNEXT by STATUS where the server does not name it.
Awaitable<Result<imap::SelectedFolder>> select_folder(imap::Session& session, const std::string& name, bool read_only,
                                                      bool condstore = false);

// EXAMINE and the whole listing in one round trip.
Awaitable<Result<imap::SelectedFolder>> select_and_list(imap::Session& session, const std::string& name, bool condstore,
                                                        std::optional<FolderListing>& listing);

}  // namespace godwit::sync
