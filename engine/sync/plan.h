// FolderPlan: what has to be done in one folder. Pure: a comparison in, decisions out.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/sync/explain.h"
#include "engine/sync/message_selection.h"

namespace godwit::sync {

// What stands in a folder besides what was listed of it: nothing, where it was listed as a whole.
struct Unlisted {
    std::uint64_t there = 0;      // source messages with a standing copy
    std::uint64_t bytes = 0;      // of all source messages; where some have gone, and the server does not tell, by the average
    std::uint64_t removed = 0;    // source messages whose copies were removed at the destination
    std::uint64_t foreign = 0;    // destination messages without an entry
    std::uint64_t destination = 0;   // destination messages, all of them
};

// Both sides of a folder, as far as they have to be looked at.
struct ListedFolders {
    FolderListing source, destination;
    Unlisted unlisted;
};

// Both sides of a folder, compared.
struct Comparison : ListedFolders {
    Explanation explained;
    Pairs found;               // pairs that the ledger did not hold, by key, which only the source keeps
    Indexes unreadable;        // source messages that were listed, and whose headers were not to be had
};

struct FolderPlan {
    Indexes copy;              // source messages, in the order of their copying
    std::vector<std::pair<Index, SkipReason>> skipped;   // left out by options
    Indexes removed;           // their copies were removed at the destination: not copied again
    Pairs reflag;              // flags differ that can be stored
    Indexes there;             // source messages that are on the destination
    std::uint64_t foreign = 0; // destination messages without a partner
};

// `entries` by source UID: what the ledger last knew of flags.
FolderPlan plan_folder(const Comparison& comparison, const imap::SelectedFolder& destination_folder,
                       const std::vector<LedgerEntry>& entries, const SyncOptions& options, const MessageFacts& facts = {});

// What the destination can store of `flags`: system flags among `permanent`, keywords if listed there or creatable; all,
// where it names no permanent flags (RFC 9051 section 7.1: then each can be changed).
std::vector<std::string> storable_flags(const std::vector<std::string>& flags, const imap::SelectedFolder& destination);

// The brake: whether so much of a destination matches nothing that copying might double it. `to_copy` of the source's
// messages would be copied; `unexplained` of the destination's are new to us, and `matched` of those have a partner.
bool looks_like_another_mailbox(std::size_t source_messages, std::size_t to_copy, std::size_t unexplained,
                                std::size_t matched);

}  // namespace godwit::sync
