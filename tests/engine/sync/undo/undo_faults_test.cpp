// Undo passes that are cut, and passes before them that were.
#include "tests/engine/sync/undo/undo_world.h"

namespace godwit::sync {
namespace {

using testing::IsEmpty;
using testing::SizeIs;
using enum FindingKind;

void cut_at(World& world, int nth) {
    world.destination.persona().cut_before_answer = [nth, seen = 0](std::string_view) mutable { return ++seen == nth; };
}

// The connection ends before the n-th answer, for every n; what was begun is finished by the next pass.
TEST(UndoFaults, CutBeforeEveryAnswer) {
    for (int nth = 1;; ++nth) {
        World world;
        fill_both(world);
        const auto before = snapshot_of(world.destination);
        world.run();
        cut_at(world, nth);
        const auto cut = undo(world);
        world.destination.persona().cut_before_answer = nullptr;
        const auto report = undo(world);
        ASSERT_FALSE(report.error) << nth << ' ' << to_json(report);
        EXPECT_EQ(count(report, left), 0u) << nth << ' ' << to_json(report);
        ASSERT_EQ(snapshot_of(world.destination), before) << nth;
        EXPECT_THAT(made(world).created, IsEmpty()) << nth;
        if (!cut.error) break;
        ASSERT_LT(nth, 200);
    }
}

// Likewise a sync pass, of which nothing more is known than what it noted; then the undo.
TEST(UndoFaults, AfterASyncPassThatWasCutAnywhere) {
    for (const std::string name : {"plain", "no_extensions"})
        for (int nth = 1;; ++nth) {
            World world({}, persona(name));
            world.request.limits.batch_messages = 10;
            fill_both(world);
            const auto before = snapshot_of(world.destination);
            cut_at(world, nth);
            const auto cut = world.run();
            world.destination.persona().cut_before_answer = nullptr;
            const bool plus = name == "plain";
            if (!plus) world.destination.persona().capabilities += " UIDPLUS";   // to see what it finds
            const auto report = undo(world);
            ASSERT_FALSE(report.error) << nth << ' ' << to_json(report);
            EXPECT_EQ(count(report, left), 0u) << name << ' ' << nth << ' ' << to_json(report);
            ASSERT_EQ(snapshot_of(world.destination), before) << name << ' ' << nth;
            if (!cut.error) break;
            ASSERT_LT(nth, 400);
        }
}

// Cut within a copy, and the messages appear only while the undo pass waits for them, or after it.
TEST(UndoFaults, AnAppendInDoubtThatArrivesLate) {
    for (const bool after_the_undo : {false, true}) {
        World world({}, persona("late_commit"));
        world.request.limits.batch_messages = 5;
        fill_both(world);
        auto& server = world.destination.persona();
        server.late_commit_least_ms = after_the_undo ? 60'000 : 30;
        server.late_commit_most_ms = after_the_undo ? 60'000 : 60;
        world.request.limits.settle = std::chrono::milliseconds(after_the_undo ? 20 : 100);
        const auto before = snapshot_of(world.destination);
        const auto cut = world.run();
        ASSERT_TRUE(cut.error);
        ASSERT_TRUE(cut.in_doubt);
        auto report = undo(world);
        EXPECT_FALSE(report.error) << to_json(report);
        EXPECT_EQ(count(report, left), 0u) << to_json(report);
        if (after_the_undo) {
            ASSERT_NE(snapshot_of(world.destination), before) << "it has arrived by now";
            report = undo(world);
            EXPECT_GT(count(report, removed), 0u);
        }
        EXPECT_EQ(snapshot_of(world.destination), before);
    }
}

TEST(UndoFaults, MailThatLooksLikeAnAppendInDoubtIsNotGuessedAt) {
    World world;
    for (int i = 0; i < 3; ++i) world.from().append(mail(i));
    int appends = 0;
    world.destination.persona().cut_before_answer = [&](std::string_view name) { return name == "APPEND" && ++appends == 1; };
    world.run();
    world.destination.persona().cut_before_answer = nullptr;
    const auto there = world.to().messages.size();
    ASSERT_GT(there, 0u);
    world.to().append(world.to().messages[0]);   // its user has copied it, before the next pass
    const auto report = undo(world);
    EXPECT_FALSE(report.error);
    EXPECT_EQ(count(report, left), 2u) << to_json(report);
    EXPECT_THAT(world.to().messages, SizeIs(2));
    EXPECT_EQ(count(undo(world), left), 2u) << "it is told again";
}

TEST(UndoFaults, EveryPersona) {
    for (const std::string name : {"plain", "late_commit", "deferred_appenduid", "non_atomic_multiappend",
                                   "thousand_selects", "backing_off", "filtering", "refolding", "case_blind", "courier_gone"}) {
        World world({}, persona(name));
        world.request.limits.batch_messages = 20;
        world.destination.persona().throttle_backoff_ms = 1;
        world.request.limits.settle = std::chrono::milliseconds(name == "late_commit" ? 400 : 20);
        const auto fresh = snapshot_of(world.destination);
        fill(world, 120);
        for (int pass = 0; pass < 200; ++pass)
            if (!world.run().error) break;
        SyncReport report;
        for (int pass = 0; pass < 200; ++pass)
            if (report = undo(world); !report.error) break;
        ASSERT_FALSE(report.error) << name << ' ' << to_json(report);
        std::size_t there = 0;
        for (const auto& [folder, content] : snapshot_of(world.destination)) there += content.second.size();
        EXPECT_EQ(there, count(report, left)) << name << ' ' << to_json(report);
        EXPECT_EQ(count(report, left), 0u) << name << ' ' << findings(world, left)[0].detail;
    }
}

// Its receipts name other messages: what cannot be told apart stays.
TEST(UndoFaults, UidsThatWereNamedWronglyAreNotBelieved) {
    World world({}, persona("wrong_appenduid"));
    world.request.limits.batch_messages = 20;
    for (int i = 0; i < 10; ++i) world.to().append(mail(900 + i));
    for (int i = 0; i < 110; ++i) world.from().append(mail(i));
    world.run();
    const auto report = undo(world);
    EXPECT_FALSE(report.error) << to_json(report);
    EXPECT_GT(count(report, left), 0u);
    const auto there = octets(world.to());
    for (int i = 0; i < 10; ++i) EXPECT_TRUE(there.contains(mail(900 + i).octets));
    EXPECT_EQ(there.size() + count(report, removed), 120u);
}

}  // namespace
}  // namespace godwit::sync
