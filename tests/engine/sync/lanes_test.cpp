// Passes with several connections to each side: what is shared out arrives whole, once, whatever becomes of a lane.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "tests/engine/sync/exactly_once.h"

namespace godwit::sync {
namespace {

using testing::IsEmpty;

std::uint64_t sign_ins(const fakeimap::Server& server) {
    return server.commands_seen("AUTHENTICATE") + server.commands_seen("LOGIN");
}

// Much small mail, so that a second connection is tried long before the end.
void fill_much(World& world, const std::string& folder, int count, int first) {
    for (int i = 0; i < count; ++i) world.from(folder).append(mail(first + i, std::string(500, 'x') + "\r\n"));
}

void expect_exact_folders(World& world, const std::vector<std::string>& folders) {
    for (const auto& folder : folders) EXPECT_EQ(octets(world.from(folder)), octets(world.to(folder))) << folder;
}

TEST(Lanes, ALargeFolderIsSharedOut) {
    World world({}, persona("plain"));
    world.allow_lanes(3);
    fill_much(world, "INBOX", 8000, 0);
    const auto report = world.run();
    EXPECT_TRUE(report.complete()) << to_json(report);
    EXPECT_EQ(report.counters.messages_copied, 8000u);
    EXPECT_GT(sign_ins(world.source), 1u);
    EXPECT_EQ(sign_ins(world.source), sign_ins(world.destination));
    expect_exact(world, "shared out");
    EXPECT_EQ(world.run().counters.messages_copied, 0u);
}

TEST(Lanes, FoldersAreSharedOutAndReportedInTheirOrder) {
    World world({}, persona("plain"));
    world.allow_lanes(3);
    std::vector<std::string> folders;
    for (int i = 0; i < 12; ++i) {
        folders.push_back(fmt::format("F{:02}", i));
        fill_much(world, folders.back(), 600, i * 1000);
    }
    const auto report = world.run();
    EXPECT_TRUE(report.complete()) << to_json(report);
    EXPECT_GT(sign_ins(world.destination), 1u);
    expect_exact_folders(world, folders);
    std::vector<std::string> reported;
    for (const auto& folder : report.folders)
        if (folder.source_name != "INBOX") reported.push_back(folder.source_name);
    EXPECT_EQ(reported, folders);
}

// A destination that is no faster with more connections: lanes are dropped again, in the middle of folders of their own.
TEST(Lanes, ALaneThatIsDroppedFinishesItsFolder) {
    World world({}, persona("plain"));
    world.allow_lanes(3);
    world.request.limits.batch_messages = 20;
    world.destination.persona().refuse = [](std::string_view name, std::string_view) -> std::optional<std::string> {
        if (name == "APPEND") std::this_thread::sleep_for(std::chrono::microseconds(500));
        return std::nullopt;
    };
    std::vector<std::string> folders;
    for (int i = 0; i < 4; ++i) {
        folders.push_back(fmt::format("F{}", i));
        fill_much(world, folders.back(), 3000, i * 10'000);
    }
    const auto report = world.run();
    EXPECT_TRUE(report.complete()) << to_json(report);
    EXPECT_EQ(report.counters.messages_copied, 12'000u);
    EXPECT_GT(sign_ins(world.destination), 1u);
    expect_exact_folders(world, folders);
}

// A destination that names no UIDs is listed to find them: two lanes there would take each other's messages for theirs.
TEST(Lanes, WithoutUidplusOneLaneAppendsToAFolder) {
    World world({}, persona("no_uidplus"));
    world.allow_lanes(3);
    fill_much(world, "INBOX", 3000, 0);
    const auto report = world.run();
    EXPECT_TRUE(report.complete()) << to_json(report);
    expect_exact(world, "no uidplus");
}

TEST(Lanes, AServerThatAllowsNoMoreConnectionsIsNoError) {
    World world({}, persona("plain"));
    world.allow_lanes(3);
    int logins = 0;
    world.destination.persona().refuse = [&](std::string_view name, std::string_view) -> std::optional<std::string> {
        if (name != "AUTHENTICATE" && name != "LOGIN") return std::nullopt;
        return ++logins == 1 ? std::nullopt : std::optional<std::string>("NO [LIMIT] Maximum number of connections exceeded");
    };
    fill_much(world, "INBOX", 8000, 0);
    const auto report = world.run();
    EXPECT_TRUE(report.complete()) << to_json(report);
    EXPECT_EQ(logins, 2) << "asked once, and then never again";
    expect_exact(world, "one connection");
}

TEST(Lanes, AConnectionThatHangsDelaysNothing) {
    World world({}, persona("plain"));
    world.allow_lanes(3);
    world.served = 2;
    world.request.limits.connect_timeout = std::chrono::seconds(20);
    fill_much(world, "INBOX", 8000, 0);
    const auto began = std::chrono::steady_clock::now();
    EXPECT_TRUE(world.run().complete());
    EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(10));
    expect_exact(world, "one connection");
}

// Cut at every n-th answer to an APPEND, whichever lane it is of.
TEST(Lanes, ALaneThatIsCutLosesAndDoublesNothing) {
    for (const int every : {2, 5, 9}) {
        World world({}, persona("plain"));
        world.allow_lanes(4);
        world.request.limits.batch_messages = 40;
        int appends = 0, cuts = 0;
        world.destination.persona().cut_before_answer = [&](std::string_view name) {
            return name == "APPEND" && ++appends % every == 0 && ++cuts < 6;
        };
        fill_much(world, "INBOX", 3000, 0);
        fill(world, 100);
        until_complete(world, true);
        EXPECT_GT(cuts, 0);
        expect_exact(world, fmt::format("cut at each {}th", every));
        EXPECT_EQ(world.run().counters.messages_copied, 0u);
    }
}

TEST(Lanes, BatchesThatAreRefusedAreSettledWhenNobodyAppends) {
    World world({}, persona("non_atomic_multiappend"));
    world.allow_lanes(3);
    world.request.limits.batch_messages = 50;
    fill_much(world, "INBOX", 4000, 0);
    until_complete(world, true);
    expect_exact(world, "refused batches");
}

}  // namespace
}  // namespace godwit::sync
