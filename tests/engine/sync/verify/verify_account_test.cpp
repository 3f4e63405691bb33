// Whole verify passes: every planted fault is found and named, none is invented, and nothing is changed.
#include "tests/engine/sync/verify/verify_world.h"

namespace godwit::sync {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

class CleanCopy : public testing::TestWithParam<const char*> {};

TEST_P(CleanCopy, HasNoFindings) {
    World world({}, persona(GetParam()));
    copy_all(world);
    world.request.options.verifybytes = 100;
    for (const bool with_ledger : {true, false}) {
        if (!with_ledger) world.ledger = MemoryLedger();
        const auto verified = verify(world);
        EXPECT_FALSE(verified.report.error) << to_json(verified.report);
        EXPECT_THAT(verified.findings, IsEmpty()) << "with ledger: " << with_ledger;
        EXPECT_TRUE(verified.report.complete());
        EXPECT_EQ(verified.report.counters.messages_total, 80u);
        EXPECT_EQ(verified.report.counters.messages_verified, 80u);
        EXPECT_EQ(verified.report.messages_digested, 80u);
    }
}

INSTANTIATE_TEST_SUITE_P(Personas, CleanCopy,
                         testing::Values("plain", "no_uidplus", "no_extensions", "late_commit", "deferred_appenduid",
                                         "wrong_appenduid", "non_atomic_multiappend", "case_blind", "reused_uidvalidity",
                                         "thousand_selects"));

TEST(Verify, SizesThatLieAreNoFault) {
    for (const bool at_source : {true, false}) {
        fakeimap::Persona liar;
        liar.size_lies = true;
        World world(at_source ? liar : fakeimap::Persona{}, at_source ? fakeimap::Persona{} : liar);
        copy_all(world, 60);
        const auto verified = verify(world);
        EXPECT_THAT(verified.findings, IsEmpty());
        EXPECT_EQ(verified.report.counters.messages_verified, 120u);
        EXPECT_EQ(verified.report.messages_digested, 40u) << "as many of each folder as it takes to know";
    }
}

TEST(Verify, CountsByFolderAndInSum) {
    World world;
    copy_all(world);
    const auto report = verify(world).report;
    ASSERT_THAT(report.folders, SizeIs(2));
    std::uint64_t bytes = 0;
    for (const auto& folder : report.folders) {
        EXPECT_EQ(folder.counters.messages_total, 40u);
        EXPECT_EQ(folder.counters.messages_verified, 40u);
        EXPECT_EQ(folder.counters.folders_done, 1u);
        bytes += folder.counters.bytes_total;
    }
    EXPECT_EQ(report.counters.bytes_total, bytes);
    EXPECT_EQ(report.counters.folders_done, 2u);
    EXPECT_EQ(report.messages_digested, 0u);
}

TEST(Verify, WithoutACopyEverythingIsMissing) {
    World world;
    for (int i = 0; i < 3; ++i) world.from().append(mail(i));
    world.from("Work").append(mail(10));
    const auto verified = verify(world);
    EXPECT_THAT(verified.findings, ElementsAre("folder_missing Work/0/0: the destination does not have the folder",
                                               "missing INBOX/1/0", "missing INBOX/2/0", "missing INBOX/3/0",
                                               "missing Work/1/0"));
    EXPECT_FALSE(verified.report.complete());
    EXPECT_FALSE(verified.report.error);
}

TEST(Verify, AMessageThatArrivedSinceIsMissing) {
    World world;
    copy_all(world);
    world.from().append(mail(500));
    EXPECT_THAT(verify(world).findings, ElementsAre("missing INBOX/41/0"));
}

TEST(Verify, MessagesOfOthersAreExtraAndNoFault) {
    World world;
    copy_all(world);
    world.to().append(mail(700));
    world.to("Mine").append(mail(701));
    const auto verified = verify(world);
    EXPECT_THAT(verified.findings, ElementsAre("extra INBOX/0/41"));
    EXPECT_TRUE(verified.report.complete());
    EXPECT_EQ(verified.report.counters.messages_foreign, 1u);
}

TEST(Verify, ACopyWhoseOriginalIsGoneIsExtra) {
    World world;
    copy_all(world);
    remove(world.from("Work"), 3);
    EXPECT_THAT(verify(world).findings, ElementsAre("extra Work/0/3: the source no longer has it"));
}

TEST(Verify, AMessageThatGotAnotherUidHasItsCopy) {
    World world;
    copy_all(world);
    const auto message = *world.from("Work").find(3);
    remove(world.from("Work"), 3);
    world.from("Work").append(message);
    const auto verified = verify(world);
    EXPECT_THAT(verified.findings, IsEmpty());
    EXPECT_EQ(verified.report.counters.messages_verified, 80u);
}

TEST(Verify, AlteredSizesAreTold) {
    World world;
    copy_all(world);
    auto& copy = *world.to("Work").find(5);
    copy.octets += "more\r\n";
    const auto size = copy.octets.size();
    const auto verified = verify(world);
    EXPECT_THAT(verified.findings, ElementsAre(fmt::format("altered Work/5/5: size {} at the source, {} at the destination",
                                                           size - 6, size)));
    EXPECT_EQ(verified.report.messages_digested, 1u) << "to see whether the sizes lie";
}

TEST(Verify, AlteredOctetsOfTheSameSizeAreFoundByDigest) {
    World world;
    copy_all(world);
    auto& copy = *world.to("Work").find(5);
    const auto original = copy.octets;
    copy.octets[copy.octets.size() - 3] = 'X';
    EXPECT_THAT(verify(world).findings, IsEmpty());
    world.request.options.verifybytes = 100;
    EXPECT_THAT(verify(world).findings,
                ElementsAre(fmt::format("altered Work/5/5: SHA-256 {} at the source, {} at the destination",
                                        to_hex(digest_of(original)), to_hex(digest_of(copy.octets)))));
}

TEST(Verify, AServerThatRewritesHeadersHasAlteredThem) {
    World world({}, persona("rewriting"));
    copy_all(world);
    const auto verified = verify(world);
    EXPECT_THAT(verified.findings, SizeIs(80));
    for (const auto& finding : verified.findings) EXPECT_THAT(finding, HasSubstr("altered"));
    EXPECT_LE(verified.report.messages_digested, 40u) << "then sizes are believed";
}

TEST(Verify, FlagsAndKeywordsThatDiffer) {
    World world;
    world.from().append(mail(1, "x\r\n", {"\\Seen", "work"}));
    world.from().append(mail(2, "x\r\n", {"\\Flagged"}));
    world.from().append(mail(3));
    ASSERT_TRUE(world.run().complete());
    world.to().find(1)->flags = {"\\Seen"};
    world.to().find(2)->flags = {};
    world.to().find(3)->flags = {"\\Answered", "$mine"};
    EXPECT_THAT(verify(world).findings,
                ElementsAre("flags_differ INBOX/1/1: lacks work", "flags_differ INBOX/2/2: lacks \\Flagged",
                            "flags_differ INBOX/3/3: has $mine, \\Answered"));
    world.request.options.resyncflags = ResyncFlags::off;
    EXPECT_THAT(verify(world).findings, IsEmpty());
}

TEST(Verify, WhatTheOwnerOfTheCopyTookAwayIsNoDifferenceWhereFlagsAreOnlyAdded) {
    World world;
    world.request.options.resyncflags = ResyncFlags::additive;
    world.from().append(mail(1, "x\r\n", {"\\Flagged"}));
    world.from().append(mail(2, "x\r\n", {"\\Flagged"}));
    ASSERT_TRUE(world.run().complete());
    for (auto& copy : world.to().messages) copy.flags = {"\\Seen"};
    world.from().find(2)->flags = {"\\Flagged", "\\Answered"};
    EXPECT_THAT(verify(world).findings, ElementsAre("flags_differ INBOX/2/2: lacks \\Answered, \\Flagged"));
}

TEST(Verify, FlagsAreThoseThatOptionsMakeOfThem) {
    World world;
    world.request.options.regexflag = {"s/\\\\Flagged/important/"};
    world.from().append(mail(1, "x\r\n", {"\\Flagged"}));
    ASSERT_TRUE(world.run().complete());
    EXPECT_THAT(world.to().messages[0].flags, ElementsAre("important"));
    EXPECT_THAT(verify(world).findings, IsEmpty());
}

TEST(Verify, AnotherDateOfArrival) {
    World world;
    copy_all(world);
    world.to("Work").find(2)->internal_date = "01-Feb-2024 10:00:01 +0100";
    world.to("Work").find(3)->internal_date = "01-Feb-2024 09:00:00 +0000";   // the same instant
    EXPECT_THAT(verify(world).findings,
                ElementsAre("date_differs Work/2/2: 01-Feb-2024 09:00:00 +0000 at the source, "
                            "01-Feb-2024 09:00:01 +0000 at the destination"));
    world.request.options.syncinternaldates = false;
    EXPECT_THAT(verify(world).findings, IsEmpty());
}

TEST(Verify, DatesFromHeadersAreComparedWithTheHeaders) {
    World world;
    world.request.options.idatefromheader = true;
    auto message = mail(1);
    message.octets = "Date: Fri, 2 Feb 2024 12:00:00 +0000\r\n" + message.octets;
    world.from().append(message);
    ASSERT_TRUE(world.run().complete());
    EXPECT_THAT(verify(world).findings, IsEmpty());
    world.request.options.idatefromheader = false;
    EXPECT_THAT(verify(world).findings, SizeIs(1));
}

TEST(Verify, WhatWasRefusedIsToldWithTheServersWords) {
    fakeimap::Persona to;
    to.refuse_message = [](const fakeimap::Message& message) -> std::optional<std::string> {
        return message.octets.contains("evil") ? std::optional<std::string>("NO [CANNOT] it is infected") : std::nullopt;
    };
    World world({}, to);
    world.from().append(mail(1));
    world.from().append(mail(2, "evil\r\n"));
    world.from().append(mail(3));
    EXPECT_FALSE(world.run().complete());
    EXPECT_THAT(verify(world).findings, ElementsAre(testing::AllOf(HasSubstr("refused INBOX/2/0: message_rejected: "),
                                                                   HasSubstr("it is infected"))));
    world.destination.persona().refuse_message = {};
    EXPECT_TRUE(world.run().complete());
    EXPECT_THAT(verify(world).findings, IsEmpty()) << "the note is gone with the message's refusal";
    remove(world.to(), world.to().messages.back().uid);
    EXPECT_THAT(verify(world).findings, ElementsAre(HasSubstr("removed_at_destination INBOX/2/")));
}

TEST(Verify, WhatTheDestinationFilteredAway) {
    fakeimap::Persona to = persona("plain");
    to.on_append = [](fakeimap::Message& message) { return !message.octets.contains("spam"); };
    World world({}, to);
    world.from().append(mail(1));
    world.from().append(mail(2, "spam\r\n"));
    world.run();
    EXPECT_THAT(verify(world).findings, ElementsAre(HasSubstr("filtered INBOX/2/0: the destination took the message")));
    world.from().append(mail(3));   // another pass, which does not look at that message again
    EXPECT_TRUE(world.run().complete());
    EXPECT_THAT(verify(world).findings, ElementsAre(HasSubstr("filtered INBOX/2/0: the destination took the message")));
}

TEST(Verify, WhatOptionsLeaveOutIsSkippedAndNoFault) {
    World world;
    world.request.options.maxsize = 200;
    world.request.options.skipmess = {"m/advertisement/"};
    world.from().append(mail(1));
    world.from().append(mail(2, std::string(300, 'x') + "\r\n"));
    world.from().append(mail(3, "advertisement\r\n"));
    ASSERT_TRUE(world.run().complete());
    for (const bool with_ledger : {true, false}) {
        if (!with_ledger) world.ledger = MemoryLedger();
        const auto verified = verify(world);
        EXPECT_THAT(verified.findings, ElementsAre("skipped INBOX/2/0: too_large", "skipped INBOX/3/0: content"));
        EXPECT_TRUE(verified.report.complete());
        EXPECT_EQ(verified.report.counters.messages_skipped, 2u);
    }
}

TEST(Verify, MessagesThatStandTwiceAreCountedTwice) {
    World world;
    for (int i = 0; i < 3; ++i) world.from().append(mail(1));
    ASSERT_TRUE(world.run().complete());
    EXPECT_THAT(verify(world).findings, IsEmpty());
    remove(world.to(), 2);
    world.ledger = MemoryLedger();
    EXPECT_THAT(verify(world).findings, ElementsAre(HasSubstr("missing INBOX/")));
}

TEST(Verify, AMailboxOfOtherMailIsNoReasonToStop) {
    World world;
    for (int i = 0; i < 20; ++i) {
        world.from().append(mail(i));
        auto other = mail(500 + i);
        other.octets = fmt::format("Message-ID: <o{0}@y>\r\nDate: Thu, 1 Feb 2024 10:00:{0:02} +0000\r\n"
                                   "Subject: o{0}\r\n\r\nx\r\n", i);
        world.to().append(other);
    }
    const auto verified = verify(world);
    EXPECT_FALSE(verified.report.error) << to_json(verified.report);
    EXPECT_EQ(verified.report.findings[static_cast<std::size_t>(FindingKind::missing)], 20u);
    EXPECT_EQ(verified.report.findings[static_cast<std::size_t>(FindingKind::extra)], 20u);
}

TEST(Verify, AFolderThatCannotBeOpenedIsAnErrorOfThatFolderOnly) {
    World world;
    copy_all(world);
    world.destination.persona().refuse = [](std::string_view name, std::string_view arguments) -> std::optional<std::string> {
        return name == "EXAMINE" && arguments.contains("Work") ? std::optional<std::string>("NO broken index") : std::nullopt;
    };
    const auto verified = verify(world);
    EXPECT_FALSE(verified.report.error);
    EXPECT_FALSE(verified.report.complete());
    EXPECT_THAT(verified.findings, IsEmpty());
    EXPECT_EQ(verified.report.counters.messages_verified, 40u);
    ASSERT_THAT(verified.report.issues, SizeIs(1));
    EXPECT_THAT(verified.report.issues[0].detail, HasSubstr("broken index"));
}

TEST(Verify, ADrainEndsIt) {
    World world;
    copy_all(world);
    world.drain.request_stop();
    const auto verified = verify(world);
    ASSERT_TRUE(verified.report.error);
    EXPECT_EQ(verified.report.error->kind, ErrorKind::cancelled);
    EXPECT_EQ(verified.report.set_digest, "");
}

TEST(Verify, TheDigestOfTheSetIsTheSameUntilSomethingChanges) {
    World world;
    copy_all(world);
    const auto first = verify(world).report.set_digest;
    EXPECT_EQ(first.size(), 64u);
    EXPECT_EQ(verify(world).report.set_digest, first);
    world.request.options.folderlast = {"INBOX"};
    EXPECT_EQ(verify(world).report.set_digest, first);
    world.to("Work").find(1)->flags = {"\\Seen"};
    const auto second = verify(world).report.set_digest;
    EXPECT_NE(second, first);
    world.from().append(mail(900));
    EXPECT_NE(verify(world).report.set_digest, second);
}

TEST(Verify, ManyFindings) {
    World world;
    for (int i = 0; i < 2000; ++i) world.from().append(mail(i));
    EXPECT_THAT(verify(world).findings, SizeIs(2000));
}

}  // namespace
}  // namespace godwit::sync
