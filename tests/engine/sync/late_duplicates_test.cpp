// Appends that were given up and arrive after all, beside the copies that took their place.
#include "engine/sync/late_duplicates.h"

#include "tests/engine/sync/exactly_once.h"

namespace godwit::sync {
namespace {

using fakeimap::Persona;
using testing::SizeIs;

// An append that was given up arrives after all: the copy beside ours goes, also when it comes between two passes.
TEST(LateDuplicates, ALateDuplicateIsRemoved) {
    Persona late = persona("late_commit");
    late.late_commit_least_ms = late.late_commit_most_ms = 3'600'000;   // until it is told to
    late.late_commit_every = 2;
    World world({}, late);
    world.request.limits.batch_messages = 50;
    fill(world, 150);
    auto report = world.run();
    ASSERT_TRUE(report.error);
    EXPECT_TRUE(report.in_doubt);
    world.destination.persona().late_commit_every = 0;
    EXPECT_TRUE(world.run().complete());   // settled as absent, and sent again
    EXPECT_EQ(octets(world.from()), octets(world.to()));
    world.destination.commit_due();        // and there it is
    EXPECT_GT(world.to().messages.size(), 150u);
    report = world.run();
    EXPECT_TRUE(report.complete()) << to_json(report);
    expect_exact(world, "late duplicates");
    EXPECT_EQ(report.counters.messages_copied, 0u);
}

// Two appends of one message are given up, and both arrive: one in the middle of a pass, one after it.
TEST(LateDuplicates, SeveralLateDuplicatesAreRemoved) {
    for (const bool between : {true, false}) {
        Persona late = persona("late_commit");
        late.late_commit_least_ms = late.late_commit_most_ms = 3'600'000;
        late.late_commit_every = 1;
        World world({}, late);
        fill(world, 150);
        world.from().append(mail(9000, std::string(400'000, 'x')));   // streamed
        EXPECT_TRUE(world.run().error);
        EXPECT_TRUE(world.run().error);
        auto& persona = world.destination.persona();
        persona.late_commit_every = 0;
        int appends = 0;
        persona.cut_before_answer = [&](std::string_view name) {
            if (name == "APPEND" && ++appends == 1 && between) world.destination.commit_due();
            return false;
        };
        EXPECT_TRUE(world.run().complete());
        world.destination.commit_due();
        world.run();
        expect_exact(world, between ? "between" : "after");
    }
}

// A large message streams: its intent is written before its header is seen.
TEST(LateDuplicates, ALargeLateDuplicateIsRemoved) {
    Persona late = persona("late_commit");
    late.late_commit_least_ms = late.late_commit_most_ms = 3'600'000;
    late.late_commit_every = 1;
    World world({}, late);
    world.from().append(mail(1, std::string(400'000, 'x')));
    EXPECT_TRUE(world.run().error);
    EXPECT_TRUE(world.run().error);
    world.destination.persona().late_commit_every = 0;
    world.destination.commit_due();
    EXPECT_THAT(world.to().messages, SizeIs(2));
    EXPECT_TRUE(world.run().complete());
    expect_exact(world, "large");
}

TEST(LateDuplicates, WithoutUidplusALateDuplicateIsReported) {
    Persona late = persona("late_commit");
    late.late_commit_least_ms = late.late_commit_most_ms = 3'600'000;
    late.late_commit_every = 2;
    late.capabilities = "IMAP4rev1 LITERAL+ MULTIAPPEND";
    World world({}, late);
    world.request.limits.batch_messages = 50;
    fill(world, 150);
    world.run();
    world.destination.persona().late_commit_every = 0;
    EXPECT_TRUE(world.run().complete());
    world.destination.commit_due();
    const auto doubled = world.to().messages.size() - 150;
    EXPECT_GT(doubled, 0u);
    const auto report = world.run();
    EXPECT_EQ(report.counters.messages_copied, 0u);
    EXPECT_GE(report.issues_total, 1u);
    for (const auto& issue : report.issues) EXPECT_EQ(issue.kind, ErrorKind::late_duplicate);
}

}  // namespace
}  // namespace godwit::sync
