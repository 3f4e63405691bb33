// Passes after the first one, between two fake servers with CONDSTORE: what they do, and what they cost.
#include <gmock/gmock.h>

#include "tests/engine/sync/world.h"
#include "tools/fakeimap/personas.h"

namespace godwit::sync {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

// Commands by side.
class Watch final : public SyncObserver {
public:
    void on_command(Side side, std::string_view name, std::chrono::steady_clock::duration, bool) override {
        ++commands[{side, std::string(name)}];
        ++of_side[side];
    }
    std::map<std::pair<Side, std::string>, int> commands;
    std::map<Side, int> of_side;
    int count(Side side, const std::string& name) { return commands[{side, name}]; }
    int both(const std::string& name) { return count(Side::source, name) + count(Side::destination, name); }
};

fakeimap::Persona dovecot() { return *fakeimap::persona_named("dovecot"); }

struct DeltaPass : testing::Test {
    World world{dovecot(), dovecot()};
    Watch watch;

    void fill(int messages, const std::string& folder = "INBOX", int first = 0) {
        for (int i = 0; i < messages; ++i) world.from(folder).append(mail(first + i));
    }
    SyncReport pass() {
        watch = {};
        auto report = world.run(&watch);
        EXPECT_TRUE(report.complete()) << to_json(report);
        return report;
    }
    int commands() { return watch.of_side[Side::source] + watch.of_side[Side::destination]; }
    static void set_flags(fakeimap::Folder& folder, std::uint32_t uid, std::vector<std::string> flags) {
        folder.find(uid)->flags = std::move(flags);
        folder.touch(*folder.find(uid));
    }
    void move(const std::string& from, std::uint32_t uid, const std::string& to) {
        auto message = *world.from(from).find(uid);
        world.from(from).erase({uid});
        world.from(to).append(std::move(message));
    }
};

TEST_F(DeltaPass, WithoutChangesNoFolderIsOpened) {
    fill(20);
    fill(20, "A", 100);
    world.to().append(mail(999));   // not ours
    const auto first = pass().counters;
    const auto again = pass().counters;
    EXPECT_EQ(watch.both("SELECT") + watch.both("EXAMINE") + watch.both("UID FETCH"), 0);
    EXPECT_LE(commands(), 8);
    EXPECT_EQ(again.messages_matched, first.messages_copied);
    EXPECT_EQ(again.messages_total, first.messages_total);
    EXPECT_EQ(again.bytes_total, first.bytes_total);
    EXPECT_EQ(again.messages_foreign, 1u);
    EXPECT_EQ(again.folders_done, first.folders_done);
}

TEST_F(DeltaPass, OnlyWhatHasChangedIsListed) {
    fill(500);
    pass();
    world.from().append(mail(1000));
    set_flags(world.from(), 7, {"\\Flagged", "Work"});
    world.from().erase({9});
    const auto report = pass();
    EXPECT_EQ(report.counters.messages_copied, 1u);
    EXPECT_EQ(report.counters.flags_updated, 1u);
    EXPECT_EQ(report.counters.messages_total, 500u);
    EXPECT_EQ(report.counters.messages_matched, 499u);
    EXPECT_THAT(world.to().messages, SizeIs(501));   // nothing is deleted there
    EXPECT_THAT(world.to().find(7)->flags, testing::UnorderedElementsAre("\\Flagged", "Work"));
    EXPECT_LE(commands(), 30);
    pass();
    EXPECT_EQ(watch.both("EXAMINE"), 0);
}

TEST_F(DeltaPass, WhatItsUserDoesAtTheDestinationIsSeen) {
    fill(50);
    pass();
    set_flags(world.to(), 3, {"\\Seen"});
    world.to().erase({5});
    world.to().append(mail(2000));
    const auto report = pass();
    EXPECT_THAT(world.to().find(3)->flags, IsEmpty());   // those of the source
    EXPECT_EQ(report.counters.messages_copied, 0u);
    EXPECT_EQ(report.counters.messages_skipped, 1u);
    EXPECT_EQ(report.skipped[static_cast<std::size_t>(SkipReason::removed_at_destination)], 1u);
    EXPECT_EQ(report.counters.messages_foreign, 1u);
    const auto again = pass();
    EXPECT_EQ(watch.both("EXAMINE"), 0);
    EXPECT_EQ(again.counters.messages_skipped, 1u);
    EXPECT_EQ(again.counters.messages_matched, 49u);
    EXPECT_EQ(again.counters.messages_foreign, 1u);
}

// Delivered to both sides; the destination's copy was there first.
TEST_F(DeltaPass, AForeignMessageIsTheCopyOfOneThatComesLater) {
    fill(50);
    pass();
    world.to().append(mail(3000));
    pass();
    world.from().append(mail(3000));
    const auto report = pass();
    EXPECT_EQ(report.counters.messages_copied, 0u);
    EXPECT_EQ(report.counters.messages_matched, 51u);
    EXPECT_EQ(report.counters.messages_foreign, 0u);
}

TEST_F(DeltaPass, FlagsThatChangeWhileFlagsAreSetAreSeenByTheNextPass) {
    fill(50);
    pass();
    set_flags(world.from(), 7, {"\\Flagged"});
    // Its user does something between the pass's SELECT and its end.
    world.destination.persona().refuse = [&](std::string_view name, std::string_view) -> std::optional<std::string> {
        if (name == "UID STORE") set_flags(world.to(), 20, {"\\Deleted"});
        return std::nullopt;
    };
    pass();
    world.destination.persona().refuse = nullptr;
    EXPECT_THAT(world.to().find(20)->flags, SizeIs(1));
    pass();
    EXPECT_THAT(world.to().find(20)->flags, IsEmpty());
}

TEST_F(DeltaPass, AMessageThatMovesIsMoved) {
    fill(50);
    fill(10, "Archive", 500);
    pass();
    set_flags(world.from(), 3, {"\\Seen"});
    move("INBOX", 3, "Archive");
    move("INBOX", 4, "New");
    const auto report = pass();
    EXPECT_EQ(report.counters.messages_moved, 2u);
    EXPECT_EQ(report.counters.messages_copied, 0u);
    EXPECT_EQ(watch.count(Side::destination, "APPEND"), 0);
    EXPECT_THAT(world.to().messages, SizeIs(48));
    EXPECT_THAT(world.to("Archive").messages, SizeIs(11));
    EXPECT_THAT(world.to("Archive").messages.back().flags, testing::ElementsAre("\\Seen"));
    EXPECT_THAT(world.to("New").messages, SizeIs(1));
    EXPECT_EQ(pass().counters.messages_matched, 60u);
    EXPECT_EQ(watch.both("EXAMINE"), 0);
}

// Undone, it stays where it is now, and the report says where it was.
TEST_F(DeltaPass, WhatWasThereBeforeIsKnownAsThatWhereItIsMovedTo) {
    fill(20);
    world.to().append(mail(3));
    pass();
    move("INBOX", 4, "Archive");
    EXPECT_EQ(pass().counters.messages_moved, 1u);
    EXPECT_THAT(world.to("Archive").messages, SizeIs(1));
    world.request.kind = PassKind::undo;
    const auto undone = world.run();
    EXPECT_EQ(undone.counters.messages_removed, 19u);
    EXPECT_THAT(world.to().messages, IsEmpty());
    EXPECT_THAT(world.to("Archive").messages, SizeIs(1));
    EXPECT_THAT(world.ledger.findings(),
                testing::Contains(testing::AllOf(testing::Field(&Finding::kind, FindingKind::left),
                                                 testing::Field(&Finding::detail, "it was there before, in \"INBOX\""))));
}

TEST_F(DeltaPass, AFolderThatIsRenamedIsMoved) {
    fill(40, "Old");
    pass();
    auto& folders = world.source.accounts["u"].folders;
    folders["New"] = folders["Old"];
    folders.erase("Old");
    const auto report = pass();
    EXPECT_EQ(report.counters.messages_moved, 40u);
    EXPECT_EQ(report.counters.messages_copied, 0u);
    EXPECT_THAT(world.to("Old").messages, IsEmpty());
    EXPECT_THAT(world.to("New").messages, SizeIs(40));
}

// From cutover on the destination's users work with what is there.
TEST_F(DeltaPass, AFinalPassCopiesInstead) {
    fill(20);
    pass();
    move("INBOX", 3, "Archive");
    world.request.kind = PassKind::final;
    const auto report = pass();
    EXPECT_EQ(report.counters.messages_moved, 0u);
    EXPECT_EQ(report.counters.messages_copied, 1u);
    EXPECT_THAT(world.to().messages, SizeIs(20));
}

TEST_F(DeltaPass, OneThatOnlySharesAMessageIdIsCopied) {
    fill(20);
    pass();
    world.from().erase({3});
    world.from("Lists").append(mail(2, "the same, as the list sent it back\r\n"));
    const auto report = pass();
    EXPECT_EQ(report.counters.messages_moved, 0u);
    EXPECT_EQ(report.counters.messages_copied, 1u);
    EXPECT_THAT(world.to().messages, SizeIs(20));
}

TEST_F(DeltaPass, AMoveThatIsCutOffDoublesNothing) {
    fill(20);
    pass();
    move("INBOX", 3, "Archive");
    int moves = 0;
    world.destination.persona().refuse = [&](std::string_view name, std::string_view) -> std::optional<std::string> {
        return name == "UID MOVE" && ++moves == 1 ? std::optional<std::string>("NO not now") : std::nullopt;
    };
    const auto report = pass();
    EXPECT_EQ(moves, 1);
    EXPECT_EQ(report.counters.messages_copied, 1u);   // refused: copied instead
    EXPECT_THAT(world.to("Archive").messages, SizeIs(1));
    world.destination.persona().refuse = nullptr;
    EXPECT_EQ(pass().counters.messages_copied, 0u);
    EXPECT_THAT(world.to("Archive").messages, SizeIs(1));
}

TEST_F(DeltaPass, OtherOptionsLookAtEverything) {
    fill(20);
    pass();
    world.request.options.regexflag = {R"(s/\\Seen/\\Flagged/)"};
    pass();
    EXPECT_EQ(watch.both("EXAMINE"), 1);
    pass();
    EXPECT_EQ(watch.both("EXAMINE"), 0);
}

TEST_F(DeltaPass, WhatWasRefusedIsTriedAgain) {
    fill(20);
    world.destination.persona().refuse_message = [](const fakeimap::Message& message) -> std::optional<std::string> {
        return message.octets.contains("s5\r\n") ? std::optional<std::string>("NO not this one") : std::nullopt;
    };
    EXPECT_EQ(world.run().counters.messages_failed, 1u);
    EXPECT_EQ(world.run().counters.messages_failed, 1u);
    world.destination.persona().refuse_message = nullptr;
    EXPECT_EQ(pass().counters.messages_copied, 1u);
    EXPECT_THAT(world.to().messages, SizeIs(20));
    pass();
    EXPECT_EQ(watch.both("EXAMINE"), 0);
}

TEST_F(DeltaPass, AnObserverThatWantsEveryMessageHearsOfEach) {
    struct All final : SyncObserver {
        int messages = 0;
        bool wants_every_message() const override { return true; }
        void on_message(const MessageOutcome&) override { ++messages; }
    };
    fill(20);
    pass();
    All all;
    world.run(&all);
    EXPECT_EQ(all.messages, 20);
}

// A search that leaves messages out must not make them look gone.
TEST_F(DeltaPass, ASearchThatLiesMovesNothing) {
    fill(20);
    pass();
    world.source.persona().searched_messages = 10;
    move("INBOX", 3, "Archive");
    const auto report = pass();
    EXPECT_EQ(report.counters.messages_moved, 0u);
    EXPECT_EQ(report.counters.messages_copied, 1u);
    EXPECT_EQ(report.counters.messages_matched, 19u);
}

}  // namespace
}  // namespace godwit::sync
