#include "tools/godwit/watch_view.h"

#include <gtest/gtest.h>
#include <boost/json.hpp>

namespace godwit::cli {

namespace json = boost::json;

namespace {

json::value batch_with(json::object states, std::uint64_t migrations) {
    return {{"id", "bat_01"},
            {"name", "spring"},
            {"priority", 0},
            {"paused", false},
            {"migrations", migrations},
            {"states", std::move(states)},
            {"progress",
             {{"messages_copied", 1234},
              {"bytes_copied", 3u << 20},
              {"messages_matched", 0},
              {"messages_failed", 0}}}};
}

json::object migration(std::string user, std::uint64_t copied, std::uint64_t total) {
    return {{"id", "mig_01"},
            {"state", "running"},
            {"source", {{"user", user}, {"host", "old"}}},
            {"destination", {{"user", user + "2"}, {"host", "new"}}},
            {"folder", "INBOX"},
            {"progress",
             {{"folders_total", 2},
              {"folders_done", 1},
              {"messages_total", total},
              {"messages_copied", copied},
              {"bytes_copied", 2048}}}};
}

}  // namespace

TEST(WatchView, States) {
    EXPECT_EQ(states_text(json::parse(R"({"done": 1000, "running": 12, "parked": 1, "failed": 0})")),
              "12 running, 1 parked, 1,000 done");
    EXPECT_EQ(states_text(json::parse("{}")), "none");
}

TEST(WatchView, WhenItIsOver) {
    for (const auto* state : {"waiting", "ready", "running", "retrying"})
        EXPECT_TRUE(is_going_on(batch_with({{state, 1}, {"done", 4}}, 5))) << state;
    for (const auto* state : {"paused", "parked", "failed", "cancelled"}) {
        const auto batch = batch_with({{state, 1}, {"done", 4}}, 5);
        EXPECT_FALSE(is_going_on(batch)) << state;
        EXPECT_FALSE(all_done(batch)) << state;
        EXPECT_LT(batch_fraction(batch, {}), 1) << state;
    }
    const auto done = batch_with({{"done", 5}}, 5);
    EXPECT_FALSE(is_going_on(done));
    EXPECT_TRUE(all_done(done));
    EXPECT_EQ(batch_fraction(done, {}), 1);
    EXPECT_TRUE(all_done(batch_with({}, 0)));
    EXPECT_TRUE(all_there(done));
    auto refused = done;
    refused.at("progress").as_object()["messages_failed"] = 1;
    EXPECT_TRUE(all_done(refused));
    EXPECT_FALSE(all_there(refused));
}

TEST(WatchView, WhatGoesOnInAPausedBatch) {
    auto batch = batch_with({{"ready", 4}}, 4);
    batch.as_object()["paused"] = true;
    EXPECT_FALSE(is_going_on(batch));
    EXPECT_EQ(batch_fraction(batch, {}), 0);
    batch.as_object()["preflights"] = 2;
    EXPECT_TRUE(is_going_on(batch));
    EXPECT_TRUE(batch_line(batch, 0, Pace()).contains("4 ready, 2 preflights  (the batch is paused)"));
    batch.as_object()["preflights"] = 0;
    batch.as_object()["verify_passes"] = 1;
    EXPECT_TRUE(is_going_on(batch));
    EXPECT_TRUE(batch_line(batch, 0, Pace()).contains("4 ready, 1 verify pass  (the batch is paused)"));
    EXPECT_TRUE(is_going_on(batch_with({{"running", 1}}, 4)));
}

TEST(WatchView, Fraction) {
    const json::array running{migration("ann", 50, 100), migration("bob", 0, 100)};
    EXPECT_DOUBLE_EQ(batch_fraction(batch_with({{"done", 1}, {"running", 2}, {"ready", 1}}, 4), running),
                     0.375);
}

TEST(WatchView, Line) {
    const auto batch = batch_with({{"running", 2}, {"done", 1}, {"ready", 1}}, 4);
    EXPECT_EQ(batch_line(batch, 0.375, Pace()),
              "spring: [#######.............]  37 %  4 migrations: 2 running, 1 ready, 1 done  "
              "copied 1,234 messages, 3.0 MiB");
}

TEST(WatchView, LineWithPace) {
    Pace pace;
    pace.add(SteadyTime{}, 0, 0, 0);
    pace.add(SteadyTime{} + std::chrono::seconds(10), 1234, 3u << 20, 0.375);
    const auto line = batch_line(batch_with({{"running", 2}}, 2), 0.375, pace);
    EXPECT_TRUE(line.ends_with("3.0 MiB  123 messages/s, 307.2 KiB/s, 16 s left")) << line;
}

TEST(WatchView, Table) {
    const auto batch = batch_with({{"running", 3}, {"done", 1}}, 4);
    const json::array running{migration("ann", 50, 100), migration("bob\x1b[H", 0, 2000),
                              migration("eve", 0, 0)};
    EXPECT_EQ(watch_text(batch, running, Pace(), 2),
              "MIGRATION          STATE    PROGRESS              MESSAGES   COPIED  FOLDER\n"
              "ann -> ann2        running  [######......]  50 %    50/100  2.0 KiB  INBOX\n"
              "bob [H -> bob [H2  running  [............]   0 %   0/2,000  2.0 KiB  INBOX\n"
              "and 1 more running\n"
              "spring: [##########..........]  50 %  4 migrations: 3 running, 1 done\n"
              "copied 1,234 messages, 3.0 MiB\n\n");
}

}  // namespace godwit::cli
