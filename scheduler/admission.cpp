#include "scheduler/admission.h"

#include <algorithm>
#include <unordered_map>

namespace godwit::scheduler {

namespace {

// One lane while slots are handed out.
struct Candidate {
    const LaneView* lane;
    HostRoom* source;
    HostRoom* destination;
    std::uint32_t taken = 0;

    bool has_room() const {
        return taken < lane->ready && source->free_as_source > 0 && destination->free_as_destination > 0;
    }
    void take() {
        ++taken;
        --source->free_as_source;
        --destination->free_as_destination;
    }
};

using Rooms = std::unordered_map<HostGroupId, HostRoom>;

std::vector<Candidate> candidates_of(const QueueView& queue, Rooms& rooms) {
    std::vector<Candidate> candidates;
    for (const auto& lane : queue.lanes) {
        const auto source = rooms.find(lane.source), destination = rooms.find(lane.destination);
        if (source == rooms.end() || destination == rooms.end()) continue;
        candidates.push_back({&lane, &source->second, &destination->second});
    }
    std::ranges::sort(candidates, [](const Candidate& a, const Candidate& b) {
        return std::tie(b.lane->priority, a.lane->last_claim, a.lane->id) <
               std::tie(a.lane->priority, b.lane->last_claim, b.lane->id);
    });
    return candidates;
}

// One slot a lane and round until nothing is left: rooms only shrink, so a lane without room is out for good.
void share(std::span<Candidate> equals, std::uint32_t& node_room) {
    std::vector<Candidate*> in_turn;
    for (auto& candidate : equals) in_turn.push_back(&candidate);
    while (!in_turn.empty() && node_room > 0)
        std::erase_if(in_turn, [&](Candidate* candidate) {
            if (node_room == 0 || !candidate->has_room()) return true;
            candidate->take();
            --node_room;
            return false;
        });
}

}  // namespace

std::vector<ClaimRequest> admit(const QueueView& queue, std::uint32_t node_room) {
    if (queue.paused) return {};
    Rooms rooms;
    for (const auto& host : queue.hosts) rooms.emplace(host.id, host);
    auto candidates = candidates_of(queue, rooms);
    for (std::size_t begin = 0; begin < candidates.size() && node_room > 0;) {
        std::size_t end = begin;
        while (end < candidates.size() && candidates[end].lane->priority == candidates[begin].lane->priority)
            ++end;
        share(std::span(candidates).subspan(begin, end - begin), node_room);
        begin = end;
    }
    std::vector<ClaimRequest> claims;
    for (const auto& candidate : candidates)
        if (candidate.taken > 0) claims.push_back({candidate.lane->id, candidate.taken});
    return claims;
}

}  // namespace godwit::scheduler
