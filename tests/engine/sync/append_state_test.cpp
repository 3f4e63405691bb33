#include "engine/sync/append_state.h"

#include <map>
#include <set>
#include <vector>

#include <gtest/gtest.h>

namespace godwit::sync {
namespace {

using enum AppendPhase;

constexpr int phases = 7, events = 10;

TEST(AppendState, EveryPhaseAndEventIsDecided) {
    std::map<AppendPhase, std::set<AppendEvent>> possible;
    for (int p = 0; p < phases; ++p)
        for (int e = 0; e < events; ++e) {
            const AppendState before{static_cast<AppendPhase>(p), 3};
            const auto after = after_event(before, static_cast<AppendEvent>(e));
            if (!after) continue;
            possible[before.phase].insert(static_cast<AppendEvent>(e));
            const bool given_up = static_cast<AppendEvent>(e) == AppendEvent::seen_absent;
            EXPECT_EQ(after->doubts, given_up ? 4u : 3u);
            EXPECT_FALSE(name_of(after->phase).empty());
        }
    for (int p = 0; p < phases; ++p) {   // a connection may end and a pass be restarted at any time
        const auto phase = static_cast<AppendPhase>(p);
        EXPECT_TRUE(possible[phase].contains(AppendEvent::restarted)) << name_of(phase);
        if (phase != committed) continue;
        EXPECT_TRUE(possible[phase].contains(AppendEvent::cut));
    }
    for (const auto phase : {committed, in_doubt, answered, stored})
        EXPECT_FALSE(after_event({phase, 0}, AppendEvent::intend)) << name_of(phase) << " must not be sent again";
}

// The state machine against a model of a server: every append that was committed arrives now, at any later moment, or
// never. Everything that can happen is walked through, to a depth that holds three appends of one message.
struct World {
    AppendState known;
    int stored = 0;      // copies that stand in the folder
    int under_way = 0;   // appends that may still arrive
    int receipts = 0;    // copies that we have explained as ours
    bool intent = false; // as the ledger holds it

    auto operator<=>(const World& other) const {
        return std::tuple(known.phase, known.doubts, stored, under_way, receipts, intent) <=>
               std::tuple(other.known.phase, other.known.doubts, other.stored, other.under_way, other.receipts,
                          other.intent);
    }
    bool operator==(const World& other) const { return (*this <=> other) == 0; }
};

World with(World world, AppendEvent event) {
    world.known = after_event(world.known, event).value();
    return world;
}

// What the server may do by itself, and what the pass may do, from here.
std::vector<World> next_worlds(const World& world) {
    std::vector<World> out;
    if (world.under_way > 0) {
        for (const int arrives : {0, 1}) {
            World later = world;
            --later.under_way;
            later.stored += arrives;
            out.push_back(later);
        }
    }
    const auto add = [&](World next) { out.push_back(next); };
    if (world.known.doubts < 3) {   // restarts and cuts happen at any time, but not for ever
        World restarted = with(world, AppendEvent::restarted);
        if (!world.intent && restarted.known.phase == in_doubt) restarted.known.phase = unsent;
        add(restarted);
        if (after_event(world.known, AppendEvent::cut)) add(with(world, AppendEvent::cut));
    }
    switch (world.known.phase) {
        case unsent: {
            World next = with(world, AppendEvent::intend);
            next.intent = true;
            add(next);
            break;
        }
        case intended: {
            World next = with(world, AppendEvent::commit);
            ++next.under_way;
            add(next);
            break;
        }
        case committed:
            if (world.stored > world.receipts) add(with(world, AppendEvent::answered_ok));
            break;
        case in_doubt:
            // Two listings far enough apart: an unexplained copy is seen; none, and it is taken as absent, rightly or not.
            add(with(world, world.stored > world.receipts ? AppendEvent::seen_present : AppendEvent::seen_absent));
            break;
        case answered: {
            World next = with(world, AppendEvent::recorded);
            next.receipts = 1;
            next.intent = false;
            add(next);
            break;
        }
        case stored:
        case refused: break;
    }
    return out;
}

TEST(AppendState, WhateverHappensEveryCopyIsExplained) {
    std::set<World> seen{World{}};
    std::vector<World> todo{World{}};
    std::size_t finished = 0, late = 0;
    while (!todo.empty()) {
        const World world = todo.back();
        todo.pop_back();
        if (world.known.phase == stored) {
            ++finished;
            ASSERT_GE(world.stored, 1) << "a receipt without a message";
            // Copies beyond ours, there already or still to come, are no more than the appends that we gave up.
            const int beyond = world.stored - 1 + world.under_way;
            ASSERT_LE(beyond, static_cast<int>(world.known.doubts)) << "a copy that nothing explains";
            ASSERT_TRUE(beyond == 0 || explains_late_copy(world.known));
            late += beyond > 0;
        }
        ASSERT_TRUE(!may_send(world.known) || world.under_way <= static_cast<int>(world.known.doubts))
            << "sent while an append may be under way that was never given up";
        for (const auto& next : next_worlds(world))
            if (next.known.doubts <= 3 && seen.insert(next).second) todo.push_back(next);
    }
    EXPECT_GT(seen.size(), 100u);
    EXPECT_GT(finished, 10u);
    EXPECT_GT(late, 0u) << "the model never showed a late copy: it tests nothing";
}

}  // namespace
}  // namespace godwit::sync
