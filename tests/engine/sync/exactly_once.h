// What the tests of exactly-once share: awkward mail, passes until one is complete, and the verdict.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "tests/engine/sync/world.h"
#include "tools/fakeimap/personas.h"

namespace godwit::sync {

inline constexpr int messages = 250;

inline fakeimap::Persona persona(std::string_view name) {
    auto found = fakeimap::persona_named(name);
    EXPECT_TRUE(found) << name;
    return found.value_or(fakeimap::Persona{});
}

// Messages of every kind that matching has to tell apart: some share a Message-ID, some stand twice, some have no ID.
inline void fill(World& world, int count = messages) {
    for (int i = 0; i < count; ++i) {
        fakeimap::Message message = mail(i, fmt::format("body {}\r\n{}", i, std::string(static_cast<std::size_t>(i % 7) * 40, 'x')));
        if (i % 10 == 3) message = mail(i - 1, fmt::format("another body {}\r\n", i));          // the ID of its neighbour
        if (i % 10 == 5) message = mail(i - 1, fmt::format("body {}\r\n{}", i - 1, std::string(static_cast<std::size_t>((i - 1) % 7) * 40, 'x')));
        if (i % 10 == 7)
            message.octets = fmt::format("Date: Thu, 1 Feb 2024 10:00:{:02} +0000\r\nFrom: a@b\r\nSubject: no id {}\r\n\r\nhi\r\n", i % 60, i);
        message.internal_date = fmt::format("01-Feb-2024 10:{:02}:{:02} +0000", i / 60 % 60, i % 60);
        world.from().append(std::move(message));
    }
}

inline std::multiset<std::string> octets(fakeimap::Folder& folder) {
    std::multiset<std::string> out;
    for (const auto& message : folder.messages) out.insert(message.octets);
    return out;
}

inline void expect_exact(World& world, std::string_view what) {
    world.destination.commit_due();
    const auto wanted = octets(world.from()), there = octets(world.to());
    std::vector<std::string> lost, doubled;
    std::ranges::set_difference(wanted, there, std::back_inserter(lost));
    std::ranges::set_difference(there, wanted, std::back_inserter(doubled));
    EXPECT_THAT(lost, testing::IsEmpty()) << what;
    EXPECT_THAT(doubled, testing::IsEmpty()) << what;
}

// Every source message has one outcome.
inline void expect_right_counters(const SyncReport& report, std::string_view what) {
    const auto& c = report.counters;
    EXPECT_EQ(c.messages_total, c.messages_copied + c.messages_matched + c.messages_skipped + c.messages_failed)
        << what << ' ' << to_json(report);
}

// Passes until one is complete; the last one's report. What is in doubt is told to the next run as its caller would.
inline SyncReport until_complete(World& world, bool with_ledger, int passes = 5000) {
    SyncReport report;
    for (int pass = 0; pass < passes; ++pass) {
        if (!with_ledger) world.ledger = MemoryLedger();
        report = world.run();
        world.request.settle_first = !with_ledger && report.error.has_value();
        if (report.complete()) {
            expect_right_counters(report, "the last pass");
            return report;
        }
    }
    ADD_FAILURE() << "never complete: " << to_json(report);
    return report;
}

}  // namespace godwit::sync
