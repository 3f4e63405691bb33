#include "engine/sync/delta/rest.h"

#include <gtest/gtest.h>

namespace godwit::sync {
namespace {

constexpr std::uint64_t options = 77;

LedgerPair at_rest() {
    LedgerPair known;
    known.cursor = {.source_uidvalidity = 5, .source_uidnext = 101, .source_highestmodseq = 900,
                    .destination_uidvalidity = 6, .watermark = 200};
    known.cursor.rest = {.options = options, .source_messages = 90, .destination_messages = 91, .destination_uidnext = 201,
                         .destination_highestmodseq = 40};
    return known;
}
imap::FolderStatus source() { return {90, 5, 101, 900}; }
imap::FolderStatus destination() { return {91, 6, 201, 40}; }

TEST(Rest, NothingHasChanged) { EXPECT_TRUE(is_at_rest(at_rest(), source(), destination(), options)); }

TEST(Rest, EachNumberOfEitherSideMatters) {
    const auto changed = [](auto change) {
        auto here = source(), there = destination();
        change(here);
        EXPECT_FALSE(is_at_rest(at_rest(), here, destination(), options));
        change(there);
        EXPECT_FALSE(is_at_rest(at_rest(), source(), there, options));
    };
    changed([](auto& status) { ++status.uidvalidity; });
    changed([](auto& status) { ++status.uidnext; });
    changed([](auto& status) { ++status.highestmodseq; });
    changed([](auto& status) { status.highestmodseq = 0; });
    changed([](auto& status) { ++*status.messages; });
    changed([](auto& status) { status.messages.reset(); });
}

TEST(Rest, WhatIsLeftToDoDoesNotRest) {
    auto known = at_rest();
    known.in_doubt = true;
    EXPECT_FALSE(is_at_rest(known, source(), destination(), options));
    known = at_rest();
    known.cursor.rest.without_entry = 1;
    EXPECT_FALSE(is_at_rest(known, source(), destination(), options));
    EXPECT_FALSE(is_at_rest(at_rest(), source(), destination(), options + 1));
    known = at_rest();
    known.cursor.rest.options = 0;
    EXPECT_FALSE(is_at_rest(known, source(), destination(), 0));
}

TEST(Rest, ServersWithoutModSequencesNeverRest) {
    auto known = at_rest();
    known.cursor.source_highestmodseq = known.cursor.rest.destination_highestmodseq = 0;
    auto here = source(), there = destination();
    here.highestmodseq = there.highestmodseq = 0;
    EXPECT_FALSE(is_at_rest(known, here, there, options));
}

TEST(Rest, DigestOfWhatDecides) {
    const SyncOptions usual;
    const auto digest = rest_digest(usual);
    EXPECT_NE(digest, 0u);
    auto other = usual;
    other.maxsize = 1;
    EXPECT_NE(rest_digest(other), digest);
    other = usual;
    other.dry = other.newestfirst = other.notedigests = true;
    other.maxbytespersecond = other.exitwhenover = 9;
    EXPECT_EQ(rest_digest(other), digest);
    for (const auto change : std::vector<void (*)(SyncOptions&)>{
             [](SyncOptions& o) { o.search = "ALL"; }, [](SyncOptions& o) { o.maxage = 1; }, [](SyncOptions& o) { o.minage = 1; },
             [](SyncOptions& o) { o.syncduplicates = false; }, [](SyncOptions& o) { o.skipcrossduplicates = true; }}) {
        other = usual;
        change(other);
        EXPECT_EQ(rest_digest(other), 0u);
    }
}

TEST(Rest, ChangesAreToldByModSequencesThatGoUp) {
    const auto known = at_rest().cursor;
    imap::SelectedFolder here, there;
    here.highestmodseq = imap::ModSeq{900};
    there.highestmodseq = imap::ModSeq{41};
    EXPECT_TRUE(can_tell_changes(known, here, there, options));
    EXPECT_FALSE(can_tell_changes(known, here, there, options + 1));
    EXPECT_FALSE(can_tell_changes(known, here, there, 0));
    here.highestmodseq = imap::ModSeq{899};
    EXPECT_FALSE(can_tell_changes(known, here, there, options));
    here.highestmodseq = imap::ModSeq{900};
    there.highestmodseq = imap::ModSeq{0};
    EXPECT_FALSE(can_tell_changes(known, here, there, options));
}

TEST(Rest, VanishedAtLeast) {
    const auto known = at_rest().cursor;
    EXPECT_EQ(vanished_at_least(known, source()), 0u);
    EXPECT_EQ(vanished_at_least(known, {88, 5, 101, 901}), 2u);
    EXPECT_EQ(vanished_at_least(known, {90, 5, 104, 901}), 3u);   // three may have come, so three must have gone
    EXPECT_EQ(vanished_at_least(known, {93, 5, 104, 901}), 0u);
    EXPECT_EQ(vanished_at_least(known, {0, 5, 50, 901}), 0u);     // makes no sense
}

}  // namespace
}  // namespace godwit::sync
