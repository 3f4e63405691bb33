// FolderPlan: what has to be done in one folder. Pure: two listings in, decisions out.
//
// Matching is a multiset assignment over message keys: inside a group of equal keys the best pairs go first (same size,
// same internal date), the rest by order; only the surplus of the source is copied. So a message that stands twice at the
// source stands twice at the destination, and two messages with one Message-ID and different bodies are both kept.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "engine/sync/listing.h"
#include "engine/sync/request.h"

namespace godwit::sync {

struct FolderPlan {
    std::vector<std::uint32_t> copy;      // indexes into the source listing, by UID
    std::vector<std::uint32_t> skipped;   // left out by options
    std::vector<std::pair<std::uint32_t, std::uint32_t>> matched;   // (source, destination) indexes, by source
    std::vector<std::pair<std::uint32_t, std::uint32_t>> reflag;    // of matched: flags differ that can be stored
    std::uint64_t foreign = 0;            // destination messages without a partner
};

// `source` may come without keys only if `destination` is empty.
FolderPlan plan_folder(const FolderListing& source, const FolderListing& destination,
                       const imap::SelectedFolder& destination_folder, const SyncOptions& options);

// What the destination can store of `flags`: system flags among `permanent`, keywords if listed there or creatable.
std::vector<std::string> storable_flags(const std::vector<std::string>& flags, const imap::SelectedFolder& destination);

}  // namespace godwit::sync
