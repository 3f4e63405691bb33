// Explanation: what the ledger says about two listings, and what it leaves to be found out. Pure.
#pragma once

#include "engine/sync/ledger.h"
#include "engine/sync/match.h"

namespace godwit::sync {

// Indexes are in the order of the listings.
struct Explanation {
    Pairs known;              // pairs of the ledger that both stand
    Indexes unledgered;       // source messages that the ledger does not know
    Indexes unlocated;        // source messages with a receipt, whose copy has no UID yet
    Indexes removed;          // source messages whose copy is gone from the destination
    Indexes unexplained;      // destination messages that belong to no entry
};

// `entries` by source UID, as the ledger keeps them. Several entries may name one destination UID (a destination that
// deduplicates).
Explanation explain(const FolderListing& source, const FolderListing& destination,
                    std::span<const LedgerEntry> entries);

// Whether the ledger speaks of the folders that are there: same UIDVALIDITY on both sides, no UID counter that went back
// or is missing, HIGHESTMODSEQ not lower than stored. `destination` may have fewer messages than entries: somebody removed
// them.
struct FolderFacts {
    std::uint64_t uidvalidity = 0;   // 0: the server gave none
    std::uint32_t uidnext = 0;       // likewise
    std::uint64_t highestmodseq = 0;
};
bool is_believed(const LedgerFolder& ledger, FolderFacts source, FolderFacts destination);

}  // namespace godwit::sync
