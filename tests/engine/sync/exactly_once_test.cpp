// Nothing lost and nothing doubled, whatever the destination does: every persona of the fake server, with a ledger and
// without one, interrupted at every place that matters.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "tests/engine/sync/exactly_once.h"

namespace godwit::sync {
namespace {

using fakeimap::Persona;
using testing::IsEmpty;
using testing::SizeIs;

class EveryPersona : public testing::TestWithParam<std::tuple<std::string, bool, std::size_t>> {};

TEST_P(EveryPersona, NothingIsLostOrDoubled) {
    const auto& [name, with_ledger, lanes] = GetParam();
    World world({}, persona(name));
    if (lanes > 1) world.allow_lanes(lanes);
    world.request.limits.batch_messages = 20;
    fill(world);
    world.destination.persona().throttle_backoff_ms = 1;
    world.request.limits.settle = std::chrono::milliseconds(name == "late_commit" ? 400 : 20);
    until_complete(world, with_ledger);
    expect_exact(world, name);
    const auto appends = world.destination.commands_seen("APPEND");
    const auto again = until_complete(world, with_ledger);
    EXPECT_EQ(again.counters.messages_copied, 0u) << name;
    EXPECT_EQ(world.destination.commands_seen("APPEND"), appends) << name << ": a rerun appends nothing";
    expect_exact(world, name);
}

INSTANTIATE_TEST_SUITE_P(Destination, EveryPersona,
                         testing::Combine(testing::Values("plain", "late_commit", "no_uidplus", "no_extensions",
                                                          "deferred_appenduid", "wrong_appenduid",
                                                          "non_atomic_multiappend", "new_uidvalidity", "thousand_selects",
                                                          "backing_off"),
                                          testing::Bool(), testing::Values(1, 4)),
                         [](const auto& info) {
                             return std::get<0>(info.param) + (std::get<1>(info.param) ? "_ledger" : "_none") +
                                    (std::get<2>(info.param) > 1 ? "_lanes" : "");
                         });

// Headers are not as they were sent, so the copies are counted.
TEST(ExactlyOnce, ADestinationThatRewritesHeadersIsNotFilledTwice) {
    for (const std::string name : {"rewriting", "refolding"})
        for (const bool with_ledger : {true, false}) {
            World world({}, persona(name));
            for (int i = 0; i < messages; ++i)
                world.from().append({0, {}, "01-Feb-2024 10:00:00 +0000",
                                     fmt::format("Message-ID: <{0}@x>\r\nDate: Thu, 1 Feb 2024 10:00:00 +0000\r\nFrom: a@b\r\n"
                                                 "To: c@d\r\nSubject: s\xc3\xbc {0}\r\n\r\nbody {0}\r\n", i)});
            EXPECT_TRUE(world.run().complete()) << name;
            EXPECT_THAT(world.to().messages, SizeIs(messages));
            if (!with_ledger) world.ledger = MemoryLedger();
            const auto again = world.run();
            // Without a ledger a destination that leaves nothing to know a message by parks; it is never filled again.
            if (with_ledger || !again.error)
                EXPECT_TRUE(again.complete()) << name << ' ' << to_json(again);
            else
                EXPECT_EQ(again.error->kind, ErrorKind::identity_mismatch);
            EXPECT_THAT(world.to().messages, SizeIs(messages)) << name << ' ' << with_ledger;
        }
}

TEST(ExactlyOnce, ADestinationThatDeduplicatesIsMatchedManyToOne) {
    World world({}, persona("deduplicating"));
    for (int i = 0; i < 40; ++i) world.from().append(mail(i / 2));   // each stands twice
    auto report = world.run();
    EXPECT_TRUE(report.complete()) << to_json(report);
    expect_right_counters(report, "deduplicating");
    EXPECT_EQ(report.counters.messages_copied, 20u);
    EXPECT_EQ(report.counters.messages_matched, 20u);
    EXPECT_THAT(world.to().messages, SizeIs(20));
    report = world.run();
    EXPECT_EQ(report.counters.messages_copied, 0u) << "the ledger knows them";
    EXPECT_EQ(report.counters.messages_matched, 40u);
}

TEST(ExactlyOnce, WhatIsFilteredAwayIsReportedAndNotSentForEver) {
    World world({}, persona("filtering"));
    for (int i = 0; i < 100; ++i) world.from().append(mail(i));
    auto report = world.run();
    EXPECT_FALSE(report.error) << to_json(report);
    EXPECT_FALSE(report.complete());
    const auto filtered = report.counters.messages_filtered;
    EXPECT_GT(filtered, 0u);
    EXPECT_EQ(world.to().messages.size() + filtered, 100u);
    EXPECT_EQ(report.issues_total, filtered);
    for (const auto& issue : report.issues) EXPECT_EQ(issue.kind, ErrorKind::accepted_then_removed);
    expect_right_counters(report, "filtering");
    const auto appends = world.destination.commands_seen("APPEND");
    report = world.run();
    EXPECT_EQ(report.counters.messages_skipped, filtered);
    EXPECT_EQ(world.destination.commands_seen("APPEND"), appends);
}

TEST(ExactlyOnce, WhatIsShownOnlyWhenTheFolderIsSelectedAgainIsNotFiltered) {
    for (const std::string name : {"plain", "no_uidplus"}) {
        World world({}, persona(name));
        for (int i = 0; i < 3; ++i) world.from().append(mail(i));
        world.destination.persona().hide = [&](const fakeimap::Message&, bool) {
            return world.destination.commands_seen("SELECT") < 2;
        };
        const auto report = world.run();
        EXPECT_TRUE(report.complete()) << name << to_json(report);
        EXPECT_EQ(report.issues_total, 0u) << to_json(report);
        EXPECT_THAT(world.to().messages, SizeIs(3));
    }
}

TEST(ExactlyOnce, AFullDestinationHoldsEachMessageOnce) {
    World world({}, persona("filling_up"));
    auto& full = world.destination.persona();
    full.quota_messages = 120;
    full.quota_bytes = 0;
    fill(world);
    auto report = world.run();
    ASSERT_TRUE(report.error);
    EXPECT_EQ(report.error->kind, ErrorKind::over_quota);
    EXPECT_THAT(world.to().messages, SizeIs(120)) << "what fits is there";
    report = world.run();
    EXPECT_THAT(world.to().messages, SizeIs(120));
    full.quota_messages = 0;
    until_complete(world, true);
    expect_exact(world, "filling_up");
}

TEST(ExactlyOnce, AFolderMadeAnewIsComparedByKey) {
    World world({}, persona("reused_uidvalidity"));
    fill(world, 60);
    world.run();
    // The folder was deleted and made again, with the same UIDVALIDITY and UIDs from 1: only some messages are back.
    auto kept = world.to().messages;
    const auto uidvalidity = world.to().uidvalidity;
    world.to() = {};
    world.to().uidvalidity = uidvalidity;
    for (std::size_t i = 0; i < kept.size(); i += 2) world.to().append(kept[i]);
    until_complete(world, true);
    expect_exact(world, "reused_uidvalidity");
}

TEST(ExactlyOnce, ForeignMailIsLeftAloneAndDecidesNothing) {
    World world;
    fill(world, 100);
    int answers = 0;
    world.destination.persona().cut_before_answer = [&](std::string_view name) { return name == "APPEND" && ++answers == 1; };
    world.run();
    world.destination.persona().cut_before_answer = nullptr;
    // Other mail arrives while the batch is in doubt, one with the ID of a message that is to be copied.
    const std::string twin = "Message-ID: <42@x>\r\nSubject: [list] s42\r\n\r\nbody of the list\r\n-- \r\nfooter\r\n";
    for (int i = 0; i < 5; ++i) world.to().append(mail(5000 + i));
    world.to().append({0, {}, "09-Mar-2024 10:00:00 +0000", twin});
    auto report = until_complete(world, true);
    auto there = octets(world.to());
    EXPECT_EQ(there.count(twin), 1u);
    for (int i = 0; i < 5; ++i) EXPECT_EQ(there.count(mail(5000 + i).octets), 1u);
    there.erase(twin);
    for (int i = 0; i < 5; ++i) there.erase(mail(5000 + i).octets);
    EXPECT_EQ(there, octets(world.from()));
    EXPECT_EQ(report.counters.messages_foreign, 6u);
}

TEST(ExactlyOnce, WhatSomebodyRemovedStaysAwayAndIsSaidOnce) {
    World world;
    fill(world, 60);
    world.destination.accounts["u"].folders["Archive"];
    world.from("Archive");
    world.run();
    auto moved = world.to().messages[10];
    world.to("Archive").append(moved);
    world.to().erase({world.to().messages[10].uid, world.to().messages[20].uid});
    auto report = world.run();
    EXPECT_TRUE(report.complete()) << to_json(report);
    EXPECT_EQ(report.counters.messages_copied, 0u);
    EXPECT_EQ(report.counters.messages_skipped, 2u);
    ASSERT_THAT(report.issues, SizeIs(2));
    for (const auto& issue : report.issues) EXPECT_EQ(issue.kind, ErrorKind::removed_at_destination);
    EXPECT_NE(report.issues[0].detail.find("moved"), std::string::npos) << report.issues[0].detail;
    EXPECT_NE(report.issues[1].detail.find("removed"), std::string::npos) << report.issues[1].detail;
    report = world.run();
    EXPECT_THAT(report.issues, IsEmpty());
    EXPECT_EQ(report.counters.messages_skipped, 2u);
    world.request.options.restoreremoved = true;
    report = world.run();
    EXPECT_EQ(report.counters.messages_copied, 2u);
    expect_exact(world, "restored");
}

TEST(ExactlyOnce, AnotherMailboxIsNotFilledUnasked) {
    World world;
    fill(world, 60);
    for (int i = 0; i < 60; ++i) world.to().append(mail(9000 + i));
    auto report = world.run();
    ASSERT_TRUE(report.error);
    EXPECT_EQ(report.error->kind, ErrorKind::identity_mismatch);
    EXPECT_THAT(world.to().messages, SizeIs(60));
    world.request.options.allowmismatch = true;
    report = world.run();
    EXPECT_TRUE(report.complete()) << to_json(report);
    EXPECT_THAT(world.to().messages, SizeIs(120));
}

TEST(ExactlyOnce, AMadeUpMessageOfTheSourceIsNotCopied) {
    World world(persona("courier_gone"));
    fill(world, 60);
    struct ExpungeOnListing final : SyncObserver {
        World& world;
        explicit ExpungeOnListing(World& w) : world(w) {}
        void on_progress(const Counters& counters) override {
            if (counters.messages_total == 60 && world.from().messages.size() == 60) world.from().erase({7, 8});
        }
    } observer(world);
    const auto report = world.run(&observer);
    EXPECT_EQ(report.counters.messages_failed, 2u) << to_json(report);
    EXPECT_THAT(world.to().messages, SizeIs(58));
    for (const auto& message : world.to().messages)
        EXPECT_EQ(message.octets.find("message unavailable"), std::string::npos);
}

TEST(ExactlyOnce, WithoutALeaseNothingIsCommitted) {
    World world;
    fill(world, 60);
    world.holds_lease = [] { return false; };
    const auto report = world.run();
    ASSERT_TRUE(report.error);
    EXPECT_EQ(report.error->kind, ErrorKind::lease_lost);
    EXPECT_THAT(world.to().messages, IsEmpty());
}

// The connection is cut before the n-th answer, for every n and every kind of command that matters.
TEST(ExactlyOnce, CutBeforeEveryAnswer) {
    for (const std::string name : {"plain", "no_uidplus", "no_extensions"})
        for (const std::string_view command : {"APPEND", "SELECT", "UID FETCH", "NOOP", "LIST"})
            for (int nth = 1; nth <= 3; ++nth) {
                World world({}, persona(name));
                fill(world, 120);
                int seen = 0;
                world.destination.persona().cut_before_answer = [&](std::string_view said) {
                    return said == command && ++seen == nth;
                };
                until_complete(world, true, 4);
                expect_exact(world, fmt::format("{} {} {}", name, command, nth));
            }
}

// Random cuts on both sides, refusals, late commits with a settle time that is sometimes too short: after the last pass
// everything is there once.
TEST(ExactlyOnce, RandomFaults) {
    const int rounds = std::getenv("GODWIT_LONG") ? 400 : 40;
    for (int round = 0; round < rounds; ++round) {
        std::mt19937 random(static_cast<unsigned>(round));
        Persona to = persona(round % 3 == 0 ? "no_uidplus" : "plain");
        if (round % 2) to.capabilities += " MULTIAPPEND";
        const bool late = round % 3 != 0 && round % 4 == 1;
        if (late) to.late_commit_every = 2, to.late_commit_least_ms = 1, to.late_commit_most_ms = 60;
        World world({}, to);
        fill(world, 150);
        int faults = 1 + static_cast<int>(random() % 4);
        const auto cut = [&](std::string_view) { return faults > 0 && random() % 9 == 0 && faults-- > 0; };
        world.destination.persona().cut_before_answer = cut;
        if (round % 5 == 0) world.source.persona().cut_before_answer = cut;
        world.destination.persona().refuse_message = [&](const fakeimap::Message&) -> std::optional<std::string> {
            return faults > 0 && random() % 200 == 0 && faults-- > 0 ? std::optional<std::string>("NO [UNAVAILABLE] try again")
                                                                     : std::nullopt;
        };
        for (int pass = 0; pass < 4; ++pass) world.run();
        world.destination.persona().late_commit_every = 0;
        world.destination.commit_due();
        faults = 0;
        until_complete(world, true);
        expect_exact(world, fmt::format("round {}", round));
        if (testing::Test::HasFailure()) return;
    }
}

}  // namespace
}  // namespace godwit::sync
