// The octets of a verify pass: large messages, samples, noted digests, messages that options change.
#include "tests/engine/sync/verify/verify_world.h"

namespace godwit::sync {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

// How often the source's bodies are asked for by whole passes.
struct CountedFetches {
    explicit CountedFetches(fakeimap::Server& server) {
        server.persona().refuse = [this](std::string_view, std::string_view arguments) -> std::optional<std::string> {
            commands += arguments.contains("BODY.PEEK[]");
            return std::nullopt;
        };
    }
    int commands = 0;
};

void fill_mixed(World& world) {
    for (int i = 0; i < 30; ++i)
        world.from().append(mail(i, std::string(i % 3 == 1 ? 300'000u + static_cast<unsigned>(i) * 1000 : 2000u, 'a') + "\r\n"));
}

TEST(VerifyOctets, LargeMessagesGoThroughTheHash) {
    for (const bool uid_last : {false, true}) {
        fakeimap::Persona to;
        to.uid_last = uid_last;
        World world({}, to);
        fill_mixed(world);
        ASSERT_TRUE(world.run().complete());
        world.request.options.verifybytes = 100;
        const auto clean = verify(world);
        EXPECT_THAT(clean.findings, IsEmpty());
        EXPECT_EQ(clean.report.messages_digested, 30u);
        world.to().find(2)->octets[200'000] = 'X';
        const auto verified = verify(world);
        ASSERT_THAT(verified.findings, SizeIs(1));
        EXPECT_THAT(verified.findings[0], HasSubstr("altered INBOX/2/2: SHA-256 "));
    }
}

TEST(VerifyOctets, ASampleIsTheSameEachTime) {
    World world;
    for (int i = 0; i < 300; ++i) world.from().append(mail(i));
    ASSERT_TRUE(world.run().complete());
    for (auto& copy : world.to().messages) copy.octets[copy.octets.size() - 3] = 'X';
    world.request.options.verifybytes = 20;
    const auto verified = verify(world);
    EXPECT_EQ(verified.findings.size(), verified.report.messages_digested);
    EXPECT_NEAR(static_cast<double>(verified.findings.size()), 60, 30);
    EXPECT_EQ(verify(world).findings, verified.findings);
    world.request.options.verifybytes = 50;
    EXPECT_THAT(verify(world).findings, testing::IsSupersetOf(verified.findings));
}

TEST(VerifyOctets, NotedDigestsSpareTheSource) {
    for (const std::size_t lanes : {1, 3}) {
        World world({}, persona("plain"));
        world.allow_lanes(lanes);
        fill_mixed(world);
        world.request.options.notedigests = true;
        world.request.options.verifybytes = 100;
        ASSERT_TRUE(world.run().complete());
        CountedFetches fetches(world.source);
        const auto clean = verify(world);
        EXPECT_THAT(clean.findings, IsEmpty());
        EXPECT_EQ(clean.report.messages_digested, 30u);
        EXPECT_EQ(fetches.commands, 0);
        world.to().find(2)->octets[2'000] = 'X';
        world.to().find(3)->octets[1'000] = 'X';
        EXPECT_THAT(verify(world).findings, SizeIs(2));
        EXPECT_EQ(fetches.commands, 0);
    }
}

TEST(VerifyOctets, DigestsAreOfWhatIsSent) {
    World world;
    world.from().append(mail(1, "a secret\r\n"));
    world.request.options.regexmess = {"s/secret/public matter/"};
    world.request.options.notedigests = true;
    ASSERT_TRUE(world.run().complete());
    CountedFetches fetches(world.source);
    world.request.options.verifybytes = 100;
    const auto verified = verify(world);
    EXPECT_THAT(verified.findings, IsEmpty());
    EXPECT_EQ(verified.report.messages_digested, 1u);
    EXPECT_EQ(fetches.commands, 0);
}

TEST(VerifyOctets, NothingIsNotedUnlessAsked) {
    World world;
    world.from().append(mail(1));
    ASSERT_TRUE(world.run().complete());
    CountedFetches fetches(world.source);
    world.request.options.verifybytes = 100;
    EXPECT_EQ(verify(world).report.messages_digested, 1u);
    EXPECT_EQ(fetches.commands, 1);
}

TEST(VerifyOctets, MessagesThatOptionsChangeAreComparedAsChanged) {
    World world;
    for (int i = 0; i < 10; ++i) world.from().append(mail(i, fmt::format("a secret {}\r\n{}", i, std::string(500, 'x'))));
    world.from().append({0, {}, "01-Feb-2024 10:00:00 +0100", "Subject: no id\r\n\r\nsecret\r\n"});
    world.request.options.regexmess = {"s/secret/public matter/"};
    world.request.options.addheader = true;
    world.request.options.truncmess = 400;
    ASSERT_TRUE(world.run().complete());
    EXPECT_THAT(verify(world).findings, IsEmpty()) << "sizes say nothing here";
    world.request.options.verifybytes = 100;
    EXPECT_THAT(verify(world).findings, IsEmpty());
    world.to().find(4)->octets[300] = 'Y';
    EXPECT_THAT(verify(world).findings, ElementsAre(HasSubstr("altered INBOX/4/4: SHA-256 ")));
    world.request.options.truncmess = 0;
    EXPECT_EQ(verify(world).report.findings[static_cast<std::size_t>(FindingKind::altered)], 10u);
}

TEST(VerifyOctets, WhatCannotBeReadIsNamed) {
    for (const auto side : {Side::source, Side::destination}) {
        World world;
        copy_all(world);
        auto& server = side == Side::source ? world.source : world.destination;
        server.persona().hide = [](const fakeimap::Message& message, bool body) { return body && message.octets.contains("Subject: s1007\r"); };
        world.request.options.verifybytes = 100;
        const auto verified = verify(world);
        EXPECT_THAT(verified.findings,
                    ElementsAre(fmt::format("unreadable Work/8/8: at the {}: the server no longer has it", name_of(side))));
        EXPECT_EQ(verified.report.messages_digested, 79u);
    }
}

TEST(VerifyOctets, ARefusedFetchTakesOnlyItsMessage) {
    World world;
    copy_all(world);
    world.source.persona().refuse = [](std::string_view name, std::string_view arguments) -> std::optional<std::string> {
        if (!name.ends_with("FETCH") || !arguments.contains("BODY.PEEK[]")) return std::nullopt;
        const bool batch = arguments.contains(':');
        return batch || arguments.starts_with("8 ") ? std::optional<std::string>("NO [SERVERBUG] unreadable mail") : std::nullopt;
    };
    world.request.options.verifybytes = 100;
    const auto verified = verify(world);
    ASSERT_THAT(verified.findings, SizeIs(2));
    EXPECT_THAT(verified.findings[0], HasSubstr("unreadable INBOX/8/8: at the source: "));
    EXPECT_THAT(verified.findings[0], HasSubstr("unreadable mail"));
    EXPECT_EQ(verified.report.messages_digested, 78u);
}

}  // namespace
}  // namespace godwit::sync
