#include "engine/sync/delta/move_plan.h"

#include <map>
#include <tuple>

namespace godwit::sync {
namespace {

using Proof = std::tuple<MessageKey, std::uint64_t, std::int64_t>;
Proof proof_of(const MoveCandidate& message) { return {message.key, message.size, message.internal_date}; }

}  // namespace

std::vector<PlannedMove> plan_moves(const std::vector<MoveCandidate>& newcomers, const std::vector<MoveCandidate>& strays) {
    std::multimap<Proof, std::size_t> by_proof;   // equal ones in their order
    for (std::size_t i = 0; i < strays.size(); ++i)
        if (strays[i].key != MessageKey{}) by_proof.emplace(proof_of(strays[i]), i);
    std::vector<PlannedMove> moves;
    for (std::size_t i = 0; i < newcomers.size(); ++i) {
        const auto found = by_proof.find(proof_of(newcomers[i]));
        if (found == by_proof.end()) continue;
        moves.push_back({i, found->second});
        by_proof.erase(found);
    }
    return moves;
}

}  // namespace godwit::sync
