// Which moves a migration may make. Pure; the one place that knows.
#pragma once

#include <optional>
#include <vector>

#include "scheduler/migration.h"

namespace godwit::scheduler {

// The state after `action`, or nothing when the move is illegal there.
std::optional<State> next_state(State state, Action action);
std::vector<Action> allowed_actions(State state, Phase phase);
// Once cutover is confirmed, the destination is where the user's mail is.
bool allows_undo(Phase phase);
std::vector<Phase> phases_allowing_undo();
// States from which `action` is legal: what bulk updates select by.
std::vector<State> states_allowing(Action action);

}  // namespace godwit::scheduler
