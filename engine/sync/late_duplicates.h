// Late duplicates: copies of an append that had been given up and arrived after all, beside the copy whose receipt we hold.
//
// Removed only where every doubt is gone: the ledger knows of an append of that message that was given up, the copy has the
// same key, and its octets tell the same digest as the copy we hold; and only with UIDPLUS, by UID. Anything less is reported.
#pragma once

#include "engine/sync/pass.h"
#include "engine/sync/transfer.h"

namespace godwit::sync {

// A destination message that nothing explains.
struct Unexplained {
    std::uint32_t uid;
    std::uint64_t key_hash;
};

// The UIDs that were late duplicates and are gone; `doubted` has fewer doubts then. Issues of those that had to be left.
Awaitable<Result<imap::UidSet>> remove_late_duplicates(Pass& pass, const FolderPair& pair, const std::string& display_name,
                                                       std::vector<Doubted>& doubted, std::vector<Unexplained> unexplained);

}  // namespace godwit::sync
