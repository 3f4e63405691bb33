// Folder listings for tests of the pure parts.
#pragma once

#include <algorithm>
#include <tuple>

#include "engine/sync/match.h"

namespace godwit::sync {

struct Row {
    int key, size = 10, date = 1;
    std::vector<std::string> flags = {};
    std::uint32_t uid = 0;   // 0: the one after the row before
};

inline FolderListing listing(std::vector<Row> rows) {
    FolderListing out;
    std::uint32_t uid = 0;
    for (auto& row : rows) {
        ListedMessage message;
        message.uid = uid = row.uid ? row.uid : uid + 1;
        message.size = static_cast<std::uint64_t>(row.size);
        message.internal_date = row.date;
        message.flags = out.flags.add(row.flags);
        out.keys.set(static_cast<Index>(out.messages.size()), {{static_cast<std::uint64_t>(row.key), 1}});
        out.messages.push_back(message);
    }
    return out;
}

inline Indexes all_of(const FolderListing& listing) {
    Indexes all;
    for (Index i = 0; i < listing.messages.size(); ++i) all.push_back(i);
    return all;
}

inline Pairs match(const FolderListing& source, const FolderListing& destination, const Digests& digests = {},
                   bool keeps = false) {
    const Indexes left = all_of(source), right = all_of(destination);
    return match_by_key({source, left}, {destination, right}, digests, keeps);
}

}  // namespace godwit::sync
