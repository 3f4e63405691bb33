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
};

}  // namespace

std::optional<State> next_state(State state, Action action) {
    for (const auto& move : moves)
        if (move.action == action && move.from == state) return move.to;
    return std::nullopt;
}

std::vector<Action> allowed_actions(State state) {
    std::vector<Action> allowed;
    for (const auto& move : moves)
        if (move.from == state) allowed.push_back(move.action);
    return allowed;
}

std::vector<State> states_allowing(Action action) {
    std::vector<State> states;
    for (const auto& move : moves)
        if (move.action == action) states.push_back(move.from);
    return states;
}

}  // namespace godwit::scheduler
