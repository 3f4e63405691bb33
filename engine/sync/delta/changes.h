// list_changes: what has changed in a folder since the last pass, and what belongs to it on the other side.
//
// CHANGEDSINCE (RFC 7162 section 3.1.4.1) tells new messages and changed flags. What has gone shows in the number of messages;
// only where that does not add up is a search asked which there are (QRESYNC's VANISHED would tell no more). A message that
// changed on one side is listed with its partner on the other, so that the two can be compared; foreign messages of the
// destination are listed where a source message looks for a copy.
#pragma once

#include <optional>

#include "engine/sync/pass.h"
#include "engine/sync/plan.h"

namespace godwit::sync {

// Both folders are selected, the ledger is believed and can_tell_changes() (rest.h). Nothing: the servers contradict
// themselves or the ledger, and the folder has to be compared as a whole.
Awaitable<Result<std::optional<ListedFolders>>> list_changes(Pass& pass, const LedgerFolder& ledger,
                                                             const imap::SelectedFolder& source,
                                                             const imap::SelectedFolder& destination);

}  // namespace godwit::sync
