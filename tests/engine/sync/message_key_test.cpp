#include "engine/sync/message_key.h"

#include <gtest/gtest.h>

namespace godwit::sync {
namespace {

TEST(MessageKey, MessageIdIsNormalised) {
    const auto key = message_key("Message-ID: <a@b>\r\nSubject: x\r\n\r\n");
    EXPECT_EQ(key, message_key("message-id:\r\n <a@b> \r\nSubject: other\r\n\r\n"));
    EXPECT_EQ(key, message_key("MESSAGE-Id:<a@b> (comment)\r\n\r\n"));
    EXPECT_NE(key, message_key("Message-ID: <a@c>\r\n\r\n"));
    EXPECT_NE(key, message_key("Message-ID: <A@b>\r\n\r\n"));
}

TEST(MessageKey, WithoutMessageIdFourFieldsDecide) {
    const auto key = message_key("Date: d\r\nFrom: f\r\nTo: t\r\nSubject: a\r\n b\r\n\r\n");
    EXPECT_EQ(key, message_key("Subject: a b\r\nTo:  t\r\nFrom: f\r\nDate: d\r\nReceived: x\r\n\r\n"));
    EXPECT_NE(key, message_key("Date: d\r\nFrom: f\r\nTo: t\r\nSubject: ab\r\n\r\n"));
    EXPECT_EQ(message_key("Message-ID: <>\r\nDate: d\r\n\r\n"), message_key("Date: d\r\n\r\n"));
}

TEST(MessageKey, BodyIsNotRead) {
    EXPECT_EQ(message_key("Subject: s\r\n\r\nMessage-ID: <in@body>\r\n"), message_key("Subject: s\r\n\r\n"));
    EXPECT_EQ(message_key("Subject: s\n\nbody"), message_key("Subject: s\r\n\r\n"));
}

TEST(HeaderField, FirstOfSeveralUnfolded) {
    EXPECT_EQ(header_field("A: 1\r\nB: x\r\n\ty\r\nB: z\r\n\r\n", "b"), "x y");
    EXPECT_EQ(header_field("A: 1\r\n\r\nB: x\r\n", "B"), std::nullopt);
    EXPECT_EQ(header_field("no colon\r\nB : x", "B"), "x");
    EXPECT_EQ(header_field("", "B"), std::nullopt);
}

}  // namespace
}  // namespace godwit::sync
