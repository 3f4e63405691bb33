#include "scheduler/admission.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace godwit::scheduler {
namespace {

SteadyTime at(int seconds) { return SteadyTime{std::chrono::seconds(seconds)}; }

LaneView lane(std::string id, std::string source, std::string destination, std::uint64_t ready,
              int priority = 0, SteadyTime last_claim = {}) {
    return {LaneId{std::move(id)},
            default_tenant,
            BatchId{"bat"},
            HostGroupId{std::move(source)},
            HostGroupId{std::move(destination)},
            priority,
            ready,
            last_claim};
}

HostRoom host(std::string id, std::uint32_t as_source, std::uint32_t as_destination) {
    return {HostGroupId{std::move(id)}, as_source, as_destination};
}

using Counts = std::map<std::string, std::uint32_t>;

Counts admitted(const QueueView& queue, std::uint32_t node_room) {
    Counts counts;
    for (const auto& claim : admit(queue, node_room)) {
        EXPECT_GT(claim.count, 0u);
        EXPECT_TRUE(counts.emplace(claim.lane.value, claim.count).second) << "a lane twice";
    }
    return counts;
}

TEST(Admission, NothingToDo) {
    EXPECT_TRUE(admitted({}, 10).empty());
    EXPECT_TRUE(admitted({.lanes = {lane("l", "a", "b", 5)}, .hosts = {host("a", 5, 5), host("b", 5, 5)}}, 0)
                    .empty());
}

TEST(Admission, NothingWhilePaused) {
    EXPECT_TRUE(
        admitted(
            {.paused = true, .lanes = {lane("l", "a", "b", 5)}, .hosts = {host("a", 5, 5), host("b", 5, 5)}},
            9)
            .empty());
}

TEST(Admission, TheSmallestOfReadyNodeAndBothHosts) {
    const auto count = [](std::uint64_t ready, std::uint32_t node, std::uint32_t source,
                          std::uint32_t destination) {
        auto counts = admitted({.lanes = {lane("l", "a", "b", ready)},
                                .hosts = {host("a", source, 0), host("b", 0, destination)}},
                               node);
        return counts.contains("l") ? counts["l"] : 0;
    };
    EXPECT_EQ(count(3, 10, 10, 10), 3u);
    EXPECT_EQ(count(10, 3, 10, 10), 3u);
    EXPECT_EQ(count(10, 10, 3, 10), 3u);
    EXPECT_EQ(count(10, 10, 10, 3), 3u);
    EXPECT_EQ(count(10, 10, 0, 10), 0u);
    EXPECT_EQ(count(std::uint64_t{1} << 40, 1000, 1000, 1000), 1000u);
}

TEST(Admission, WithinOneHostBothSidesCount) {
    EXPECT_EQ(admitted({.lanes = {lane("l", "a", "a", 10)}, .hosts = {host("a", 3, 5)}}, 10),
              (Counts{{"l", 3}}));
}

TEST(Admission, AHostThatIsNotListedHasNoRoom) {
    EXPECT_TRUE(admitted({.lanes = {lane("l", "a", "b", 5)}, .hosts = {host("a", 5, 5)}}, 10).empty());
}

TEST(Admission, HigherPriorityFirst) {
    EXPECT_EQ(admitted({.lanes = {lane("low", "a", "b", 10, 0), lane("high", "a", "b", 4, 5),
                                  lane("lowest", "a", "b", 10, -1)},
                        .hosts = {host("a", 6, 0), host("b", 0, 10)}},
                       10),
              (Counts{{"high", 4}, {"low", 2}}));
}

TEST(Admission, WhatHigherPriorityCannotUseGoesToOthers) {
    EXPECT_EQ(admitted({.lanes = {lane("high", "full", "b", 10, 5), lane("low", "a", "b", 10, 0)},
                        .hosts = {host("full", 0, 0), host("a", 9, 0), host("b", 0, 4)}},
                       10),
              (Counts{{"low", 4}}));
}

TEST(Admission, EqualLanesShareAndTheOneServedLongestAgoGetsTheRest) {
    const QueueView queue{.lanes = {lane("new", "a", "b", 10, 0, at(30)),
                                    lane("old", "a", "b", 10, 0, at(10)), lane("never", "a", "b", 10)},
                          .hosts = {host("a", 100, 0), host("b", 0, 100)}};
    EXPECT_EQ(admitted(queue, 8), (Counts{{"never", 3}, {"old", 3}, {"new", 2}}));
    EXPECT_EQ(admitted(queue, 1), (Counts{{"never", 1}}));
    EXPECT_EQ(admitted(queue, 2), (Counts{{"never", 1}, {"old", 1}}));
}

TEST(Admission, AShortLaneLeavesItsShareToTheOthers) {
    EXPECT_EQ(admitted({.lanes = {lane("short", "a", "b", 1), lane("long", "a", "b", 100)},
                        .hosts = {host("a", 10, 0), host("b", 0, 10)}},
                       20),
              (Counts{{"short", 1}, {"long", 9}}));
}

TEST(Admission, LanesOfDifferentHostsDoNotHinderEachOther) {
    EXPECT_EQ(
        admitted({.lanes = {lane("1", "a", "x", 100), lane("2", "b", "x", 100), lane("3", "b", "y", 100)},
                  .hosts = {host("a", 2, 0), host("b", 5, 0), host("x", 0, 4), host("y", 0, 100)}},
                 100),
        (Counts{{"1", 2}, {"2", 2}, {"3", 3}}));
}

TEST(Admission, NoLimitIsEverPassedAndNoRoomWasted) {
    std::mt19937 random(11);
    const auto below = [&](std::uint32_t n) { return static_cast<std::uint32_t>(random() % n); };
    for (int round = 0; round < 300; ++round) {
        QueueView queue;
        for (int i = 0; i < 5; ++i) queue.hosts.push_back(host("h" + std::to_string(i), below(6), below(6)));
        for (int i = 0; i < 12; ++i)
            queue.lanes.push_back(lane("l" + std::to_string(i), "h" + std::to_string(below(5)),
                                       "h" + std::to_string(below(5)), below(5), static_cast<int>(below(3)),
                                       at(static_cast<int>(below(4)))));
        std::uint32_t room = below(15);
        auto counts = admitted(queue, room);
        std::map<std::string, HostRoom> left;
        for (const auto& entry : queue.hosts) left[entry.id.value] = entry;
        for (const auto& entry : queue.lanes) {
            const auto count = counts[entry.id.value];
            ASSERT_LE(count, entry.ready);
            ASSERT_LE(count, room);
            ASSERT_LE(count, left[entry.source.value].free_as_source);
            ASSERT_LE(count, left[entry.destination.value].free_as_destination);
            room -= count;
            left[entry.source.value].free_as_source -= count;
            left[entry.destination.value].free_as_destination -= count;
        }
        for (const auto& entry : queue.lanes)
            EXPECT_TRUE(room == 0 || counts[entry.id.value] == entry.ready ||
                        left[entry.source.value].free_as_source == 0 ||
                        left[entry.destination.value].free_as_destination == 0);
    }
}

}  // namespace
}  // namespace godwit::scheduler
