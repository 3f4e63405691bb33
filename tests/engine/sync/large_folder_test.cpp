// Folders of more messages than are written down, or set, in one go.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/engine/sync/world.h"

namespace godwit::sync {
namespace {

constexpr std::uint32_t messages = 20'000;
const FolderPair inbox{"INBOX", "INBOX"};

LedgerFolder load(World& world) {
    LedgerFolder folder;
    test::run_coro([](World& world, LedgerFolder& folder) -> Awaitable<void> {
        folder = (co_await world.ledger.load(inbox)).value();
    }(world, folder));
    return folder;
}

void expect_nothing_copied(World& world) {
    const auto report = world.run();
    EXPECT_TRUE(report.complete()) << to_json(report);
    EXPECT_EQ(report.counters.messages_copied, 0u);
    EXPECT_EQ(report.counters.messages_matched, messages);
    EXPECT_EQ(world.to().messages.size(), messages);
    const auto known = load(world);
    EXPECT_EQ(known.entries.size(), messages);
    EXPECT_EQ(known.cursor.watermark, messages);
}

class LargeFolder : public ::testing::Test {
protected:
    LargeFolder() {
        world.from().generate(1, messages, 1000);
        world.to().generate(1, messages, 1000);
    }
    World world;
};

TEST_F(LargeFolder, IsFoundAndWrittenDown) {
    expect_nothing_copied(world);
    expect_nothing_copied(world);
}

// A pass that ended between two pieces of what it had found.
TEST_F(LargeFolder, IsFoundWhereTheLedgerKnowsAPart) {
    expect_nothing_copied(world);
    auto known = load(world);
    known.entries.resize(8192);
    known.cursor.watermark = 0;
    world.ledger = MemoryLedger();
    test::run_coro([](World& world, const LedgerFolder& known) -> Awaitable<void> {
        CO_ASSERT_OK(co_await world.ledger.record(inbox, known.cursor, known.entries));
    }(world, known));
    expect_nothing_copied(world);
}

TEST_F(LargeFolder, AllFlagsAreSet) {
    for (auto& message : world.from().messages) message.flags = {"\\Answered"};
    const auto report = world.run();
    EXPECT_EQ(report.counters.flags_updated, messages);
    for (const auto& message : world.to().messages)
        ASSERT_THAT(message.flags, ::testing::ElementsAre("\\Answered"));
    EXPECT_EQ(world.run().counters.flags_updated, 0u);
}

TEST_F(LargeFolder, TheLedgerOfOneRunKeepsNoFinishedFolder) {
    world.ledger = MemoryLedger(MemoryLedger::Keeps::unfinished_folders);
    EXPECT_EQ(world.run().counters.messages_matched, messages);
    EXPECT_TRUE(load(world).entries.empty());
}

}  // namespace
}  // namespace godwit::sync
