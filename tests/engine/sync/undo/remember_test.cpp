// What sync passes note, so that they can be undone.
#include "tests/engine/sync/undo/undo_world.h"

namespace godwit::sync {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

FlagsByUid flags_before(World& world) {
    FlagsByUid out;
    test::run_coro([](World& world, FlagsByUid& out) -> Awaitable<void> {
        const FolderPair inbox{"INBOX", "INBOX"};
        auto loaded = co_await load_flags_before(world.ledger, inbox);
        if (loaded) out = std::move(*loaded);
    }(world, out));
    return out;
}

TEST(Remember, WhatWasMadeAndSubscribed) {
    World world;
    fill_both(world);
    world.to("Untouched").subscribed = true;
    world.from("Untouched").subscribed = true;
    world.run();
    EXPECT_THAT(made(world).created, ElementsAre("Empty", "Sent", "Sent/2024")) << "the server may make levels above";
    EXPECT_THAT(made(world).subscribed, ElementsAre("Archive", "Sent/2024"));
}

TEST(Remember, NothingInADryRun) {
    World world;
    fill_both(world);
    world.request.options.dry = true;
    world.run();
    EXPECT_THAT(made(world).created, IsEmpty());
    EXPECT_THAT(made(world).subscribed, IsEmpty());
    EXPECT_THAT(flags_before(world), IsEmpty());
}

TEST(Remember, AFolderThatSomebodyElseHasMadeIsNotOurs) {
    World world;
    world.from("a").append(mail(1));
    world.destination.persona().refuse = [&](std::string_view name, std::string_view) -> std::optional<std::string> {
        if (name == "CREATE") world.to("a").append(mail(7));
        return std::nullopt;
    };
    EXPECT_TRUE(world.run().complete());
    EXPECT_THAT(made(world).created, IsEmpty());
}

TEST(Remember, FoldersOfACutPassAreOurs) {
    World world;
    world.from("a").append(mail(1));
    world.destination.persona().cut_before_answer = [](std::string_view name) { return name == "CREATE"; };
    EXPECT_TRUE(world.run().error);
    world.destination.persona().cut_before_answer = nullptr;
    EXPECT_TRUE(world.run().complete());
    EXPECT_THAT(made(world).created, ElementsAre("a"));
}

TEST(Remember, TheFirstFlagsOfMessagesThatWereThere) {
    World world;
    for (int i = 0; i < 4; ++i) world.from().append(mail(i, "b\r\n", {"\\Seen"}));
    world.to().append(mail(0, "b\r\n", {"\\Flagged"}));
    world.to().append(mail(1, "b\r\n", {"\\Seen"}));
    world.to().append(mail(2));
    world.run();
    EXPECT_THAT(flags_before(world), ElementsAre(Pair(1, ElementsAre("\\Flagged")), Pair(3, IsEmpty())));
    for (auto& message : world.from().messages) {
        message.flags = {"\\Answered"};
        world.from().touch(message);
    }
    world.run();
    EXPECT_THAT(flags_before(world), ElementsAre(Pair(1, ElementsAre("\\Flagged")), Pair(2, ElementsAre("\\Seen")), Pair(3, IsEmpty())))
        << "the first word stands; of what was put nothing is kept";
}

}  // namespace
}  // namespace godwit::sync
