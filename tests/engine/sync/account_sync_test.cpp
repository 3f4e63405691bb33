#include "engine/sync/account_sync.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/engine/sync/world.h"

namespace godwit::sync {
namespace {

using fakeimap::Message;
using fakeimap::Persona;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

TEST(AccountSync, CopiesEverythingAndTheSecondRunNothing) {
    World world;
    for (int i = 0; i < 250; ++i) world.from().append(mail(i, "b\r\n", {"\\Seen", "$Forwarded"}));
    world.from("Sent/2024").append(mail(1000));
    world.from("Sent/2024").subscribed = true;
    world.from("Empty");
    auto first = world.run();
    EXPECT_TRUE(first.complete()) << to_json(first);
    EXPECT_EQ(first.counters.messages_copied, 251u);
    EXPECT_EQ(first.counters.folders_created, 2u);   // Sent/2024, Empty; the server makes what is above
    ASSERT_THAT(world.to().messages, SizeIs(250));
    EXPECT_THAT(world.to().messages[7].flags, ElementsAre("$Forwarded", "\\Seen"));
    EXPECT_EQ(world.to().messages[7].internal_date, "01-Feb-2024 10:00:00 +0100");
    EXPECT_TRUE(world.to("Sent/2024").subscribed);
    auto second = world.run();
    EXPECT_TRUE(second.complete());
    EXPECT_EQ(second.counters.messages_copied, 0u);
    EXPECT_EQ(second.counters.messages_matched, 251u);
    EXPECT_EQ(world.destination.commands_seen("APPEND"), 251u);
}

TEST(AccountSync, LevelsAboveAreMadeWhereTheServerDoesNot) {
    Persona strict;
    std::set<std::string> made;
    strict.refuse = [&](std::string_view name, std::string_view line) -> std::optional<std::string> {
        if (name != "CREATE") return std::nullopt;
        const auto slash = line.rfind('/');
        if (slash != std::string_view::npos && !made.contains(std::string(line.substr(0, slash)))) return "NO no parent";
        made.insert(std::string(line));
        return std::nullopt;
    };
    World world({}, strict);
    world.from("a/b/c").append(mail(1));
    world.from("a/b/d").append(mail(2));
    auto report = world.run();
    EXPECT_TRUE(report.complete()) << to_json(report);
    EXPECT_THAT(world.to("a/b/c").messages, SizeIs(1));
    EXPECT_THAT(world.to("a/b/d").messages, SizeIs(1));
    EXPECT_THAT(made, ElementsAre("a", "a/b", "a/b/c", "a/b/d"));
}

TEST(AccountSync, LargeMessagesStreamThrough) {
    for (const std::string capabilities : {"IMAP4rev1 LITERAL+ UIDPLUS", "IMAP4rev1"}) {
        World world({.capabilities = capabilities}, {.capabilities = capabilities});
        const std::string big(700'000, 'x');
        world.from().append(mail(1));
        world.from().append(mail(2, big));
        world.from().append(mail(3, std::string(300'000, 'y')));
        world.from().append(mail(4));
        auto report = world.run();
        EXPECT_TRUE(report.complete()) << to_json(report);
        ASSERT_THAT(world.to().messages, SizeIs(4));
        std::vector<std::string> sent;
        for (const auto& message : world.from().messages) sent.push_back(message.octets);
        std::ranges::sort(sent);
        EXPECT_EQ(world.bodies(), sent);
    }
}

TEST(AccountSync, SizesThatLieAreNoHarm) {
    Persona liar;
    std::string grown(600'000, 'z');
    liar.on_body = [&](const Message& message) -> std::optional<std::string> {
        return message.octets.find("<1@x>") != std::string::npos ? message.octets + grown : message.octets;
    };
    World world(liar);
    world.from().append(mail(1));                          // listed small, is large
    world.from().append(mail(2));
    auto report = world.run();
    EXPECT_TRUE(report.complete()) << to_json(report);
    ASSERT_THAT(world.to().messages, SizeIs(2));
    EXPECT_EQ(world.bodies()[0].size() + world.bodies()[1].size(),
              world.from().messages[0].octets.size() + grown.size() + world.from().messages[1].octets.size());
}

TEST(AccountSync, ListedLargeButSmall) {
    Persona odd;
    odd.on_body = [](const Message&) { return std::optional<std::string>("Message-ID: <1@x>\r\n\r\nshort"); };
    World world(odd);
    world.from().append(mail(1, std::string(400'000, 'x')));
    EXPECT_TRUE(world.run().complete());
    EXPECT_THAT(world.bodies(), ElementsAre("Message-ID: <1@x>\r\n\r\nshort"));
}

TEST(AccountSync, MessagesThatAreGoneAreNeverMadeUp) {
    Persona persona;
    persona.on_body = [](const Message& message) -> std::optional<std::string> {
        if (message.octets.find("<1@x>") != std::string::npos) return std::nullopt;   // NIL
        if (message.octets.find("<2@x>") != std::string::npos) return "";
        return message.octets;
    };
    persona.hide = [](const Message& message, bool body) {
        return body && message.octets.find("<3@x>") != std::string::npos;             // no row
    };
    World world(persona);
    for (int i = 1; i <= 4; ++i) world.from().append(mail(i));
    world.from().append(mail(5, std::string(400'000, 'x')));
    auto report = world.run();
    EXPECT_FALSE(report.complete());
    EXPECT_FALSE(report.error);
    EXPECT_EQ(report.counters.messages_failed, 3u);
    EXPECT_EQ(report.issues_total, 3u);
    for (const auto& issue : report.issues) EXPECT_EQ(issue.kind, ErrorKind::message_gone);
    EXPECT_THAT(world.to().messages, SizeIs(2));
}

TEST(AccountSync, OneRefusedMessageDoesNotStopTheOthers) {
    Persona picky;
    picky.on_append = {};
    int count = 0;
    picky.refuse = [&](std::string_view name, std::string_view) -> std::optional<std::string> {
        if (name == "APPEND" && ++count == 3) return "NO [TOOBIG] Message size exceeds fixed limit";
        return std::nullopt;
    };
    World world({}, picky);
    for (int i = 0; i < 10; ++i) world.from().append(mail(i));
    auto report = world.run();
    EXPECT_FALSE(report.error);
    EXPECT_EQ(report.counters.messages_copied, 9u);
    ASSERT_THAT(report.issues, SizeIs(1));
    EXPECT_EQ(report.issues[0].kind, ErrorKind::message_too_big);
    EXPECT_EQ(report.issues[0].uid, 3u);
}

TEST(AccountSync, AFullDestinationEndsThePass) {
    Persona full;
    full.refuse = [](std::string_view name, std::string_view) -> std::optional<std::string> {
        return name == "APPEND" ? std::optional<std::string>("NO [OVERQUOTA] Quota exceeded") : std::nullopt;
    };
    for (const std::size_t size : {10, 400'000}) {
        World world({}, full);
        for (int i = 0; i < 300; ++i) world.from().append(mail(i, std::string(size, 'x')));
        auto report = world.run();
        ASSERT_TRUE(report.error);
        EXPECT_EQ(report.error->kind, ErrorKind::over_quota);
        EXPECT_THAT(world.to().messages, IsEmpty());
    }
}

TEST(AccountSync, ACutDestinationLosesAndDoublesNothing) {
    for (int cut_at : {1, 5, 64, 150, 200}) {
        World world;
        int answers = 0;
        world.destination.persona().cut_before_answer = [&](std::string_view name) {
            return name == "APPEND" && ++answers == cut_at;
        };
        for (int i = 0; i < 200; ++i) world.from().append(mail(i));
        auto report = world.run();
        ASSERT_TRUE(report.error) << cut_at;
        report = world.run();
        EXPECT_TRUE(report.complete()) << to_json(report);
        EXPECT_THAT(world.to().messages, SizeIs(200)) << cut_at;
        std::vector<std::string> sent;
        for (const auto& message : world.from().messages) sent.push_back(message.octets);
        std::ranges::sort(sent);
        EXPECT_EQ(world.bodies(), sent);
    }
}

TEST(AccountSync, ACutSourceIsAnErrorNotAnEnd) {
    World world;
    int fetches = 0;
    world.source.persona().cut_before_answer = [&](std::string_view name) { return name == "UID FETCH" && ++fetches == 3; };
    for (int i = 0; i < 400; ++i) world.from().append(mail(i));
    auto report = world.run();
    ASSERT_TRUE(report.error);
    EXPECT_EQ(report.error->kind, ErrorKind::connection_lost);
    EXPECT_TRUE(world.run().complete());
    EXPECT_THAT(world.to().messages, SizeIs(400));
}

TEST(AccountSync, FlagsOfMessagesThatAreThereFollowTheSource) {
    World world;
    for (int i = 0; i < 5; ++i) world.from().append(mail(i));
    world.run();
    world.from().messages[2].flags = {"\\Flagged", "work"};
    auto report = world.run();
    EXPECT_EQ(report.counters.flags_updated, 1u);
    EXPECT_THAT(world.to().messages[2].flags, ElementsAre("\\Flagged", "work"));
    EXPECT_EQ(world.run().counters.flags_updated, 0u);
}

TEST(AccountSync, DrainEndsAtAMessageBoundary) {
    World world;
    for (int i = 0; i < 500; ++i) world.from().append(mail(i));
    struct DrainAfter final : SyncObserver {
        std::stop_source& drain;
        explicit DrainAfter(std::stop_source& source) : drain(source) {}
        void on_progress(const Counters& counters) override {
            if (counters.messages_copied == 10) drain.request_stop();
        }
    } observer(world.drain);
    auto report = world.run(&observer);
    ASSERT_TRUE(report.error);
    EXPECT_EQ(report.error->kind, ErrorKind::cancelled);
    EXPECT_EQ(report.counters.messages_copied, world.to().messages.size());
    EXPECT_LT(world.to().messages.size(), 500u);
    world.drain = std::stop_source();
    EXPECT_TRUE(world.run().complete());
    EXPECT_THAT(world.to().messages, SizeIs(500));
}

TEST(AccountSync, StopCutsAtOnce) {
    World world;
    for (int i = 0; i < 500; ++i) world.from().append(mail(i));
    struct StopAfter final : SyncObserver {
        std::stop_source& stop;
        explicit StopAfter(std::stop_source& source) : stop(source) {}
        void on_progress(const Counters& counters) override {
            if (counters.messages_copied == 10) stop.request_stop();
        }
    } observer(world.stop);
    auto report = world.run(&observer);
    EXPECT_TRUE(report.error);
    world.stop = std::stop_source();
    EXPECT_TRUE(world.run().complete());
    EXPECT_THAT(world.to().messages, SizeIs(500));
}

TEST(AccountSync, WrongPasswordNamesTheSide) {
    World world;
    world.destination.accounts["u"].password = "other";
    auto report = world.run();
    ASSERT_TRUE(report.error);
    EXPECT_EQ(report.error->kind, ErrorKind::auth_failed);
    EXPECT_NE(report.error->context.find("destination dst:143"), std::string::npos) << report.error->context;
    EXPECT_EQ(to_json(report).find("\"pw\""), std::string::npos);
}

TEST(AccountSync, DryRunChangesNothing) {
    World world;
    world.from("Other").append(mail(1));
    world.from().append(mail(2));
    world.request.options.dry = true;
    auto report = world.run();
    EXPECT_TRUE(report.complete()) << to_json(report);
    EXPECT_EQ(report.counters.messages_total, 2u);
    EXPECT_EQ(world.destination.accounts["u"].folders.size(), 1u);
    EXPECT_THAT(world.to().messages, IsEmpty());
}

TEST(AccountSync, TheSameAccountOnBothSidesIsRefused) {
    World world;
    world.request.destination.endpoint.host = "SRC";
    auto report = world.run();
    ASSERT_TRUE(report.error);
    EXPECT_EQ(report.error->kind, ErrorKind::source_is_destination);
}

TEST(AccountSync, APartialListingIsNoEmptyFolder) {
    World world;
    world.source.persona().hide = [](const Message& message, bool) { return message.uid == 2; };
    for (int i = 0; i < 3; ++i) world.from().append(mail(i));
    auto report = world.run();
    EXPECT_FALSE(report.complete());
    EXPECT_THAT(world.to().messages, IsEmpty());
}

}  // namespace
}  // namespace godwit::sync
