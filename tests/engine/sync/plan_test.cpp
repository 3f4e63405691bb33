#include "engine/sync/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace godwit::sync {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

// "key size date flags" rows; UIDs count from 1.
FolderListing listing(std::vector<std::tuple<int, int, int, std::vector<std::string>>> rows) {
    FolderListing out;
    out.has_keys = true;
    for (auto& [key, size, date, flags] : rows) {
        ListedMessage message;
        message.uid = static_cast<std::uint32_t>(out.messages.size() + 1);
        message.key.words = {static_cast<std::uint64_t>(key), 0};
        message.size = static_cast<std::uint64_t>(size);
        message.internal_date = date;
        message.flags = out.flags.add(flags);
        out.messages.push_back(message);
    }
    return out;
}

imap::SelectedFolder any_flags() {
    imap::SelectedFolder folder;
    folder.permanent_flags = {"\\Answered", "\\Flagged", "\\Deleted", "\\Seen", "\\Draft"};
    folder.new_keywords = true;
    return folder;
}

FolderPlan plan(const FolderListing& source, const FolderListing& destination, SyncOptions options = {}) {
    return plan_folder(source, destination, any_flags(), options);
}

TEST(Plan, EmptyDestinationGetsEverything) {
    auto source = listing({{1, 10, 1, {}}, {2, 10, 1, {}}});
    source.has_keys = false;
    EXPECT_THAT(plan(source, {}).copy, ElementsAre(0, 1));
}

TEST(Plan, SecondRunCopiesNothing) {
    const auto both = listing({{1, 10, 1, {"\\Seen"}}, {2, 20, 2, {}}, {2, 20, 2, {}}});
    const auto done = plan(both, both);
    EXPECT_THAT(done.copy, IsEmpty());
    EXPECT_THAT(done.reflag, IsEmpty());
    EXPECT_EQ(done.foreign, 0u);
    EXPECT_EQ(done.matched.size(), 3u);
}

TEST(Plan, OnlyTheSurplusOfEqualKeysIsCopied) {
    const auto source = listing({{7, 10, 1, {}}, {7, 10, 1, {}}, {7, 10, 1, {}}});
    const auto destination = listing({{7, 10, 1, {}}});
    EXPECT_THAT(plan(source, destination).copy, ElementsAre(1, 2));
}

TEST(Plan, BestPairsGoFirst) {
    const auto source = listing({{7, 10, 1, {}}, {7, 20, 2, {}}});
    const auto destination = listing({{7, 20, 2, {}}});
    const auto done = plan(source, destination);
    EXPECT_THAT(done.copy, ElementsAre(0));
    EXPECT_THAT(done.matched, ElementsAre(Pair(1, 0)));
    const auto by_date = plan(listing({{7, 1, 5, {}}, {7, 2, 6, {}}}), listing({{7, 3, 6, {}}, {7, 4, 5, {}}}));
    EXPECT_THAT(by_date.matched, ElementsAre(Pair(0, 1), Pair(1, 0)));
}

TEST(Plan, SizesThatServersChangedStillMatch) {
    const auto done = plan(listing({{7, 10, 1, {}}}), listing({{7, 12, 9, {}}}));
    EXPECT_THAT(done.copy, IsEmpty());
}

TEST(Plan, FlagsThatDifferAndCanBeStored) {
    const auto source = listing({{1, 1, 1, {"\\Seen", "work"}}, {2, 1, 1, {"\\Recent"}}});
    const auto destination = listing({{1, 1, 1, {}}, {2, 1, 1, {}}});
    EXPECT_THAT(plan(source, destination).reflag, ElementsAre(Pair(0, 0)));
    EXPECT_THAT(plan(source, destination, {.sync_flags = false}).reflag, IsEmpty());
    auto plain = any_flags();
    plain.new_keywords = false;
    plain.permanent_flags = {"\\Flagged"};
    EXPECT_THAT(plan_folder(source, destination, plain, {}).reflag, IsEmpty());
}

TEST(Plan, ForeignAndSkipped) {
    const auto source = listing({{1, 100, 1, {}}, {2, 5, 1, {}}});
    const auto done = plan(source, listing({{9, 1, 1, {}}}), {.max_message_bytes = 50});
    EXPECT_EQ(done.foreign, 1u);
    EXPECT_THAT(done.copy, ElementsAre(1));
    EXPECT_THAT(done.skipped, ElementsAre(0));
}

// Whatever stands on the two sides: after copying, each key is at the destination at least as often as at the source,
// and nothing is copied that was there.
TEST(Plan, RandomListingsNeverLoseOrDouble) {
    std::mt19937 random(1);
    for (int round = 0; round < 300; ++round) {
        const auto make = [&] {
            std::vector<std::tuple<int, int, int, std::vector<std::string>>> rows;
            const int count = static_cast<int>(random() % 12);
            for (int i = 0; i < count; ++i)
                rows.emplace_back(random() % 4, random() % 3, random() % 3, std::vector<std::string>{});
            return listing(rows);
        };
        const auto source = make(), destination = make();
        const auto done = plan(source, destination);
        std::map<std::uint64_t, int> missing;
        for (const auto& message : source.messages) ++missing[message.key.hash()];
        for (const auto& message : destination.messages) --missing[message.key.hash()];
        std::map<std::uint64_t, int> copied;
        for (const auto index : done.copy) ++copied[source.messages[index].key.hash()];
        for (auto [key, count] : missing) EXPECT_EQ(copied[key], std::max(count, 0));
        std::set<std::uint32_t> partners;
        for (auto [from, to] : done.matched) EXPECT_TRUE(partners.insert(to).second);
        EXPECT_EQ(done.matched.size() + done.copy.size(), source.messages.size());
    }
}

}  // namespace
}  // namespace godwit::sync
