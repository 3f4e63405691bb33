#include "engine/sync/match.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

#include "tests/engine/sync/listings.h"

namespace godwit::sync {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

constexpr BodyDigest body(std::uint64_t body, std::uint64_t header = 1) { return body << 32 | header; }

TEST(Match, OnlyTheSurplusOfEqualKeysStaysAlone) {
    EXPECT_THAT(match(listing({{7}, {7}, {7}}), listing({{7}})), ElementsAre(Pair(0, 0)));
    EXPECT_THAT(match(listing({{7}}), listing({{7}, {7}, {8}})), ElementsAre(Pair(0, 0)));
    EXPECT_THAT(match(listing({{1}}), listing({{2}})), IsEmpty());
}

TEST(Match, BestPairsGoFirst) {
    EXPECT_THAT(match(listing({{7, 10, 1}, {7, 20, 2}}), listing({{7, 20, 2}})), ElementsAre(Pair(1, 0)));
    EXPECT_THAT(match(listing({{7, 1, 5}, {7, 2, 6}}), listing({{7, 3, 6}, {7, 4, 5}})),
                ElementsAre(Pair(0, 1), Pair(1, 0)));
    EXPECT_THAT(match(listing({{7, 1, 5}, {7, 2, 6}}), listing({{7, 2, 9}, {7, 1, 9}})),
                ElementsAre(Pair(0, 1), Pair(1, 0)));
}

TEST(Match, SizesThatServersChangedStillMatch) {
    EXPECT_THAT(match(listing({{7, 10, 1}}), listing({{7, 12, 9}})), ElementsAre(Pair(0, 0)));
}

TEST(Match, BodiesDecideBetweenMessagesOfOneKey) {
    // Everything looks alike; the second one is what stands at the destination.
    const auto source = listing({{7}, {7}}), destination = listing({{7}});
    EXPECT_THAT(match(source, destination), ElementsAre(Pair(0, 0)));
    const Digests digests{{{0, body(1)}, {1, body(2)}}, {{0, body(2, 9)}}};
    EXPECT_THAT(match(source, destination, digests), ElementsAre(Pair(1, 0)));
    // A digest that agrees in the header too goes before one that agrees in the body only.
    const Digests headers{{{0, body(2, 1)}, {1, body(2, 9)}}, {{0, body(2, 9)}}};
    EXPECT_THAT(match(source, destination, headers), ElementsAre(Pair(1, 0)));
}

TEST(Match, OfEqualBodiesThoseOfOneSizeAndDateGoFirst) {
    // Without a body and without the usual fields all of them have one key and one digest.
    const auto source = listing({{7, 1, 5}, {7, 2, 6}, {7, 3, 7}}), destination = listing({{7, 2, 6}, {7, 3, 9}});
    const Digests digests{{{0, body(1)}, {1, body(1)}, {2, body(1)}}, {{0, body(1)}, {1, body(1)}}};
    EXPECT_THAT(match(source, destination, digests), ElementsAre(Pair(1, 0), Pair(2, 1)));
    EXPECT_THAT(match(source, destination, digests, true), ElementsAre(Pair(1, 0), Pair(2, 1)));
}

TEST(Match, OfEqualBodiesThoseWhoseSizesDifferLeastGoTogether) {
    const auto source = listing({{7, 27, 5}, {7, 1, 6}, {7, 6, 7}}), destination = listing({{7, 29, 8}, {7, 7, 8}});
    const Digests digests{{{0, body(1)}, {1, body(1)}, {2, body(1)}}, {{0, body(1)}, {1, body(1)}}};
    EXPECT_THAT(match(source, destination, digests), ElementsAre(Pair(0, 0), Pair(2, 1)));
}

TEST(Match, AnotherBodyIsAnotherMessageWhereSizesAndDatesAreKept) {
    const auto source = listing({{7, 10, 1}}), destination = listing({{7, 99, 5}});
    const Digests digests{{{0, body(1)}}, {{0, body(2)}}};
    EXPECT_THAT(match(source, destination, digests, true), IsEmpty());
    EXPECT_THAT(match(source, destination, digests, false), ElementsAre(Pair(0, 0))) << "a server that rewrites";
    EXPECT_THAT(match(source, destination, {}, true), ElementsAre(Pair(0, 0))) << "nothing known of the bodies";
    const auto altered = listing({{7, 99, 1}});
    EXPECT_THAT(match(source, altered, digests, true), ElementsAre(Pair(0, 0))) << "same date: the server altered it";
}

TEST(Match, KnownAndUnknownBodiesTogether) {
    const auto source = listing({{7, 1, 1}, {7, 2, 2}, {7, 3, 3}}), destination = listing({{7, 8, 8}, {7, 9, 9}});
    const Digests digests{{{0, body(1)}, {1, body(2)}}, {{0, body(5)}}};
    const auto pairs = match(source, destination, digests, true);
    EXPECT_THAT(pairs, ElementsAre(Pair(0, 1), Pair(2, 0))) << "0 and 1 are known not to be destination 0";
}

TEST(WorthReading, ContestedGroupsAndOddPairs) {
    const auto source = listing({{1}, {2}, {2}, {3, 10, 1}}), destination = listing({{1}, {2}, {3, 20, 2}});
    const Indexes left = all_of(source), right = all_of(destination);
    const auto pairs = match(source, destination);
    auto worth = worth_reading({source, left}, {destination, right}, pairs, false);
    EXPECT_THAT(worth.source, ElementsAre(1, 2));
    EXPECT_THAT(worth.destination, ElementsAre(1));
    worth = worth_reading({source, left}, {destination, right}, pairs, true);
    EXPECT_THAT(worth.source, ElementsAre(1, 2, 3));
    EXPECT_THAT(worth.destination, ElementsAre(1, 2));
}

TEST(KeepsSizesAndDates, SomeAreAndNoMoreAreNeither) {
    const auto source = listing({{1, 10, 1}, {2, 10, 1}, {3, 10, 1}});
    const auto keeps = [&](std::vector<Row> rows) {
        const auto destination = listing(rows);
        return keeps_sizes_and_dates(source, destination, match(source, destination));
    };
    EXPECT_FALSE(keeps({})) << "no evidence";
    EXPECT_TRUE(keeps({{1, 10, 1}}));
    EXPECT_TRUE(keeps({{1, 10, 1}, {2, 99, 9}}));
    EXPECT_FALSE(keeps({{1, 10, 1}, {2, 99, 9}, {3, 99, 9}}));
    EXPECT_FALSE(keeps({{1, 10, 9}, {2, 10, 9}})) << "dates are lost";
    EXPECT_FALSE(keeps({{1, 99, 1}, {2, 99, 1}})) << "sizes are changed";
}

// Whatever stands on the two sides: every key has as many pairs as the side with fewer of it, and nobody has two partners.
TEST(Match, RandomListingsNeverLoseOrDouble) {
    std::mt19937 random(1);
    for (int round = 0; round < 500; ++round) {
        const auto make = [&] {
            std::vector<Row> rows(random() % 12);
            for (auto& row : rows)
                row = {static_cast<int>(random() % 4), static_cast<int>(random() % 3), static_cast<int>(random() % 3)};
            return listing(rows);
        };
        const auto source = make(), destination = make();
        Digests digests;
        for (Index i = 0; i < source.messages.size(); ++i)
            if (random() % 2) digests.source[i] = body(1 + random() % 3);
        for (Index i = 0; i < destination.messages.size(); ++i)
            if (random() % 2) digests.destination[i] = body(1 + random() % 3);
        const auto pairs = match(source, destination, digests);
        std::map<std::uint64_t, std::size_t> left, right, paired;
        for (const Index i : all_of(source)) ++left[source.key(i).hash()];
        for (const Index i : all_of(destination)) ++right[destination.key(i).hash()];
        std::set<Index> sources, destinations;
        for (const auto& [from, to] : pairs) {
            EXPECT_EQ(source.key(from), destination.key(to));
            EXPECT_TRUE(sources.insert(from).second && destinations.insert(to).second);
            ++paired[source.key(from).hash()];
        }
        for (const auto& [key, count] : left) EXPECT_EQ(paired[key], std::min(count, right[key]));
        const auto careful = match(source, destination, digests, true);
        EXPECT_LE(careful.size(), pairs.size());
    }
}

}  // namespace
}  // namespace godwit::sync
