// Whole undo passes: what stands at the destination afterwards is what stood there before, but for what the report lists.
#include "tests/engine/sync/undo/undo_world.h"

namespace godwit::sync {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using enum FindingKind;

TEST(Undo, TheDestinationIsAsItWasBefore) {
    World world;
    fill_both(world);
    const auto before = snapshot_of(world.destination);
    ASSERT_TRUE(world.run().complete());
    EXPECT_TRUE(world.to("Archive").subscribed);
    ASSERT_NE(snapshot_of(world.destination), before);
    const auto source_sessions = world.source.accounts["u"].sessions_ever;
    const auto report = undo(world);
    EXPECT_FALSE(report.error) << to_json(report);
    EXPECT_EQ(snapshot_of(world.destination), before);
    EXPECT_EQ(count(report, removed), 34u + 1 + 1);
    EXPECT_EQ(report.counters.messages_removed, 36u);
    EXPECT_EQ(count(report, flags_restored), 4u);
    EXPECT_EQ(report.counters.flags_updated, 4u);
    EXPECT_EQ(count(report, folder_dropped), 2u);
    EXPECT_EQ(count(report, left), 0u) << to_json(report);
    EXPECT_EQ(world.source.accounts["u"].sessions_ever, source_sessions) << "the source is not needed";
    EXPECT_THAT(made(world).created, IsEmpty());
    EXPECT_THAT(made(world).subscribed, IsEmpty());
    const auto again = undo(world);
    EXPECT_FALSE(again.error);
    EXPECT_EQ(again.findings, FindingCounts{});
}

TEST(Undo, ADryRunSaysTheSameAndChangesNothing) {
    World world;
    fill_both(world);
    world.run();
    const auto before = snapshot_of(world.destination);
    std::map<std::string, std::uint64_t> sent;
    const std::vector<std::string> writes{"UID STORE", "UID EXPUNGE", "DELETE", "UNSUBSCRIBE", "SELECT"};
    for (const auto& name : writes) sent[name] = world.destination.commands_seen(name);
    const auto dry = undo(world, true);
    EXPECT_FALSE(dry.error);
    EXPECT_EQ(snapshot_of(world.destination), before);
    for (const auto& name : writes) EXPECT_EQ(world.destination.commands_seen(name), sent[name]) << name;
    EXPECT_EQ(dry.counters.messages_removed, 0u);
    const auto said = std::vector<Finding>(world.ledger.findings().begin(), world.ledger.findings().end());
    const auto real = undo(world);
    EXPECT_EQ(real.findings, dry.findings);
    const std::vector<Finding> done(world.ledger.findings().begin() + static_cast<std::ptrdiff_t>(said.size()), world.ledger.findings().end());
    EXPECT_EQ(done, said);
}

TEST(Undo, WhatWasTouchedStaysAndIsListed) {
    World world;
    fill_both(world);
    world.run();
    const auto last = world.to().messages.back().uid;
    auto* read = world.to().find(last);
    read->flags = {"\\Seen", "\\Answered"};
    world.to().touch(*read);
    auto& matched = world.to().messages[0];
    matched.flags.push_back("$Later");
    world.to().touch(matched);
    matched.flags.push_back("\\Draft");
    const auto flags = matched.flags;
    const auto report = undo(world);
    EXPECT_EQ(count(report, left), 2u) << to_json(report);
    EXPECT_EQ(count(report, flags_restored), 3u);
    const auto said = findings(world, left);
    ASSERT_THAT(said, SizeIs(2));
    EXPECT_THAT(said[0].detail, HasSubstr("its flags were changed since"));
    EXPECT_THAT(said[0].detail, HasSubstr("\\Answered"));
    EXPECT_EQ(said[0].destination_uid, last);
    EXPECT_EQ(said[0].source_uid, 40u);
    EXPECT_THAT(said[1].detail, HasSubstr("\\Draft"));
    EXPECT_EQ(world.to().messages[0].flags, flags);
    EXPECT_EQ(undo(world).findings[static_cast<std::size_t>(left)], 2u) << "and again, until it is";
}

TEST(Undo, WhatSomebodyRemovedIsNoMatter) {
    World world;
    fill_both(world);
    world.run();
    world.to().erase({world.to().messages.back().uid});
    world.destination.accounts["u"].folders.erase("Sent/2024");
    const auto report = undo(world);
    EXPECT_FALSE(report.error) << to_json(report);
    EXPECT_EQ(count(report, left), 0u);
    EXPECT_EQ(count(report, removed), 34u);
    EXPECT_EQ(count(report, folder_dropped), 1u);
    EXPECT_THAT(made(world).created, IsEmpty());
}

TEST(Undo, FoldersWithOtherMailOrFoldersBelowStay) {
    World world;
    world.from("a").append(mail(1));
    world.from("a").subscribed = true;
    world.from("b").append(mail(2));
    world.run();
    world.to("a").append(mail(77));
    world.to("b/c").append(mail(78));
    const auto report = undo(world);
    EXPECT_EQ(count(report, removed), 2u);
    EXPECT_EQ(count(report, folder_dropped), 0u);
    const auto said = findings(world, left);
    ASSERT_THAT(said, SizeIs(2));
    EXPECT_THAT(said[0].detail, HasSubstr("1 messages stand in it"));
    EXPECT_THAT(said[1].detail, HasSubstr("b/c"));
    EXPECT_THAT(world.to("a").messages, SizeIs(1));
    EXPECT_TRUE(world.to("a").subscribed) << "whose mail is in it sees it";
    world.destination.accounts["u"].folders.erase("b/c");
    world.to("a").messages.clear();
    EXPECT_EQ(count(undo(world), folder_dropped), 2u);
}

TEST(Undo, FoldersBelowGoFirst) {
    World world;
    for (const std::string name : {"a", "a/b", "a/b/c", "a/b/d"}) world.from(name).append(mail(static_cast<int>(name.size())));
    const auto before = snapshot_of(world.destination);
    world.run();
    EXPECT_EQ(count(undo(world), folder_dropped), 4u);
    EXPECT_EQ(snapshot_of(world.destination), before);
}

TEST(Undo, MailThatArrivesBeforeAFolderIsDroppedIsKept) {
    World world;
    world.from("a").append(mail(1));
    world.run();
    world.destination.persona().refuse = [&](std::string_view name, std::string_view line) -> std::optional<std::string> {
        if (name == "EXAMINE" && line.contains("INBOX")) world.to("a").append(mail(77));
        return std::nullopt;
    };
    const auto report = undo(world);
    EXPECT_EQ(count(report, folder_dropped), 0u);
    EXPECT_EQ(count(report, left), 1u);
    EXPECT_THAT(world.to("a").messages, SizeIs(1));
}

TEST(Undo, AFolderMadeAnewIsLeftAlone) {
    World world;
    fill_both(world);
    world.run();
    world.to().renumber(4711);
    const auto there = world.to().messages.size();
    const auto report = undo(world);
    EXPECT_THAT(world.to().messages, SizeIs(there));
    EXPECT_EQ(count(report, removed), 2u);
    EXPECT_EQ(count(report, left), 1u + 34u);
    EXPECT_THAT(findings(world, left)[0].detail, HasSubstr("34 messages"));
}

TEST(Undo, WithoutUidplusNothingIsRemovedAndAllIsListed) {
    World world({}, persona("no_uidplus"));
    fill_both(world);
    world.run();
    const auto there = world.to().messages.size();
    const auto report = undo(world);
    EXPECT_FALSE(report.error) << to_json(report);
    EXPECT_THAT(world.to().messages, SizeIs(there));
    EXPECT_EQ(count(report, removed), 0u);
    EXPECT_EQ(count(report, flags_restored), 4u) << "flags go back all the same";
    EXPECT_EQ(count(report, left), 34u + 1 + 1 + 1) << "messages, and the folder that holds one";
    EXPECT_THAT(findings(world, left)[0].detail, HasSubstr("UIDPLUS"));
    EXPECT_EQ(count(report, folder_dropped), 1u);
}

TEST(Undo, ADestinationThatDeduplicatesKeepsWhatIsShared) {
    World world({}, persona("deduplicating"));
    world.to().append(mail(0));
    for (int i = 0; i < 40; ++i) world.from().append(mail(i / 2 + i % 2 * (i % 4 / 2)));   // some stand twice
    ASSERT_TRUE(world.run().complete());
    const auto report = undo(world);
    EXPECT_FALSE(report.error) << to_json(report);
    EXPECT_GT(count(report, removed), 0u);
    std::set<std::string> shared;
    for (const auto& finding : findings(world, left)) EXPECT_THAT(finding.detail, HasSubstr("one copy of equal messages"));
    EXPECT_EQ(world.to().messages.size(), 1 + count(report, left));
    EXPECT_EQ(world.to().messages[0].octets, mail(0).octets) << "what was there is there";
}

TEST(Undo, WhatTheServerDoesNotRemoveIsLeftUnmarked) {
    World world;
    fill_both(world);
    world.run();
    const auto there = snapshot_of(world.destination).at("INBOX").second.size();
    world.destination.persona().refuse = [](std::string_view name, std::string_view) -> std::optional<std::string> {
        return name == "UID EXPUNGE" ? std::optional<std::string>("NO [NOPERM] not allowed") : std::nullopt;
    };
    const auto report = undo(world);
    EXPECT_FALSE(report.error) << to_json(report);
    EXPECT_EQ(count(report, removed), 0u);
    EXPECT_THAT(findings(world, left)[0].detail, HasSubstr("not allowed"));
    EXPECT_THAT(world.to().messages, SizeIs(there));
    for (const auto& message : world.to().messages) EXPECT_FALSE(message.has_flag("\\Deleted"));
    world.destination.persona().refuse = nullptr;
    EXPECT_EQ(count(undo(world), left), 0u);
}

TEST(Undo, UndoneAndCopiedAgainAndUndoneAgain) {
    World world;
    fill_both(world);
    const auto before = snapshot_of(world.destination);
    const auto first = world.run();
    const auto copied = snapshot_of(world.destination);
    undo(world);
    const auto second = world.run();
    EXPECT_TRUE(second.complete()) << to_json(second);
    EXPECT_EQ(second.counters.messages_copied, first.counters.messages_copied);
    EXPECT_EQ(snapshot_of(world.destination), copied);
    EXPECT_EQ(count(undo(world), left), 0u);
    EXPECT_EQ(snapshot_of(world.destination), before);
}

TEST(Undo, LaterPassesForgetNothing) {
    World world;
    fill_both(world);
    const auto before = snapshot_of(world.destination);
    world.run();
    for (int i = 40; i < 50; ++i) world.from().append(mail(i));
    for (auto& message : world.from().messages) {
        message.flags = {"\\Flagged"};
        world.from().touch(message);
    }
    world.from().erase({7, 8, 9});   // their copies stay, and are ours
    world.run();
    const auto report = undo(world);
    EXPECT_EQ(count(report, left), 0u) << to_json(report);
    EXPECT_EQ(snapshot_of(world.destination), before) << "flags are those from before the first change";
}

TEST(Undo, ASourceWithNewUidsIsRemembered) {
    World world;
    fill_both(world);
    const auto before = snapshot_of(world.destination);
    world.run();
    world.from().renumber(4711);
    ASSERT_TRUE(world.run().complete());
    const auto report = undo(world);
    EXPECT_EQ(count(report, left), 0u) << to_json(report);
    EXPECT_EQ(snapshot_of(world.destination), before);
}

TEST(Undo, FoldersThatWereMergedComeApart) {
    World world;
    for (int i = 0; i < 10; ++i) world.from("a").append(mail(i));
    for (int i = 5; i < 15; ++i) world.from("b").append(mail(100 + i));
    world.to("c").append(mail(7));
    world.request.options.f1f2 = {"a=c", "b=c"};
    const auto before = snapshot_of(world.destination);
    ASSERT_TRUE(world.run().complete());
    const auto report = undo(world);
    EXPECT_EQ(snapshot_of(world.destination), before) << to_json(report);
    EXPECT_EQ(count(report, left), 0u);
}

TEST(Undo, WithoutALeaseNothingIsDone) {
    World world;
    fill_both(world);
    world.run();
    const auto before = snapshot_of(world.destination);
    world.holds_lease = [] { return false; };
    const auto report = undo(world);
    ASSERT_TRUE(report.error);
    EXPECT_EQ(report.error->kind, ErrorKind::lease_lost);
    EXPECT_EQ(snapshot_of(world.destination), before);
}

TEST(Undo, DrainsBetweenBatches) {
    World world;
    for (int i = 0; i < 1200; ++i) world.from().append(mail(i));
    world.run();
    struct Drain final : SyncObserver {
        World& world;
        explicit Drain(World& w) : world(w) {}
        void on_progress(const Counters& counters) override {
            if (counters.messages_removed > 0) world.drain.request_stop();
        }
    } observer(world);
    auto report = undo(world, false, &observer);
    ASSERT_TRUE(report.error);
    EXPECT_EQ(report.error->kind, ErrorKind::cancelled);
    EXPECT_THAT(world.to().messages, SizeIs(700));
    world.drain = std::stop_source();
    report = undo(world);
    EXPECT_FALSE(report.error);
    EXPECT_THAT(world.to().messages, IsEmpty());
    EXPECT_THAT(findings(world, removed), SizeIs(1200)) << "each is told once";
}

TEST(Undo, OneFolderThatFailsDoesNotKeepTheOthers) {
    World world;
    fill_both(world);
    world.run();
    world.destination.persona().refuse = [](std::string_view name, std::string_view line) -> std::optional<std::string> {
        return name == "SELECT" && line.contains("INBOX") ? std::optional<std::string>("NO [SERVERBUG] broken") : std::nullopt;
    };
    const auto report = undo(world);
    EXPECT_FALSE(report.error) << to_json(report);
    EXPECT_FALSE(report.complete());
    EXPECT_EQ(count(report, removed), 2u);
    EXPECT_EQ(std::ranges::count_if(report.folders, [](const auto& folder) { return folder.error.has_value(); }), 1);
}

}  // namespace
}  // namespace godwit::sync
