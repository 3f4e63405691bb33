// Which copies at the destination belong to source messages that have been moved to another folder. Pure.
//
// A stray is a copy whose original has gone from its folder; a newcomer is a source message that no copy is known of. They are
// one message if key, size and date of arrival are the same: a message that is moved keeps all three on every server, and a
// key alone is shared by what was sent and what a list sent back. What cannot be proved is copied.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/sync/folder_listing.h"

namespace godwit::sync {

struct MoveCandidate {
    std::size_t folder = 0;      // of the caller's list of folders, one for each side
    std::uint32_t uid = 0;       // newcomer: at the source; stray: of the copy
    MessageKey key;
    std::uint64_t size = 0;
    std::int64_t internal_date = 0;
};

struct PlannedMove {
    std::size_t newcomer, stray;   // indexes

    friend bool operator==(const PlannedMove&, const PlannedMove&) = default;
};

// Each newcomer and each stray at most once, in the order of the newcomers. Those without a key have no partner.
std::vector<PlannedMove> plan_moves(const std::vector<MoveCandidate>& newcomers, const std::vector<MoveCandidate>& strays);

}  // namespace godwit::sync
