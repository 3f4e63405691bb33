#include "engine/sync/receipts.h"

#include <gtest/gtest.h>

namespace godwit::sync {
namespace {

TEST(Receipts, TheWatermarkFollowsWithoutGaps) {
    Receipts receipts(10);
    EXPECT_EQ(receipts.located(11), Provenance::put);
    EXPECT_EQ(receipts.watermark(), 11u);
    EXPECT_EQ(receipts.located(13), Provenance::put);   // 12 is foreign, or still to come
    EXPECT_EQ(receipts.located(14), Provenance::put);
    EXPECT_EQ(receipts.watermark(), 11u);
    EXPECT_EQ(receipts.located(12), Provenance::put);
    EXPECT_EQ(receipts.watermark(), 14u);
    EXPECT_EQ(receipts.ours().to_string(), "11:14");
    EXPECT_EQ(receipts.start(), 10u);
}

TEST(Receipts, AnUidThatWasThereBeforeIsNoCopyOfOurs) {
    Receipts receipts(10);
    EXPECT_EQ(receipts.located(10), Provenance::matched);
    EXPECT_EQ(receipts.located(3), Provenance::matched);
    EXPECT_EQ(receipts.located(11), Provenance::put);
    EXPECT_EQ(receipts.located(11), Provenance::matched) << "named twice: it deduplicates";
    EXPECT_EQ(receipts.watermark(), 11u);
}

TEST(Receipts, TheEndOfTheRange) {
    Receipts receipts(UINT32_MAX - 1);
    EXPECT_EQ(receipts.located(UINT32_MAX), Provenance::put);
    EXPECT_EQ(receipts.watermark(), UINT32_MAX);
}

}  // namespace
}  // namespace godwit::sync
