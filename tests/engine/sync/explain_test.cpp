#include "engine/sync/explain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/engine/sync/listings.h"

namespace godwit::sync {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

LedgerEntry entry(std::uint32_t source, std::uint32_t destination, Provenance provenance = Provenance::put) {
    return {source, destination, provenance, 0, 1};
}

FolderListing uids(std::vector<std::uint32_t> all) {
    std::vector<Row> rows;
    for (const auto uid : all) rows.push_back({.key = 1, .uid = uid});
    return listing(rows);
}

TEST(Explain, WithoutALedgerNothingIsExplained) {
    const auto out = explain(uids({1, 2}), uids({5}), {});
    EXPECT_THAT(out.unledgered, ElementsAre(0, 1));
    EXPECT_THAT(out.unexplained, ElementsAre(0));
    EXPECT_THAT(out.known, IsEmpty());
}

TEST(Explain, EveryMessageHasOnePlace) {
    //                   known         removed       unlocated        gone at the source
    const std::vector entries{entry(2, 20), entry(3, 30), entry(4, 0), entry(5, 50), entry(9, 90)};
    const auto out = explain(uids({1, 2, 3, 4, 7}), uids({20, 50, 60, 90}), entries);
    EXPECT_THAT(out.unledgered, ElementsAre(0, 4));
    EXPECT_THAT(out.known, ElementsAre(Pair(1, 0)));
    EXPECT_THAT(out.removed, ElementsAre(2));
    EXPECT_THAT(out.unlocated, ElementsAre(3));
    EXPECT_THAT(out.unexplained, ElementsAre(2)) << "copies whose source is gone are explained";
}

TEST(Explain, RemovedOnceIsRemovedStillUnlessItStandsAgain) {
    const std::vector entries{entry(1, 10, Provenance::removed), entry(2, 20, Provenance::removed),
                              entry(3, 0, Provenance::removed)};
    const auto out = explain(uids({1, 2, 3}), uids({20}), entries);
    EXPECT_THAT(out.removed, ElementsAre(0, 2));
    EXPECT_THAT(out.known, ElementsAre(Pair(1, 0)));
    EXPECT_THAT(out.unlocated, IsEmpty());
}

TEST(Explain, ManyToOneIsAllowed) {
    const std::vector entries{entry(1, 10), entry(2, 10, Provenance::matched)};
    const auto out = explain(uids({1, 2}), uids({10}), entries);
    EXPECT_THAT(out.known, ElementsAre(Pair(0, 0), Pair(1, 0)));
    EXPECT_THAT(out.unexplained, IsEmpty());
}

// Distrust: each fact by itself makes the ledger worthless.
TEST(IsBelieved, OnlyWhileAllFactsHold) {
    LedgerFolder ledger;
    ledger.cursor = {7, 100, 500, 9, 40};
    ledger.entries = {entry(98, 41), entry(99, 30)};
    const FolderFacts source{7, 100, 500}, destination{9, 42, 0};
    EXPECT_TRUE(is_believed(ledger, source, destination));
    EXPECT_TRUE(is_believed(ledger, {7, 200, 600}, {9, 77, 3}));
    EXPECT_FALSE(is_believed(ledger, {8, 100, 500}, destination)) << "source UIDVALIDITY";
    EXPECT_FALSE(is_believed(ledger, source, {8, 42, 0})) << "destination UIDVALIDITY";
    EXPECT_FALSE(is_believed(ledger, {7, 99, 500}, destination)) << "source UIDNEXT went back";
    EXPECT_FALSE(is_believed(ledger, {7, 0, 500}, destination)) << "source UIDNEXT absent";
    EXPECT_FALSE(is_believed(ledger, source, {9, 41, 0})) << "destination UIDNEXT below a receipt";
    EXPECT_FALSE(is_believed(ledger, source, {9, 0, 0})) << "destination UIDNEXT absent";
    EXPECT_FALSE(is_believed(ledger, {7, 100, 499}, destination)) << "HIGHESTMODSEQ went back";
    ledger.cursor.watermark = 42;
    EXPECT_FALSE(is_believed(ledger, source, destination)) << "destination UIDNEXT not above the watermark";
    ledger.cursor.source_uidvalidity = ledger.cursor.destination_uidvalidity = 0;
    EXPECT_FALSE(is_believed(ledger, {0, 100, 500}, {0, 43, 0})) << "no UIDVALIDITY at all";
}

}  // namespace
}  // namespace godwit::sync
