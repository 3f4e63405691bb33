#include "scheduler/migration.h"

#include <array>

namespace godwit::scheduler {

namespace {

template <class Enum>
struct Name {
    Enum value;
    std::string_view name;
};

constexpr std::array phases{
    Name{Phase::preflight, "preflight"}, Name{Phase::presync, "presync"}, Name{Phase::delta, "delta"},
    Name{Phase::cutover, "cutover"},     Name{Phase::final, "final"},     Name{Phase::verify, "verify"},
    Name{Phase::completed, "completed"},
};

constexpr std::array states{
    Name{State::waiting, "waiting"},   Name{State::ready, "ready"},         Name{State::running, "running"},
    Name{State::retrying, "retrying"}, Name{State::paused, "paused"},       Name{State::parked, "parked"},
    Name{State::failed, "failed"},     Name{State::cancelled, "cancelled"}, Name{State::done, "done"},
};

constexpr std::array actions{
    Name{Action::start, "start"},   Name{Action::pause, "pause"}, Name{Action::resume, "resume"},
    Name{Action::cancel, "cancel"}, Name{Action::retry, "retry"}, Name{Action::preflight, "preflight"},
    Name{Action::verify, "verify"}, Name{Action::undo, "undo"},
};

template <class Enum, std::size_t size>
constexpr std::string_view find_name(const std::array<Name<Enum>, size>& names, Enum value) {
    for (const auto& entry : names)
        if (entry.value == value) return entry.name;
    return "unknown";
}

template <class Enum, std::size_t size>
constexpr std::optional<Enum> find_value(const std::array<Name<Enum>, size>& names, std::string_view name) {
    for (const auto& entry : names)
        if (entry.name == name) return entry.value;
    return std::nullopt;
}

}  // namespace

std::string_view name_of(Phase phase) { return find_name(phases, phase); }
std::string_view name_of(State state) { return find_name(states, state); }
std::string_view name_of(Action action) { return find_name(actions, action); }
std::optional<Phase> phase_of(std::string_view name) { return find_value(phases, name); }
std::optional<State> state_of(std::string_view name) { return find_value(states, name); }
std::optional<Action> action_of(std::string_view name) { return find_value(actions, name); }

bool stands_beside(sync::PassKind kind) { return kind == sync::PassKind::preflight || is_reported(kind); }

bool is_reported(sync::PassKind kind) { return kind == sync::PassKind::verify || kind == sync::PassKind::undo; }

std::optional<sync::PassKind> pass_beside(Action action) {
    switch (action) {
        case Action::preflight: return sync::PassKind::preflight;
        case Action::verify: return sync::PassKind::verify;
        case Action::undo: return sync::PassKind::undo;
        default: return std::nullopt;
    }
}

void PassParameters::apply_to(sync::SyncOptions& options) const {
    if (verifybytes) options.verifybytes = *verifybytes;
    if (dry) options.dry = *dry;
}

PassParameters parameters_of(Action action, const PassParameters& given) {
    if (action == Action::verify) return {.verifybytes = given.verifybytes, .dry = {}};
    if (action == Action::undo) return {.verifybytes = {}, .dry = given.dry.value_or(true)};
    return {};
}

}  // namespace godwit::scheduler
