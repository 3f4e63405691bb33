#include "scheduler/state_machine.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

namespace godwit::scheduler {
namespace {

constexpr State all_states[] = {State::waiting,  State::ready,     State::running,
                                State::retrying, State::paused,    State::parked,
                                State::failed,   State::cancelled, State::done};
constexpr Action all_actions[] = {Action::start,  Action::pause, Action::resume,
                                  Action::cancel, Action::retry, Action::preflight,
                                  Action::verify, Action::undo};
constexpr auto no = std::nullopt;

// The whole table, written a second time: a row a state, a column an action, in the order above.
// clang-format off
const std::map<State, std::vector<std::optional<State>>> table{
    //                  start          pause           resume         cancel            retry         preflight         verify            undo
    {State::waiting,   {State::ready, State::paused,  no,            State::cancelled, no,           State::waiting,   State::waiting,   State::waiting}},
    {State::ready,     {no,           State::paused,  no,            State::cancelled, no,           State::ready,     State::ready,     no}},
    {State::running,   {no,           State::paused,  no,            State::cancelled, no,           no,               no,               no}},
    {State::retrying,  {no,           State::paused,  no,            State::cancelled, State::ready, State::retrying,  State::retrying,  no}},
    {State::paused,    {no,           no,             State::ready,  State::cancelled, no,           State::paused,    State::paused,    State::paused}},
    {State::parked,    {no,           no,             no,            State::cancelled, State::ready, State::parked,    State::parked,    State::parked}},
    {State::failed,    {State::ready, no,             no,            State::cancelled, State::ready, State::failed,    State::failed,    State::failed}},
    {State::cancelled, {no,           no,             no,            no,               State::ready, State::cancelled, State::cancelled, State::cancelled}},
    {State::done,      {State::ready, no,             no,            no,               no,           State::done,      State::done,      State::done}},
};
// clang-format on

TEST(StateMachine, EveryMoveIsAsTheTableSays) {
    ASSERT_EQ(table.size(), std::size(all_states));
    for (const auto state : all_states)
        for (std::size_t i = 0; i < std::size(all_actions); ++i)
            EXPECT_EQ(next_state(state, all_actions[i]), table.at(state)[i])
                << name_of(state) << " + " << name_of(all_actions[i]);
}

TEST(StateMachine, ListsAgreeWithTheMoves) {
    for (const auto state : all_states)
        for (const auto action : all_actions) {
            const bool legal = next_state(state, action).has_value();
            const auto actions = allowed_actions(state, Phase::presync);
            const auto states = states_allowing(action);
            EXPECT_EQ(std::ranges::count(actions, action), legal ? 1 : 0);
            EXPECT_EQ(std::ranges::count(states, state), legal ? 1 : 0);
        }
}

TEST(StateMachine, NothingIsUndoneFromCutoverOn) {
    const std::vector before{Phase::preflight, Phase::presync, Phase::delta};
    EXPECT_EQ(phases_allowing_undo(), before);
    for (const auto phase : {Phase::cutover, Phase::final, Phase::verify, Phase::completed}) {
        EXPECT_FALSE(allows_undo(phase)) << name_of(phase);
        EXPECT_EQ(std::ranges::count(allowed_actions(State::done, phase), Action::undo), 0);
    }
}

TEST(StateMachine, NoStateIsADeadEnd) {
    for (const auto state : all_states) EXPECT_FALSE(allowed_actions(state, Phase::presync).empty()) << name_of(state);
}

}  // namespace
}  // namespace godwit::scheduler
