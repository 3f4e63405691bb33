// Whole passes: which messages are copied, what becomes of their flags and dates, and that each has one outcome.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <charconv>

#include "engine/sync/option_values.h"
#include "tests/engine/sync/exactly_once.h"

namespace godwit::sync {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

// Every outcome that was told, as "folder uid outcome reason".
class Outcomes final : public SyncObserver {
public:
    void on_message(const MessageOutcome& message) override {
        lines.push_back(fmt::format("{} {} {} {}", message.folder, message.uid, name_of(message.outcome), message.reason));
        EXPECT_TRUE(told_.insert({message.folder, message.uid}).second) << lines.back() << " is told twice";
    }
    std::vector<std::string> lines;

private:
    std::set<std::pair<std::string, std::uint32_t>> told_;
};

// The report's sums, folder by folder, and one outcome a message.
SyncReport run_and_check(World& world) {
    Outcomes outcomes;
    auto report = world.run(&outcomes);
    Counters sum;
    for (const auto& folder : report.folders) {
        const auto& c = folder.counters;
        if (!folder.error)
            EXPECT_EQ(c.messages_total, c.messages_copied + c.messages_matched + c.messages_skipped + c.messages_failed)
                << folder.source_name;
        std::uint64_t skipped = 0;
        for (const auto count : folder.skipped) skipped += count;
        EXPECT_EQ(c.messages_skipped, skipped) << folder.source_name;
        sum += c;
    }
    EXPECT_EQ(sum.messages_total, report.counters.messages_total);
    EXPECT_EQ(sum.messages_copied, report.counters.messages_copied);
    EXPECT_EQ(sum.messages_skipped, report.counters.messages_skipped);
    const bool all_folders = std::ranges::none_of(report.folders, [](const auto& folder) { return folder.error.has_value(); });
    if (!report.error && all_folders) EXPECT_EQ(outcomes.lines.size(), report.counters.messages_total) << to_json(report);
    return report;
}

std::vector<std::string> flags_of(const fakeimap::Message& message) {
    auto flags = message.flags;
    std::ranges::sort(flags);
    return flags;
}

std::uint64_t skipped(const SyncReport& report, SkipReason reason) { return report.skipped[static_cast<std::size_t>(reason)]; }

bool has_keyword(const fakeimap::Message& message, std::string_view keyword) {
    return std::ranges::find(message.flags, keyword) != message.flags.end();
}

TEST(Fidelity, FlagsThatAppendIgnoresAreSetByStore) {
    World world({}, persona("ignores_append_flags"));
    for (int i = 0; i < 5; ++i) world.from().append(mail(i, "x\r\n", {"\\Seen", i % 2 ? "\\Flagged" : "\\Answered", "work"}));
    const auto report = run_and_check(world);
    EXPECT_TRUE(report.complete()) << to_json(report);
    EXPECT_EQ(report.issues_total, 0u) << to_json(report);
    for (const auto& message : world.to().messages) EXPECT_THAT(flags_of(message), SizeIs(2)) << message.octets;
}

TEST(Fidelity, FlagsOfOtherMessagesStayAsTheyAreWhereUidsAreNamedWrongly) {
    World world({}, persona("wrong_appenduid"));
    world.destination.persona().wrong_appenduid_every = 1;
    for (int i = 0; i < 40; ++i) world.from().append(mail(i, "x\r\n", i % 2 ? std::vector<std::string>{"\\Seen"} : std::vector<std::string>{}));
    world.request.limits.batch_messages = 1;
    run_and_check(world);
    ASSERT_THAT(world.to().messages, SizeIs(40));
    for (const auto& message : world.to().messages) {
        const bool odd = (message.octets[message.octets.find('@') - 1] - '0') % 2 == 1;
        EXPECT_EQ(message.flags.size(), odd ? 1u : 0u) << message.octets;
    }
}

TEST(Fidelity, AMessageRefusedForAKeywordIsStoredAndTheKeywordSetLater) {
    World world({}, persona("plain"));
    world.destination.persona().refuse_message = [](const fakeimap::Message& message) -> std::optional<std::string> {
        return has_keyword(message, "$Odd") ? std::optional<std::string>("NO [CANNOT] Invalid keyword") : std::nullopt;
    };
    for (int i = 0; i < 6; ++i)
        world.from().append(mail(i, "x\r\n", i % 3 == 0 ? std::vector<std::string>{"\\Seen", "$Odd"} : std::vector<std::string>{"work"}));
    const auto report = run_and_check(world);
    EXPECT_TRUE(report.complete()) << to_json(report);
    EXPECT_EQ(report.issues_total, 0u) << to_json(report);
    ASSERT_THAT(world.to().messages, SizeIs(6));
    std::size_t odd = 0;
    for (const auto& message : world.to().messages) odd += has_keyword(message, "$Odd");
    EXPECT_EQ(odd, 2u) << "STORE takes it";
    EXPECT_EQ(run_and_check(world).counters.flags_updated, 0u);
}

TEST(Fidelity, AKeywordThatIsRefusedEverywhereIsNamedWithTheServersWords) {
    World world({}, persona("plain"));
    world.destination.persona().refuse_message = [](const fakeimap::Message& message) -> std::optional<std::string> {
        return has_keyword(message, "$Odd") ? std::optional<std::string>("NO [CANNOT] Invalid keyword") : std::nullopt;
    };
    world.destination.persona().refuse = [](std::string_view name, std::string_view arguments) -> std::optional<std::string> {
        return name.ends_with("STORE") && arguments.contains("$Odd") ? std::optional<std::string>("NO Too many user flags")
                                                                     : std::nullopt;
    };
    world.from().append(mail(1, "x\r\n", {"\\Seen", "$Odd", "work"}));
    const auto report = run_and_check(world);
    EXPECT_TRUE(report.complete()) << to_json(report);
    ASSERT_THAT(report.issues, SizeIs(1)) << to_json(report);
    EXPECT_EQ(report.issues[0].kind, ErrorKind::flags_refused);
    EXPECT_THAT(report.issues[0].detail, HasSubstr("$Odd: NO Too many user flags"));
    EXPECT_THAT(flags_of(world.to().messages.at(0)), ElementsAre("\\Seen", "work"));
}

TEST(Fidelity, ADateThatIsRefusedIsLeftAway) {
    World world({}, persona("plain"));
    world.destination.persona().refuse_message = [](const fakeimap::Message& message) -> std::optional<std::string> {
        return message.internal_date.contains("1969") ? std::optional<std::string>("BAD Invalid date-time") : std::nullopt;
    };
    for (int i = 0; i < 3; ++i) world.from().append(mail(i, "x\r\n", {"\\Seen", "work"}));
    world.from().messages[1].internal_date = "01-Feb-1969 10:00:00 +0000";
    const auto report = run_and_check(world);
    EXPECT_TRUE(report.complete()) << to_json(report);
    ASSERT_THAT(report.issues, SizeIs(1)) << to_json(report);
    EXPECT_EQ(report.issues[0].kind, ErrorKind::date_refused);
    EXPECT_THAT(report.issues[0].detail, HasSubstr("BAD Invalid date-time"));
    ASSERT_THAT(world.to().messages, SizeIs(3));
    for (const auto& message : world.to().messages) EXPECT_THAT(flags_of(message), ElementsAre("\\Seen", "work"));
}

TEST(Fidelity, WhatIsRefusedWhateverItIsSentWithFailsWithTheFirstWords) {
    World world({}, persona("plain"));
    world.destination.persona().refuse_message = [](const fakeimap::Message& message) -> std::optional<std::string> {
        return has_keyword(message, "work") ? "NO it is a virus" : "NO not this either";
    };
    for (int i = 0; i < 60; ++i) world.from().append(mail(i, "x\r\n", {"\\Seen", "work"}));
    const auto report = run_and_check(world);
    EXPECT_FALSE(report.error) << to_json(report);
    EXPECT_EQ(report.counters.messages_failed, 60u);
    for (const auto& issue : report.issues) EXPECT_THAT(issue.detail, HasSubstr("it is a virus"));
    EXPECT_THAT(world.to().messages, IsEmpty());
    EXPECT_LT(world.destination.commands_seen("APPEND"), 3 * 60u) << "not tried with less for ever";
}

TEST(Fidelity, OnlyWhatTheSearchFinds) {
    World world;
    for (int i = 0; i < 4; ++i) world.from().append(mail(i, "x\r\n", i % 2 ? std::vector<std::string>{"\\Seen"} : std::vector<std::string>{}));
    world.request.options.search = "UNSEEN SUBJECT \"s2\"";
    auto report = run_and_check(world);
    EXPECT_TRUE(report.complete()) << to_json(report);
    EXPECT_EQ(skipped(report, SkipReason::not_selected), 3u);
    EXPECT_THAT(world.bodies(), SizeIs(1));
    world.request.options.search.clear();
    EXPECT_EQ(run_and_check(world).counters.messages_copied, 3u);
}

TEST(Fidelity, ASearchThatIsRefusedOrLiesCopiesNothing) {
    World world;
    for (int i = 0; i < 4; ++i) world.from().append(mail(i));
    world.request.options.search = "SEEN";
    world.source.persona().searched_messages = 2;
    auto report = run_and_check(world);
    ASSERT_TRUE(report.folders.at(0).error);
    EXPECT_EQ(report.folders[0].error->kind, ErrorKind::search_refused);
    EXPECT_FALSE(report.complete());
    EXPECT_EQ(report.counters.messages_failed, 4u) << "they are counted, though the folder was not listed";
    world.source.persona().searched_messages = 0;
    world.request.options.search = "FROBNICATE";
    report = run_and_check(world);
    ASSERT_TRUE(report.folders.at(0).error);
    EXPECT_EQ(report.folders[0].error->kind, ErrorKind::search_refused);
    EXPECT_THAT(world.to().messages, IsEmpty());
}

TEST(Fidelity, SizesAndTheDestinationsLimit) {
    auto limited = persona("plain");
    limited.capabilities += " APPENDLIMIT=500";
    World world({}, limited);
    for (const int bytes : {10, 100, 300, 1000}) world.from().append(mail(bytes, std::string(static_cast<std::size_t>(bytes), 'x') + "\r\n"));
    world.request.options.minsize = world.from().messages[0].octets.size();
    world.request.options.maxsize = world.from().messages[2].octets.size() - 1;
    auto report = run_and_check(world);
    EXPECT_EQ(skipped(report, SkipReason::too_small), 1u);
    EXPECT_EQ(skipped(report, SkipReason::too_large), 2u);
    EXPECT_THAT(world.to().messages, SizeIs(1));
    world.request.options.minsize = world.request.options.maxsize = 0;
    report = run_and_check(world);
    EXPECT_TRUE(report.complete());
    EXPECT_EQ(skipped(report, SkipReason::append_limit), 1u);
    EXPECT_THAT(world.to().messages, SizeIs(3));
}

TEST(Fidelity, DuplicatesAreDroppedOnRequestAndOnlyThey) {
    World world;
    for (int i = 0; i < 3; ++i) world.from().append(mail(1, "same\r\n"));
    world.from().append(mail(1, "more\r\n"));   // same key and size, another body
    world.request.options.syncduplicates = false;
    auto report = run_and_check(world);
    EXPECT_EQ(skipped(report, SkipReason::duplicate), 2u);
    EXPECT_THAT(world.to().messages, SizeIs(2));
    report = run_and_check(world);
    EXPECT_EQ(report.counters.messages_copied, 0u);
    EXPECT_THAT(world.to().messages, SizeIs(2));
    world.request.options.syncduplicates = true;
    EXPECT_EQ(run_and_check(world).counters.messages_copied, 2u);
}

TEST(Fidelity, WhatAnEarlierFolderHadIsLeftOutOnRequest) {
    World world;
    for (int i = 0; i < 3; ++i) world.from().append(mail(i));
    for (int i = 1; i < 5; ++i) world.from("Later").append(mail(i));
    world.from("Later").append(mail(2, "longer than it was\r\n"));
    world.request.options.skipcrossduplicates = true;
    auto report = run_and_check(world);
    EXPECT_EQ(skipped(report, SkipReason::cross_duplicate), 2u) << to_json(report);
    EXPECT_THAT(world.to().messages, SizeIs(3));
    EXPECT_THAT(world.to("Later").messages, SizeIs(3));
    report = run_and_check(world);
    EXPECT_EQ(report.counters.messages_copied, 0u);
}

TEST(Fidelity, NewestFirstAndAnEndAfterSoManyBytes) {
    World world;
    for (int i = 0; i < 300; ++i) {
        world.from().append(mail(i, std::string(1000, 'x') + "\r\n"));
        world.from().messages.back().internal_date = fmt::format("01-Feb-2024 10:{:02}:{:02} +0000", i / 60, i % 60);
    }
    world.request.options.newestfirst = true;
    world.request.options.exitwhenover = 20'000;
    world.request.limits.batch_messages = 5;
    auto report = run_and_check(world);
    ASSERT_TRUE(report.error);
    EXPECT_EQ(report.error->kind, ErrorKind::byte_limit);
    const auto copied = world.to().messages.size();
    EXPECT_GE(copied, 20u);
    EXPECT_LT(copied, 300u);
    // The octets of a hundred are asked for at once, and come in the source's order.
    EXPECT_THAT(world.to().messages[0].octets, HasSubstr("<200@x>"));
    world.request.options.exitwhenover = 0;
    report = run_and_check(world);
    EXPECT_TRUE(report.complete());
    EXPECT_EQ(report.counters.messages_copied, 300 - copied);
    expect_exact(world, "resumed");
}

TEST(Fidelity, ThreeModesOfResync) {
    for (const auto mode : {ResyncFlags::exact, ResyncFlags::additive, ResyncFlags::off}) {
        World world;
        for (int i = 0; i < 3; ++i) world.from().append(mail(i, "x\r\n", {"\\Seen"}));
        world.request.options.resyncflags = mode;
        run_and_check(world);
        world.to().messages[0].flags = {"\\Seen", "\\Flagged"};   // set by its owner
        world.to().messages[1].flags = {};                        // marked unread
        world.from().messages[2].flags = {"\\Seen", "\\Answered"};
        run_and_check(world);
        const auto& there = world.to().messages;
        const bool exact = mode == ResyncFlags::exact, off = mode == ResyncFlags::off;
        EXPECT_EQ(flags_of(there[0]).size(), exact ? 1u : 2u) << name_of(mode);
        EXPECT_EQ(flags_of(there[1]).size(), exact ? 1u : 0u) << name_of(mode);
        EXPECT_EQ(flags_of(there[2]).size(), off ? 1u : 2u) << name_of(mode);
    }
}

TEST(Fidelity, ASlowPaceIsKept) {
    World world;
    for (int i = 0; i < 6; ++i) world.from().append(mail(i));
    world.request.options.maxmessagespersecond = 50;
    world.request.limits.batch_messages = 1;
    const auto report = run_and_check(world);
    EXPECT_TRUE(report.complete());
    EXPECT_GE(report.seconds, 0.09) << "five gaps of 20 ms";
}

}  // namespace
}  // namespace godwit::sync
