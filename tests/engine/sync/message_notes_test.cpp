// What a copy notes for the passes that come after it: why messages have no copy, and digests of what was sent.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/sync/ledger_facts.h"
#include "tests/engine/sync/exactly_once.h"

namespace godwit::sync {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const FolderPair inbox{"INBOX", "INBOX"};

std::vector<std::string> notes(World& world) {
    std::vector<std::string> out;
    test::run_coro([](World& world, std::vector<std::string>& out) -> Awaitable<void> {
        auto loaded = co_await load_notes(world.ledger, inbox);
        for (const auto& [uid, note] : *loaded) out.push_back(fmt::format("{} {} {}", uid, note.reason, note.words));
    }(world, out));
    return out;
}

std::map<std::uint32_t, OctetDigest> digests(World& world) {
    std::map<std::uint32_t, OctetDigest> out;
    test::run_coro([](World& world, auto& out) -> Awaitable<void> {
        auto loaded = co_await load_digests(world.ledger, inbox);
        out = *loaded;
    }(world, out));
    return out;
}

// A note for each of what has no copy for a reason of its own; what is left out unread needs none.
TEST(MessageNotes, AreOfTheLastCopy) {
    fakeimap::Persona to = persona("plain");
    to.refuse_message = [](const fakeimap::Message& message) -> std::optional<std::string> {
        return message.octets.contains("evil") ? std::optional<std::string>("NO [CANNOT] it is infected") : std::nullopt;
    };
    to.on_append = [](fakeimap::Message& message) { return !message.octets.contains("spam"); };
    World world({}, to);
    world.request.options.skipmess = {"m/advertisement/"};
    world.request.options.maxsize = 300;
    for (const auto* body : {"hello\r\n", "evil\r\n", "spam\r\n", "advertisement\r\n"})
        world.from().append(mail(static_cast<int>(world.from().uidnext), body));
    world.from().append(mail(9, std::string(400, 'x') + "\r\n"));
    world.run();
    EXPECT_THAT(notes(world), ElementsAre(HasSubstr("2 message_rejected "), "3 accepted_then_removed ", "4 content "));
    EXPECT_THAT(notes(world)[0], HasSubstr("it is infected"));
    world.destination.persona().refuse_message = {};
    world.run();
    EXPECT_THAT(notes(world), ElementsAre("4 content ")) << "the filtered one is an entry of the ledger";
    world.request.options.skipmess = {};
    world.run();
    EXPECT_THAT(notes(world), IsEmpty());
}

TEST(MessageNotes, OfWhatTheSourceDoesNotGive) {
    fakeimap::Persona from;
    from.hide = [](const fakeimap::Message& message, bool body) { return body && message.octets.contains("Subject: s2"); };
    World world(from);
    for (int i = 1; i < 4; ++i) world.from().append(mail(i));
    world.run();
    EXPECT_THAT(notes(world), ElementsAre("2 message_gone the source no longer has it"));
}

TEST(NotedDigests, AreOfWhatWasSentHoweverItWasSent) {
    for (const std::size_t lanes : {1, 3}) {
        World world({}, persona("plain"));
        world.allow_lanes(lanes);
        world.request.options.notedigests = true;
        for (int i = 0; i < 60; ++i)
            world.from().append(mail(i, std::string(i % 10 == 1 ? 300'000u + static_cast<unsigned>(i) : 2000u, 'a') + "\r\n"));
        ASSERT_TRUE(world.run().complete());
        const auto noted = digests(world);
        EXPECT_EQ(noted.size(), 60u);
        for (const auto& [uid, digest] : noted) EXPECT_EQ(digest, digest_of(world.from().find(uid)->octets)) << uid;
    }
}

TEST(NotedDigests, AreNotOfWhatWasRefusedOrWasThere) {
    fakeimap::Persona to = persona("plain");
    to.refuse_message = [](const fakeimap::Message& message) -> std::optional<std::string> {
        return message.octets.contains("evil") ? std::optional<std::string>("NO no") : std::nullopt;
    };
    World world({}, to);
    world.request.options.notedigests = true;
    world.from().append(mail(1));
    world.to().append(mail(1));
    world.from().append(mail(2, "evil\r\n"));
    world.from().append(mail(3));
    world.run();
    const auto noted = digests(world);
    ASSERT_EQ(noted.size(), 1u);
    EXPECT_EQ(noted.begin()->first, 3u);
}

TEST(NotedDigests, AreNotMadeUnlessAsked) {
    World world;
    world.from().append(mail(1));
    ASSERT_TRUE(world.run().complete());
    EXPECT_THAT(digests(world), IsEmpty());
}

}  // namespace
}  // namespace godwit::sync
