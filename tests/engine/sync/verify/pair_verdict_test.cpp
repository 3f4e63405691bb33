// The pure parts of a verify pass: what is wrong with a copy, in words; the sample; the digest of the set.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/sync/verify/pair_verdict.h"
#include "engine/sync/verify/sample.h"
#include "engine/sync/verify/set_digest.h"

namespace godwit::sync {
namespace {

using testing::ElementsAre;
using testing::Optional;

imap::SelectedFolder keeping(std::vector<std::string> permanent, bool new_keywords = false) {
    imap::SelectedFolder folder;
    folder.permanent_flags = std::move(permanent);
    folder.new_keywords = new_keywords;
    return folder;
}

TEST(PairVerdict, OctetsDifferBySizeOrByDigest) {
    const Octets a{digest_of("abc"), 3}, b{digest_of("abd"), 3}, longer{digest_of("abcd"), 4};
    EXPECT_EQ(octets_differ(a, a), std::nullopt);
    EXPECT_EQ(octets_differ(a, longer), "size 3 at the source, 4 at the destination");
    EXPECT_EQ(octets_differ(a, b), "SHA-256 ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad at the source, " +
                                       to_hex(b.digest) + " at the destination");
}

TEST(PairVerdict, FlagsThatTheCopyLacksOrHas) {
    const auto folder = keeping({"\\Seen", "\\Flagged", "\\Answered"}, true);
    EXPECT_EQ(flags_differ({"\\Seen", "work"}, {"\\Seen", "Work"}, folder, true), std::nullopt);
    EXPECT_EQ(flags_differ({"\\Seen", "work"}, {}, folder, true), "lacks \\Seen, work");
    EXPECT_EQ(flags_differ({}, {"\\Flagged"}, folder, true), "has \\Flagged");
    EXPECT_EQ(flags_differ({"\\Seen"}, {"\\Flagged"}, folder, true), "lacks \\Seen; has \\Flagged");
    EXPECT_EQ(flags_differ({"\\Seen"}, {"\\Seen", "\\Flagged"}, folder, false), std::nullopt);
}

TEST(PairVerdict, AFlagThatTheDestinationCannotKeepIsTold) {
    const auto folder = keeping({"\\Seen"});
    EXPECT_EQ(flags_differ({"$Junk", "\\Seen"}, {"\\Seen"}, folder, true), "lacks $Junk (the destination cannot keep it)");
    EXPECT_EQ(flags_differ({"\\Seen"}, {"\\Seen", "$Junk"}, folder, true), std::nullopt) << "nor can it be taken away";
    EXPECT_EQ(flags_differ({"$Junk"}, {}, keeping({}), true), "lacks $Junk") << "nothing is known of what it keeps";
}

TEST(PairVerdict, DatesAreInstants) {
    EXPECT_EQ(dates_differ(1'706'778'000, 1'706'778'000), std::nullopt);
    EXPECT_EQ(dates_differ(1'706'778'000, 1'706'778'001),
              "01-Feb-2024 09:00:00 +0000 at the source, 01-Feb-2024 09:00:01 +0000 at the destination");
}

TEST(SizeDoubt, ReadsUntilAPatternIsSeen) {
    SizeDoubt doubt;
    int reads = 0;
    for (int i = 0; i < 100; ++i)
        if (doubt.wants_to_read(10)) ++reads, doubt.tell(true);
    EXPECT_EQ(reads, 20) << "all of them were altered: sizes are believed";
    EXPECT_TRUE(doubt.believes_sizes());
}

TEST(SizeDoubt, SizesThatLieAreNotBelieved) {
    SizeDoubt doubt;
    int reads = 0;
    for (int i = 0; i < 100; ++i)
        if (doubt.wants_to_read(10)) ++reads, doubt.tell(false);
    EXPECT_EQ(reads, 20);
    EXPECT_FALSE(doubt.believes_sizes());
}

TEST(SizeDoubt, MixedOnesAreReadOnWithinLimits) {
    SizeDoubt doubt;
    int reads = 0;
    for (int i = 0; i < 2000; ++i)
        if (doubt.wants_to_read(10)) ++reads, doubt.tell(i % 2 == 0);
    EXPECT_EQ(reads, 500);
    SizeDoubt large;
    large.tell(true), large.tell(false);
    reads = 0;
    for (int i = 0; i < 2000; ++i) reads += large.wants_to_read(8u << 20);
    EXPECT_EQ(reads, 20);
}

TEST(Sample, IsTheSameEachTimeAndHoldsSmallerOnes) {
    int of_ten = 0, of_all = 0;
    for (std::uint32_t uid = 1; uid <= 10'000; ++uid) {
        const bool ten = is_in_sample("INBOX", uid, 10);
        EXPECT_EQ(ten, is_in_sample("INBOX", uid, 10));
        if (ten) EXPECT_TRUE(is_in_sample("INBOX", uid, 40));
        of_ten += ten;
        of_all += is_in_sample("INBOX", uid, 100);
        EXPECT_FALSE(is_in_sample("INBOX", uid, 0));
    }
    EXPECT_NEAR(of_ten, 1000, 100);
    EXPECT_EQ(of_all, 10'000);
}

TEST(Sample, IsAnotherOneInAnotherFolder) {
    int both = 0;
    for (std::uint32_t uid = 1; uid <= 10'000; ++uid) both += is_in_sample("a", uid, 10) && is_in_sample("b", uid, 10);
    EXPECT_NEAR(both, 100, 50);
}

TEST(SetDigest, ARecordInFull) {
    const std::vector<std::string> flags{"\\Seen", "work"};
    const std::vector<FindingKind> verdict{FindingKind::altered, FindingKind::flags_differ};
    EXPECT_EQ(to_text({7, 9, 120, 1'706'778'000, std::nullopt, {}, flags}), "7 9 120 1706778000 - same \\Seen work\n");
    EXPECT_EQ(to_text({7, 9, 120, 1'706'778'000, digest_of("abc"), verdict, {}}),
              "7 9 120 1706778000 ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad altered,flags_differ\n");
}

TEST(SetDigest, DoesNotDependOnTheOrderOfFolders) {
    SetDigest one, other;
    one.add({"a", "b"}, digest_of("1"));
    one.add({"c", "d"}, digest_of("2"));
    other.add({"c", "d"}, digest_of("2"));
    other.add({"a", "b"}, digest_of("1"));
    EXPECT_EQ(one.hex(), other.hex());
    EXPECT_EQ(one.hex().size(), 64u);
    other.add({"a", "b"}, digest_of("3"));
    EXPECT_NE(one.hex(), other.hex());
}

TEST(SetDigest, ASetWrittenOut) {
    SetDigest set;
    set.add({"INBOX", "In"}, digest_of("abc"));
    EXPECT_EQ(set.hex(), to_hex(digest_of("5 INBOX 2 In ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\n")));
}

}  // namespace
}  // namespace godwit::sync
