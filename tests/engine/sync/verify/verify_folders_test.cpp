// Verify passes: copies that were moved or removed, folders that are lacking, renamed, merged.
#include "tests/engine/sync/verify/verify_world.h"

namespace godwit::sync {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

TEST(VerifyFolders, RemovedAndMovedCopiesAreToldApart) {
    World world;
    copy_all(world);
    remove(world.to("Work"), 4);
    auto moved = *world.to("Work").find(7);
    remove(world.to("Work"), 7);
    world.to().append(moved);
    auto put_away = *world.to("Work").find(9);
    remove(world.to("Work"), 9);
    world.to("Elsewhere").append(put_away);
    const auto verified = verify(world);
    EXPECT_THAT(verified.findings,
                ElementsAre("moved_at_destination Work/7/41: its copy was moved to \"INBOX\"",
                            "moved_at_destination Work/9/1: its copy was moved to \"Elsewhere\"",
                            "removed_at_destination Work/4/4: its copy was removed at the destination"));
    EXPECT_FALSE(verified.report.complete());
    EXPECT_TRUE(world.run().complete());
    EXPECT_EQ(verify(world).findings, verified.findings) << "a copy since has not brought them back";
}

TEST(VerifyFolders, AMovedCopyIsFoundWithoutALedgerToo) {
    World world;
    copy_all(world);
    auto moved = *world.to("Work").find(7);
    remove(world.to("Work"), 7);
    world.to().append(moved);
    world.ledger = MemoryLedger();
    EXPECT_THAT(verify(world).findings, ElementsAre("moved_at_destination Work/7/41: its copy was moved to \"INBOX\""));
}

TEST(VerifyFolders, WhatWasNeverCopiedWasNotMovedEither) {
    World world;
    copy_all(world);
    world.from("Work").append(mail(600));
    world.to().append(mail(600));
    EXPECT_THAT(verify(world).findings, ElementsAre("extra INBOX/0/41", "missing Work/41/0"));
}

TEST(VerifyFolders, CopiesOfFoldersThatAreLeftOutAreNotTakenForMovedOnes) {
    World world;
    world.from().append(mail(1));
    world.from("Other").append(mail(1));
    ASSERT_TRUE(world.run().complete());
    remove(world.to(), 1);
    world.request.options.folder = {"INBOX"};
    EXPECT_THAT(verify(world).findings, ElementsAre("removed_at_destination INBOX/1/1: its copy was removed at the destination"));
}

TEST(VerifyFolders, ADestinationThatStoresEqualMessagesOnce) {
    World world({}, persona("deduplicating"));
    copy_all(world);
    const auto verified = verify(world);
    EXPECT_THAT(verified.findings, SizeIs(4)) << "what stands twice has one copy, with the date of one of them";
    for (const auto& finding : verified.findings) EXPECT_THAT(finding, HasSubstr("date_differs INBOX/"));
    EXPECT_EQ(verified.report.counters.messages_verified, 80u);
}

TEST(VerifyFolders, AFolderWithAnotherNameThereSinceItsOwnWasRefused) {
    fakeimap::Persona to;
    to.refuse = [](std::string_view name, std::string_view arguments) -> std::optional<std::string> {
        return name == "CREATE" && arguments.contains("What?%") ? std::optional<std::string>("NO [CANNOT] odd name") : std::nullopt;
    };
    World world({}, to);
    world.from("What?%").append(mail(1));
    ASSERT_TRUE(world.run().complete());
    for (const bool with_ledger : {true, false}) {
        if (!with_ledger) world.ledger = MemoryLedger();
        EXPECT_THAT(verify(world).findings, IsEmpty());
    }
}

TEST(VerifyFolders, AFolderThatWasRemovedAtTheDestination) {
    World world;
    copy_all(world, 3);
    world.destination.accounts["u"].folders.erase("Work");
    EXPECT_THAT(verify(world).findings,
                ElementsAre("folder_missing Work/0/0: the destination does not have the folder", "missing Work/1/0",
                            "missing Work/2/0", "missing Work/3/0"));
}

TEST(VerifyFolders, AFolderThatWasRenamedAtTheDestination) {
    World world;
    copy_all(world, 3);
    auto& folders = world.destination.accounts["u"].folders;
    auto renamed = folders.extract("Work");
    renamed.key() = "Labour";
    folders.insert(std::move(renamed));
    EXPECT_THAT(verify(world).findings,
                ElementsAre("folder_missing Work/0/0: the destination does not have the folder",
                            "moved_at_destination Work/1/1: its copy was moved to \"Labour\"",
                            "moved_at_destination Work/2/2: its copy was moved to \"Labour\"",
                            "moved_at_destination Work/3/3: its copy was moved to \"Labour\""));
}

TEST(VerifyFolders, AnEmptyFolderMayBeLackingWhereOnlyFullOnesAreMade) {
    World world;
    world.from().append(mail(1));
    world.from("Empty");
    world.request.options.skipemptyfolders = true;
    ASSERT_TRUE(world.run().complete());
    EXPECT_THAT(verify(world).findings, IsEmpty());
    world.request.options.skipemptyfolders = false;
    EXPECT_THAT(verify(world).findings, ElementsAre("folder_missing Empty/0/0: the destination does not have the folder"));
}

TEST(VerifyFolders, FoldersMergedIntoOne) {
    World world;
    for (int i = 0; i < 5; ++i) world.from("A").append(mail(i));
    for (int i = 5; i < 10; ++i) world.from("B").append(mail(i));
    world.request.options.f1f2 = {"A=All", "B=All"};
    world.request.options.mixfolders = true;
    ASSERT_TRUE(world.run().complete());
    world.to("All").append(mail(77));
    EXPECT_THAT(verify(world).findings, ElementsAre("extra All/0/11"));
    world.ledger = MemoryLedger();
    EXPECT_THAT(verify(world).findings, ElementsAre("extra All/0/11"));
}

}  // namespace
}  // namespace godwit::sync
