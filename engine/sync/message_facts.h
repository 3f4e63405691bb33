// message_facts: asks the servers what MessageSelection needs to know.
#pragma once

#include "engine/sync/message_selection.h"
#include "engine/sync/pass.h"

namespace godwit::sync {

// The source folder is selected and `source` lists it; keys are added where options need them. `display_name` of the source,
// `destination` raw (may not exist yet: `destination_there`). A SEARCH that is refused or does not find what is listed is
// search_refused, Reach::folder, for a user's search; for ages dates of arrival take its place, and an issue says so.
Awaitable<Result<MessageFacts>> message_facts(Pass& pass, const std::string& display_name, const std::string& destination,
                                              bool destination_there, FolderListing& source);

// What skipcrossduplicates remembers of a message; call for those that are on the destination.
void remember_for_later_folders(Pass& pass, const FolderListing& listing, Index index);

}  // namespace godwit::sync
