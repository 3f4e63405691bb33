// Matching: which source message is which destination message, by key. Pure.
//
// A multiset assignment: inside a group of equal keys the best pairs go first (same digest, same body, same size and date,
// same size, same date), the rest by order; the surplus stays alone. So a message that stands twice at the source stands
// twice at the destination, and two messages with one Message-ID and different bodies are both kept.
//
// A key alone is not always enough. Where a group has more messages at the source than at the destination, the bodies
// tell which one is missing; and on a destination that keeps sizes and dates, a message of the same key with another size
// and another date is looked at too, since it may be a different one (a list's copy of a mail). worth_reading() names them.
#pragma once

#include <cstdint>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

#include "engine/sync/listing.h"

namespace godwit::sync {

using Index = std::uint32_t;   // into a listing
using Indexes = std::vector<Index>;
using Pair = std::pair<Index, Index>;   // (source, destination)
using Pairs = std::vector<Pair>;

// Some messages of a listing, by key and of one key by place in the folder. Those without a key are left out.
class Candidates {
public:
    Candidates(const FolderListing& listing, std::span<const Index> indexes);
    const FolderListing& listing() const { return listing_; }
    const Indexes& by_key() const { return by_key_; }

private:
    const FolderListing& listing_;
    Indexes by_key_;
};

// What is known of bodies, by index.
struct Digests {
    std::unordered_map<Index, BodyDigest> source, destination;
};

// Whether sizes and dates arrive unchanged: some do, and no fewer than those of which neither did.
bool keeps_sizes_and_dates(const FolderListing& source, const FolderListing& destination, const Pairs& pairs,
                           const Pairs& more = {});

// Pairs by source index. With `keeps`, two messages whose bodies are known to differ are no pair unless their dates agree.
Pairs match_by_key(const Candidates& source, const Candidates& destination, const Digests& digests = {}, bool keeps = false);

// Messages whose bodies would decide something, of the groups in which match_by_key() may have erred; `pairs` are its.
struct WorthReading {
    Indexes source, destination;
};
WorthReading worth_reading(const Candidates& source, const Candidates& destination, const Pairs& pairs, bool keeps);

}  // namespace godwit::sync
