#include "engine/sync/folder_listing.h"

#include <gmock/gmock.h>

#include "tests/engine/sync/listings.h"

namespace godwit::sync {
namespace {

using ::testing::ElementsAre;

MessageKey key(std::uint64_t number) { return {{number, 1}}; }

TEST(FolderListing, KeysMoveWithTheirMessages) {
    auto rows =
        listing({{.key = 7, .uid = 7}, {.key = 3, .uid = 3}, {.key = 8, .uid = 7}, {.key = 9, .uid = 9}});
    rows.keys.set(3, {});
    rows.sort();
    ASSERT_EQ(rows.messages.size(), 3u);
    EXPECT_EQ(rows.messages[0].uid, 3u);
    EXPECT_EQ(rows.key(0), key(3));
    EXPECT_EQ(rows.messages[1].uid, 7u);
    EXPECT_EQ(rows.key(1), key(7)) << "the first of two counts";
    EXPECT_EQ(rows.key(2), MessageKey{});
}

TEST(FolderListing, HoldsTheLargestValues) {
    ListedMessage message{.uid = UINT32_MAX, .flags = (1u << 24) - 1, .zone_minutes = -1439};
    message.internal_date = 253402387199;  // the end of the year 9999
    message.size = ListedMessage::most_size;
    EXPECT_EQ(message.flags, (1u << 24) - 1);
    EXPECT_EQ(message.zone_minutes, -1439);
    EXPECT_EQ(message.internal_date, 253402387199);
    EXPECT_EQ(message.size, ListedMessage::most_size);
    message.internal_date = -2208988800;  // 1900
    EXPECT_EQ(message.internal_date, -2208988800);
}

TEST(KeyTable, IsZeroWhereNothingWasSet) {
    KeyTable keys;
    EXPECT_EQ(keys.at(5), MessageKey{});
    keys.set(1'000'000, key(1));
    EXPECT_EQ(keys.at(1'000'000), key(1));
    EXPECT_EQ(keys.at(999'999), MessageKey{});
    EXPECT_EQ(keys.at(2'000'000), MessageKey{});
    keys.clear();
    EXPECT_EQ(keys.at(1'000'000), MessageKey{});
}

TEST(FlagTable, SetsAreTheSameHoweverTheyAreSpelled) {
    FlagTable flags;
    const auto id = flags.add({"\\SEEN", "work", "\\Recent"});
    EXPECT_EQ(flags.add({"work", "\\Seen"}), id);
    EXPECT_EQ(flags.add({"work", "\\Seen", "work"}), id);
    EXPECT_NE(flags.add({"work", "\\Seen", "Work"}), id) << "keywords differ by case";
    EXPECT_NE(flags.add({"work\\Seen"}), id);
    EXPECT_THAT(flags.at(id), ElementsAre("\\Seen", "work"));
}

}  // namespace
}  // namespace godwit::sync
