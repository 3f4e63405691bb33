#include "scheduler/state_machine.h"

#include <array>

namespace godwit::scheduler {

namespace {

struct Move {
    Action action;
    State from;
    State to;
};

// Every legal move of a person or an API client. The moves that the end of a pass makes are retry_policy's.
constexpr std::array moves{
    // A parked migration waits for a person: starting a whole batch does not submit its bad password again.
    Move{Action::start, State::waiting, State::ready},
    Move{Action::start, State::failed, State::ready},
    Move{Action::start, State::done, State::ready},

    Move{Action::pause, State::waiting, State::paused},
    Move{Action::pause, State::ready, State::paused},
    Move{Action::pause, State::running, State::paused},
    Move{Action::pause, State::retrying, State::paused},

    Move{Action::resume, State::paused, State::ready},

    Move{Action::cancel, State::waiting, State::cancelled},
    Move{Action::cancel, State::ready, State::cancelled},
    Move{Action::cancel, State::running, State::cancelled},
    Move{Action::cancel, State::retrying, State::cancelled},
    Move{Action::cancel, State::paused, State::cancelled},
    Move{Action::cancel, State::parked, State::cancelled},
    Move{Action::cancel, State::failed, State::cancelled},

    Move{Action::retry, State::retrying, State::ready},
    Move{Action::retry, State::parked, State::ready},
    Move{Action::retry, State::failed, State::ready},
    Move{Action::retry, State::cancelled, State::ready},

    Move{Action::preflight, State::waiting, State::waiting},
    Move{Action::preflight, State::ready, State::ready},
    Move{Action::preflight, State::retrying, State::retrying},
    Move{Action::preflight, State::paused, State::paused},
    Move{Action::preflight, State::parked, State::parked},
    Move{Action::preflight, State::failed, State::failed},
    Move{Action::preflight, State::cancelled, State::cancelled},
    Move{Action::preflight, State::done, State::done},

    Move{Action::verify, State::waiting, State::waiting},
    Move{Action::verify, State::ready, State::ready},
    Move{Action::verify, State::retrying, State::retrying},
    Move{Action::verify, State::paused, State::paused},
    Move{Action::verify, State::parked, State::parked},
    Move{Action::verify, State::failed, State::failed},
    Move{Action::verify, State::cancelled, State::cancelled},
    Move{Action::verify, State::done, State::done},

    // Nothing of it is queued or running.
    Move{Action::undo, State::waiting, State::waiting},
    Move{Action::undo, State::paused, State::paused},
    Move{Action::undo, State::parked, State::parked},
    Move{Action::undo, State::failed, State::failed},
    Move{Action::undo, State::cancelled, State::cancelled},
    Move{Action::undo, State::done, State::done},
};

}  // namespace

std::optional<State> next_state(State state, Action action) {
    for (const auto& move : moves)
        if (move.action == action && move.from == state) return move.to;
    return std::nullopt;
}

std::vector<Action> allowed_actions(State state, Phase phase) {
    std::vector<Action> allowed;
    for (const auto& move : moves)
        if (move.from == state && (move.action != Action::undo || allows_undo(phase))) allowed.push_back(move.action);
    return allowed;
}

bool allows_undo(Phase phase) {
    return phase == Phase::preflight || phase == Phase::presync || phase == Phase::delta;
}

std::vector<Phase> phases_allowing_undo() {
    std::vector<Phase> phases;
    for (int phase = 0; phase <= static_cast<int>(Phase::completed); ++phase)
        if (allows_undo(static_cast<Phase>(phase))) phases.push_back(static_cast<Phase>(phase));
    return phases;
}

std::vector<State> states_allowing(Action action) {
    std::vector<State> states;
    for (const auto& move : moves)
        if (move.action == action) states.push_back(move.from);
    return states;
}

}  // namespace godwit::scheduler
