#include "engine/sync/append_state.h"

#include <array>

namespace godwit::sync {
namespace {

using enum AppendPhase;

struct Transition {
    AppendPhase from;
    AppendEvent event;
    AppendPhase to;
};

constexpr auto transitions = std::to_array<Transition>({
    {unsent, AppendEvent::intend, intended},
    {unsent, AppendEvent::cut, unsent},
    {unsent, AppendEvent::restarted, unsent},
    {intended, AppendEvent::commit, committed},
    {intended, AppendEvent::cut, unsent},   // the last octets are still here
    {intended, AppendEvent::answered_no, refused},   // before the last octets
    {intended, AppendEvent::restarted, in_doubt},
    {committed, AppendEvent::answered_ok, answered},
    {committed, AppendEvent::answered_no, refused},
    {committed, AppendEvent::batch_refused, in_doubt},
    {committed, AppendEvent::cut, in_doubt},
    {committed, AppendEvent::restarted, in_doubt},
    {in_doubt, AppendEvent::seen_present, answered},
    {in_doubt, AppendEvent::seen_absent, unsent},
    {in_doubt, AppendEvent::cut, in_doubt},
    {in_doubt, AppendEvent::restarted, in_doubt},
    {answered, AppendEvent::recorded, stored},
    {answered, AppendEvent::cut, answered},
    {answered, AppendEvent::restarted, in_doubt},   // the receipt was not durable
    {stored, AppendEvent::cut, stored},
    {stored, AppendEvent::restarted, stored},
    {refused, AppendEvent::cut, refused},
    {refused, AppendEvent::restarted, in_doubt},    // the ledger heard nothing of the refusal
});

}  // namespace

std::optional<AppendState> after_event(AppendState state, AppendEvent event) {
    for (const auto& transition : transitions)
        if (transition.from == state.phase && transition.event == event) {
            state.phase = transition.to;
            if (event == AppendEvent::seen_absent) ++state.doubts;
            return state;
        }
    return std::nullopt;
}

std::string_view name_of(AppendPhase phase) {
    constexpr auto names = std::to_array<std::string_view>(
        {"unsent", "intended", "committed", "in_doubt", "answered", "stored", "refused"});
    return names[static_cast<std::size_t>(phase)];
}

}  // namespace godwit::sync
