#include "engine/imap/folder_name.h"

#include <gtest/gtest.h>

#include <random>
#include <thread>

#include "engine/base/utf8.h"

namespace godwit::imap {
namespace {

using Levels = std::vector<std::string>;

struct Pair {
    const char* raw;
    const char* text;
};

// The first two: RFC 3501 section 5.1.3.
constexpr Pair pairs[] = {
    {"~peter/mail/&U,BTFw-/&ZeVnLIqe-", "~peter/mail/台北/日本語"},
    {"&Jjo-!", "☺!"},
    {"INBOX", "INBOX"},
    {"", ""},
    {"A&-B", "A&B"},
    {"&-", "&"},
    {"Entw&APw-rfe", "Entwürfe"},
    {"&BB4EQgQ,BEAEMAQyBDsENQQ9BD0ESwQ1-", "Отправленные"},
    {"&2D3eAA-", "😀"},
    {"Gel&APY-schte Objekte", "Gelöschte Objekte"},
    {"a+b~{}\"\\%*", "a+b~{}\"\\%*"},
    {"&AOkA6Q-x&AOk-", "ééxé"},
};

TEST(FolderName, KnownAnswers) {
    for (const auto& [raw, text] : pairs) {
        const auto decoded = decode_modified_utf7(raw);
        ASSERT_TRUE(decoded) << raw;
        EXPECT_EQ(*decoded, text);
        const auto encoded = encode_modified_utf7(text);
        ASSERT_TRUE(encoded) << text;
        EXPECT_EQ(*encoded, raw);
        EXPECT_EQ(display_name(raw), text);
    }
}

TEST(FolderName, OnlyTheOneFormDecodes) {
    // Not ended, superfluous, two shifts for one run, bad base64, surrogates alone, 8-bit, padding bits,
    // UTF-7 proper.
    for (const char* raw :
         {"&AGE", "&", "a&", "&AGE-", "&AOk-&AOk-", "&Jjo!", "&U,BTFw-&ZeVnLIqe-", "&2D0-", "&3gA-",
          "\xc3\xa9", "\xff", "&AOl-", "&A-", "&AO-", "&====-", "&AOk/-", "a\tb", "&AO k-"}) {
        const auto decoded = decode_modified_utf7(raw);
        EXPECT_FALSE(decoded) << raw;
        if (!decoded) EXPECT_EQ(decoded.error().kind, ErrorKind::invalid_argument);
    }
}

TEST(FolderName, OnlyUtf8Encodes) {
    for (const char* text : {"\xff", "\xc3", "\xed\xa0\x80", "\xc0\x80", "\xf4\x90\x80\x80"})
        EXPECT_FALSE(encode_modified_utf7(text));
}

// A failure leaves no shift state behind for the next name of the thread.
TEST(FolderName, AFailureDoesNotSpillOver) {
    for (int i = 0; i < 3; ++i) {
        EXPECT_FALSE(decode_modified_utf7("&AOk"));
        EXPECT_EQ(*decode_modified_utf7("abc"), "abc");
        EXPECT_FALSE(encode_modified_utf7("\xc3\xa9\xff"));
        EXPECT_EQ(*encode_modified_utf7("abc"), "abc");
    }
}

TEST(FolderName, ShownNamesArePrintable) {
    EXPECT_EQ(display_name("&AGE-"), "&AGE-");
    EXPECT_EQ(display_name("caf\xc3\xa9"), "caf\xc3\xa9");
    EXPECT_EQ(display_name("caf\xe9"), "caf?");
    EXPECT_EQ(display_name("a\x01&b"), "a &b");
    EXPECT_EQ(display_name("x&AAo-y"), "x y");
    EXPECT_EQ(display_name("&AOk-", true), "&AOk-");
    EXPECT_EQ(display_name("caf\xc3\xa9", true), "caf\xc3\xa9");
    EXPECT_EQ(display_name("caf\xe9", true), "caf?");
    EXPECT_EQ(display_name("trailing space "), "trailing space ");
}

TEST(FolderName, LongNamesAreWhole) {
    std::string text;
    for (int i = 0; i < 3000; ++i) text += i % 7 == 0 ? "&a" : "日";
    const auto encoded = encode_modified_utf7(text);
    ASSERT_TRUE(encoded);
    EXPECT_EQ(*decode_modified_utf7(*encoded), text);
    EXPECT_EQ(display_name(*encoded), text);
}

TEST(FolderName, RandomNamesRoundTrip) {
    std::mt19937 random(7);
    const std::vector<std::string> pieces = {"a", "&", "-", "/", " ", "é", "日", "😀", "\x7f", "+", "\t", "~"};
    for (int round = 0; round < 2000; ++round) {
        std::string text;
        for (std::uint32_t i = random() % 12; i > 0; --i) text += pieces[random() % pieces.size()];
        const auto encoded = encode_modified_utf7(text);
        ASSERT_TRUE(encoded) << text;
        for (const char c : *encoded) ASSERT_TRUE(c >= 0x20 && c < 0x7f) << text;
        const auto decoded = decode_modified_utf7(*encoded);
        ASSERT_TRUE(decoded) << *encoded;
        ASSERT_EQ(*decoded, text);
    }
}

TEST(FolderName, ThreadsDoNotShareState) {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([] {
            for (int i = 0; i < 500; ++i)
                for (const auto& [raw, text] : pairs) ASSERT_EQ(*decode_modified_utf7(raw), text);
        });
}

TEST(FolderName, InboxInAnyCase) {
    EXPECT_TRUE(is_inbox("INBOX"));
    EXPECT_TRUE(is_inbox("iNbOx"));
    EXPECT_FALSE(is_inbox("INBOX/x"));
    EXPECT_FALSE(is_inbox("INBO"));
    EXPECT_FALSE(is_inbox(""));
    EXPECT_EQ(canonical_name("inbox", '/'), "INBOX");
    EXPECT_EQ(canonical_name("inbox", std::nullopt), "INBOX");
    EXPECT_EQ(canonical_name("Inbox.Sent", '.'), "INBOX.Sent");
    EXPECT_EQ(canonical_name("Inbox.Sent", '/'), "Inbox.Sent");
    EXPECT_EQ(canonical_name("Inbox.Sent", std::nullopt), "Inbox.Sent");
    EXPECT_EQ(canonical_name("inboxes", '/'), "inboxes");
    EXPECT_EQ(canonical_name("a/inbox", '/'), "a/inbox");
    EXPECT_EQ(canonical_name("", '/'), "");
}

TEST(FolderName, Levels) {
    EXPECT_EQ(split_levels("a/b/c", '/'), (Levels{"a", "b", "c"}));
    EXPECT_EQ(split_levels("a/b", '.'), (Levels{"a/b"}));
    EXPECT_EQ(split_levels("a/b", std::nullopt), (Levels{"a/b"}));
    EXPECT_EQ(split_levels("/a//", '/'), (Levels{"", "a", "", ""}));
    EXPECT_EQ(split_levels("", '/'), (Levels{""}));
}

}  // namespace
}  // namespace godwit::imap
