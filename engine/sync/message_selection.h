// MessageSelection: which messages of a folder options leave out, and why. Pure.
#pragma once

#include <optional>
#include <set>

#include "engine/base/clock.h"
#include "engine/sync/match.h"
#include "engine/sync/report.h"

namespace godwit::sync {

// What was found out about a source folder before it is decided.
struct MessageFacts {
    std::optional<std::vector<std::uint32_t>> found;   // UIDs that the search finds, ascending; nothing: not searched
    bool ages_by_arrival = false;                      // ages were not searched for
    WallTime now{};
    std::uint64_t append_limit = 0;                    // of the destination; 0: none known
    Indexes duplicates;                                // not the first of their kind in the folder, ascending
    Indexes cross_duplicates;                          // an earlier folder had them, ascending
};

class MessageSelection {
public:
    MessageSelection(const SyncOptions& options, const MessageFacts& facts) : options_(options), facts_(facts) {}

    // By search or age: what is not selected is left alone on both sides.
    bool selects(const ListedMessage& message) const;
    // Nothing: it is to be copied if it is not there.
    std::optional<SkipReason> left_out(Index index, const ListedMessage& message) const;

private:
    const SyncOptions& options_;
    const MessageFacts& facts_;
};

}  // namespace godwit::sync
