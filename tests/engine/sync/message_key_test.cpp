#include "engine/sync/message_key.h"

#include <gtest/gtest.h>

namespace godwit::sync {
namespace {

bool same_body(BodyDigest a, BodyDigest b) { return a != 0 && b != 0 && (a >> 32) == (b >> 32); }

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

TEST(MessageKey, EightBitOctetsCountAlike) {
    EXPECT_EQ(message_key("Subject: gr\xc3\xbc\xc3\x9f\r\n\r\n"), message_key("Subject: grXXXX\r\n\r\n"));
    EXPECT_NE(message_key("Subject: gr\xc3\xbc\r\n\r\n"), message_key("Subject: gr\r\n\r\n"));
}

TEST(MessageKey, TheLadder) {
    const std::string header = "Message-ID: <a@b>\r\nDate: d\r\nFrom: f\r\nTo: t\r\nSubject: s\r\n\r\n";
    const std::string renamed = "Message-ID: <new@c>\r\nDate: d\r\nFrom: f\r\nTo: t\r\nSubject: s\r\n\r\n";
    const std::string readdressed = "Message-ID: <new@c>\r\nDate: d\r\nFrom: x\r\nTo: y\r\nSubject: s\r\n\r\n";
    EXPECT_NE(message_key(header, 0), message_key(renamed, 0));
    EXPECT_EQ(message_key(header, 1), message_key(renamed, 1));
    EXPECT_NE(message_key(header, 1), message_key(readdressed, 1));
    EXPECT_EQ(message_key(header, 2), message_key(readdressed, 2));
    EXPECT_NE(message_key(header, 2), message_key("Date: d\r\nSubject: other\r\n\r\n", 2));
}

TEST(BodyDigest, LineEndsAndTheEndDoNotCount) {
    const auto digest = body_digest("Subject: s\r\n\r\nline\r\n\r\nlast\r\n");
    EXPECT_EQ(digest, body_digest("Received: x\r\nSubject: s\r\n\r\nline\n\nlast"));
    EXPECT_EQ(digest, body_digest("Subject:  s\nX-Spam: no\n\nline\n\nlast\n\n\n"));
    EXPECT_NE(digest, body_digest("Subject: s\r\n\r\nline\r\nlast\r\n"));
}

TEST(BodyDigest, TheBodyIsOneHalf) {
    const auto digest = body_digest("Subject: s\r\n\r\nbody"), other = body_digest("Subject: t\r\n\r\nbody");
    EXPECT_NE(digest, other);
    EXPECT_TRUE(same_body(digest, other));
    EXPECT_FALSE(same_body(digest, body_digest("Subject: s\r\n\r\nanother")));
    EXPECT_FALSE(same_body(0, 0)) << "not known";
    EXPECT_NE(body_digest(""), 0u);
    EXPECT_NE(body_digest("no empty line"), 0u);
    EXPECT_FALSE(same_body(body_digest("no header"), body_digest(""))) << "it is all body";
    EXPECT_TRUE(same_body(body_digest("A: b"), body_digest("\r\n"))) << "no body";
}

TEST(BodyDigest, PiecesAreTheWhole) {
    for (const std::string whole : {"Subject: s\r\nTo: t\r\n\r\nline\r\n\r\nlast\r\n\r\n", "no body: x\r\n", "\r\nno header\n\n", "",
                                    "A: b\n\nbody\r\n", "A: b\r\n\r\n"})
        for (std::size_t size = 1; size <= 5; ++size) {
            BodyDigester digester;
            for (std::size_t at = 0; at < whole.size(); at += size) digester.add(std::string_view(whole).substr(at, size));
            EXPECT_EQ(digester.finish(), body_digest(whole)) << whole << " by " << size;
        }
}

TEST(BodyDigest, AHeaderWithoutEndIsNotKept) {
    BodyDigester digester;
    for (int i = 0; i < 100; ++i) digester.add(std::string(100'000, 'x'));
    EXPECT_NE(digester.finish(), 0u);
}

TEST(HeaderField, FirstOfSeveralUnfolded) {
    EXPECT_EQ(header_field("A: 1\r\nB: x\r\n\ty\r\nB: z\r\n\r\n", "b"), "x y");
    EXPECT_EQ(header_field("A: 1\r\n\r\nB: x\r\n", "B"), std::nullopt);
    EXPECT_EQ(header_field("no colon\r\nB : x", "B"), "x");
    EXPECT_EQ(header_field("", "B"), std::nullopt);
}

}  // namespace
}  // namespace godwit::sync
