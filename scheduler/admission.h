// Admission: which lanes may claim how many passes now. Pure: a view of the queue in, claims out.
//
// Within what is free on both hosts and on this node, higher priority first; equal lanes share round robin,
// the one served longest ago first.
#pragma once

#include <vector>

#include "scheduler/store.h"

namespace godwit::scheduler {

std::vector<ClaimRequest> admit(const QueueView& queue, std::uint32_t node_room);

}  // namespace godwit::scheduler
