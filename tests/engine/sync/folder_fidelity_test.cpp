// Whole passes: which folders are made at the destination, under which names, and what is said of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/engine/sync/exactly_once.h"

namespace godwit::sync {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

void put(World& world, const std::string& folder, int first, int count) {
    for (int i = 0; i < count; ++i) world.from(folder).append(mail(first + i));
}

std::vector<std::string> folders_there(World& world) {
    std::vector<std::string> names;
    for (const auto& [name, folder] : world.destination.accounts["u"].folders) names.push_back(name);
    return names;
}

const FolderReport& report_of(const SyncReport& report, std::string_view source) {
    const auto found = std::ranges::find(report.folders, source, &FolderReport::source_name);
    static const FolderReport none;
    EXPECT_NE(found, report.folders.end()) << source << " in " << to_json(report);
    return found == report.folders.end() ? none : *found;
}

TEST(FolderFidelity, NamesThatDifferInCaseAreKeptApartWhereTheServerIsBlindToIt) {
    for (const bool something_there : {true, false}) {
        World world({}, persona("case_blind"));
        if (something_there) world.to("Other");
        put(world, "Trash", 0, 3);
        put(world, "trash", 10, 2);
        auto report = world.run();
        EXPECT_TRUE(report.complete()) << to_json(report);
        EXPECT_EQ(report.counters.messages_copied, 5u);
        EXPECT_THAT(world.to("Trash").messages, SizeIs(3));
        EXPECT_EQ(report_of(report, "trash").rule, "kept_apart") << something_there;
        EXPECT_THAT(world.to(report_of(report, "trash").destination_name).messages, SizeIs(2));
        const auto appends = world.destination.commands_seen("APPEND");
        world.ledger = MemoryLedger();
        report = world.run();
        EXPECT_EQ(report.counters.messages_copied, 0u);
        EXPECT_EQ(world.destination.commands_seen("APPEND"), appends);
    }
}

TEST(FolderFidelity, NamesThatDifferInCaseAreMergedWhereThatIsAskedFor) {
    World world({}, persona("case_blind"));
    put(world, "Trash", 0, 3);
    put(world, "trash", 10, 2);
    world.request.options.mixfolders = true;
    const auto report = world.run();
    EXPECT_TRUE(report.complete()) << to_json(report);
    EXPECT_THAT(world.to("Trash").messages, SizeIs(5));
    EXPECT_THAT(folders_there(world), UnorderedElementsAre("INBOX", "Trash"));
}

TEST(FolderFidelity, TwoCasesAreTwoFoldersElsewhere) {
    World world({}, persona("plain"));
    put(world, "Trash", 0, 3);
    put(world, "trash", 10, 2);
    EXPECT_TRUE(world.run().complete());
    EXPECT_THAT(world.to("Trash").messages, SizeIs(3));
    EXPECT_THAT(world.to("trash").messages, SizeIs(2));
}

TEST(FolderFidelity, ManyFoldersIntoOne) {
    for (const bool with_ledger : {true, false}) {
        World world;
        put(world, "A", 0, 30);
        put(world, "B", 100, 40);
        put(world, "C", 200, 50);
        world.request.options.folder = {"A", "B", "C"};
        world.request.options.regextrans2 = {"s/.*/All/"};
        auto report = world.run();
        EXPECT_TRUE(report.complete()) << to_json(report);
        EXPECT_THAT(world.to("All").messages, SizeIs(120));
        if (!with_ledger) world.ledger = MemoryLedger();
        put(world, "B", 300, 1);
        report = world.run();
        EXPECT_TRUE(report.complete()) << to_json(report);
        EXPECT_EQ(report.counters.messages_copied, 1u) << with_ledger;
        EXPECT_THAT(world.to("All").messages, SizeIs(121));
    }
}

TEST(FolderFidelity, ANameThatIsRefusedIsReplacedAndNamed) {
    World world({}, persona("plain"));
    world.destination.persona().refuse = [](std::string_view name, std::string_view arguments) -> std::optional<std::string> {
        return (name == "CREATE" || name == "STATUS") && arguments.contains('%') ? std::optional<std::string>("NO Invalid mailbox name")
                                                                                 : std::nullopt;
    };
    put(world, "a%b", 0, 2);
    put(world, "a_b", 10, 3);
    auto report = world.run();
    EXPECT_TRUE(report.complete()) << to_json(report);
    EXPECT_EQ(report.counters.messages_copied, 5u);
    EXPECT_THAT(world.to("a_b").messages, SizeIs(3));
    EXPECT_EQ(report_of(report, "a%b").rule, "renamed");
    EXPECT_THAT(world.to(report_of(report, "a%b").destination_name).messages, SizeIs(2));
    ASSERT_THAT(report.issues, SizeIs(1)) << to_json(report);
    EXPECT_EQ(report.issues[0].kind, ErrorKind::folder_renamed);
    EXPECT_THAT(report.issues[0].detail, HasSubstr("NO Invalid mailbox name"));
    const auto before = folders_there(world);
    world.ledger = MemoryLedger();
    report = world.run();
    EXPECT_EQ(report.counters.messages_copied, 0u) << to_json(report);
    EXPECT_EQ(folders_there(world), before);
}

TEST(FolderFidelity, EmptyFoldersAreMadeUnlessThatIsUnwanted) {
    World world;
    world.from("Empty");
    put(world, "Full", 0, 2);
    put(world, "Small", 10, 2);
    world.request.options.skipemptyfolders = true;
    world.request.options.folder = {"Empty", "Full"};
    auto report = world.run();
    EXPECT_TRUE(report.complete()) << to_json(report);
    EXPECT_THAT(folders_there(world), UnorderedElementsAre("INBOX", "Full"));
    world.request.options.folder = {"Small"};
    world.request.options.minsize = 100'000;
    report = world.run();
    EXPECT_THAT(folders_there(world), UnorderedElementsAre("INBOX", "Full")) << "empty, as far as is selected";
    EXPECT_EQ(report.skipped[static_cast<std::size_t>(SkipReason::too_small)], 2u);
    EXPECT_EQ(report.counters.messages_total, report.counters.messages_skipped);
    world.request.options = {};
    EXPECT_TRUE(world.run().complete());
    EXPECT_THAT(folders_there(world), Contains("Empty"));
}

TEST(FolderFidelity, JustFoldersCopiesNoMessage) {
    World world;
    put(world, "A", 0, 2);
    world.request.options.justfolders = true;
    const auto report = world.run();
    EXPECT_TRUE(report.complete());
    EXPECT_EQ(report.counters.folders_created, 1u);
    EXPECT_THAT(world.to("A").messages, IsEmpty());
}

TEST(FolderFidelity, SizesOfBothSides) {
    World world;
    put(world, "A", 0, 3);
    put(world, "B", 0, 1);
    world.to("A").append(mail(7));
    world.request.options.justfoldersizes = true;
    const auto report = world.run();
    EXPECT_TRUE(report.complete()) << to_json(report);
    const auto bytes = world.from("A").messages[0].octets.size();
    EXPECT_EQ(report_of(report, "A").source_size, (FolderSize{3, 3 * bytes}));
    EXPECT_EQ(report_of(report, "A").destination_size, (FolderSize{1, bytes}));
    EXPECT_FALSE(report_of(report, "B").destination_size);
    EXPECT_FALSE(world.destination.accounts["u"].folders.contains("B"));
}

TEST(FolderFidelity, UnknownNamesAreAWarningOrAnError) {
    World world;
    put(world, "A", 0, 1);
    world.request.options.folder = {"A", "Nowhere"};
    auto report = world.run();
    EXPECT_TRUE(report.complete());
    ASSERT_THAT(report.issues, SizeIs(1));
    EXPECT_EQ(report.issues[0].kind, ErrorKind::folder_missing);
    EXPECT_THAT(report.issues[0].detail, HasSubstr("Nowhere"));
    world.request.options.strictfolders = true;
    report = world.run();
    ASSERT_TRUE(report.error);
    EXPECT_EQ(report.error->kind, ErrorKind::folder_missing);
}

TEST(FolderFidelity, APreflightShowsTheWholeMapAndChangesNothing) {
    World world;
    put(world, "A", 0, 1);
    put(world, "Junk", 0, 1);
    world.request.options.exclude = {"^Junk"};
    world.request.options.f1f2 = {"A=Z"};
    world.request.kind = PassKind::preflight;
    const auto report = world.run();
    EXPECT_FALSE(report.error) << to_json(report);
    EXPECT_EQ(report_of(report, "A").destination_name, "Z");
    EXPECT_EQ(report_of(report, "A").rule, "f1f2");
    EXPECT_EQ(report_of(report, "INBOX").rule, "same");
    EXPECT_EQ(report_of(report, "Junk").rule, "left_out");
    EXPECT_THAT(report_of(report, "Junk").why, HasSubstr("^Junk"));
    EXPECT_THAT(folders_there(world), ElementsAre("INBOX"));
}

TEST(FolderFidelity, ASpecialFolderThatIsMissingIsMadeAsOne) {
    auto from = persona("plain");
    from.folders = {{"Gesendet", "\\Sent"}};
    auto to = persona("plain");
    to.capabilities += " CREATE-SPECIAL-USE";
    std::vector<std::string> created;
    to.refuse = [&](std::string_view name, std::string_view arguments) -> std::optional<std::string> {
        if (name == "CREATE") created.emplace_back(arguments);
        return std::nullopt;
    };
    World world(from, to);
    put(world, "Gesendet", 0, 1);
    put(world, "Gesendet/2019", 0, 1);
    world.request.options.automap = true;
    const auto report = world.run();
    EXPECT_TRUE(report.complete()) << to_json(report);
    ASSERT_THAT(created, SizeIs(2));
    EXPECT_THAT(created[0], HasSubstr("(USE (\\Sent))"));
    EXPECT_EQ(report_of(report, "Gesendet/2019").destination_name, "Gesendet/2019");
}

TEST(FolderFidelity, AutomapTakesChildrenAlong) {
    auto from = persona("plain");
    from.folders = {{"Gesendete Elemente", "\\Sent"}};
    auto to = persona("plain");
    to.folders = {{"Sent", "\\Sent"}};
    World world(from, to);
    put(world, "Gesendete Elemente", 0, 2);
    put(world, "Gesendete Elemente/2019", 10, 1);
    world.request.options.automap = true;
    EXPECT_TRUE(world.run().complete());
    EXPECT_THAT(world.to("Sent").messages, SizeIs(2));
    EXPECT_THAT(world.to("Sent/2019").messages, SizeIs(1));
}

}  // namespace
}  // namespace godwit::sync
