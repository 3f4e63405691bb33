#include "engine/sync/message_transform.h"

#include <gtest/gtest.h>

#include "engine/sync/message_key.h"

namespace godwit::sync {
namespace {

Result<Transformed> transformed(const SyncOptions& options, std::string octets) {
    const auto transform = MessageTransform::make(options);
    EXPECT_TRUE(transform) << transform.error().to_string();
    EXPECT_TRUE(transform->needed());
    return transform->apply(std::move(octets), 7, 42);
}

std::string outcome(const SyncOptions& options, std::string octets) {
    const auto out = transformed(options, std::move(octets));
    if (!out) return "error: " + out.error().to_string();
    return out->skipped ? "skipped: " + std::string(name_of(*out->skipped)) : out->octets;
}

std::string make_error(const SyncOptions& options) {
    const auto transform = MessageTransform::make(options);
    return transform ? "none" : transform.error().to_string();
}

const std::string mail = "Date: Sat, 10 Jul 2010 05:34:45 -0700\r\nSubject: s\r\n\r\nHello,\r\nBye.\r\n";

TEST(MessageTransform, WithoutOptionsNothingIsTouched) {
    const auto transform = MessageTransform::make({});
    ASSERT_TRUE(transform);
    EXPECT_FALSE(transform->needed());
    for (const std::string octets : {"", "a\nb\r\0c"}) EXPECT_EQ(transform->apply(octets, 1, 1)->octets, octets);
}

TEST(MessageTransform, SkipmessLooksAtOctetsOfAll) {
    EXPECT_EQ(outcome({.skipmess = {"m{A}", "m{B}"}}, "Ok Bye"), "skipped: content");
    EXPECT_EQ(outcome({.skipmess = {"m{A}", "m{B}"}}, "Hi!"), "Hi!");
    EXPECT_EQ(outcome({.skipmess = {"m{[\\x80-\\xff]}"}}, "\xff"), "skipped: content");
    EXPECT_EQ(outcome({.skipmess = {"Subject: s"}}, mail), "skipped: content") << "delimiters may be left out";
    EXPECT_EQ(outcome({.skipmess = {"/Hello/"}, .regexmess = {"s/Hello/Hi/"}}, mail), "skipped: content")
        << "comes first";
}

TEST(MessageTransform, RegexmessOneAfterTheOther) {
    EXPECT_EQ(outcome({.regexmess = {"s/p/Z/g"}}, "popopo"), "ZoZoZo");
    EXPECT_EQ(outcome({.regexmess = {"s/a/b/", "s/b/c/g"}}, "ab"), "cc");
    EXPECT_EQ(outcome({.regexmess = {"tr [\\x80-\\xff] [X]"}}, "gr\xc3\xbc\xff"), "grXXX");
    EXPECT_EQ(outcome({.regexmess = {"s/(.{9900})/$1\\r\\n/g"}}, std::string(10'000, 'a')),
              std::string(9'900, 'a') + "\r\n" + std::string(100, 'a'));
    EXPECT_EQ(outcome({.regexmess = {"s/\\x00//g"}}, std::string("a\0b", 3)), "ab");
}

TEST(MessageTransform, NothingLeftIsAnError) {
    const auto out = transformed({.regexmess = {"s/.*//s"}, .addheader = true}, mail);
    ASSERT_FALSE(out);
    EXPECT_EQ(out.error().kind, ErrorKind::message_rejected);
    EXPECT_EQ(out.error().reach, Reach::message);
    EXPECT_FALSE(transformed({.addheader = true}, ""));
}

TEST(MessageTransform, WhatTakesTooLongOrIsTooLargeIsAnError) {
    for (const auto& [options, octets] : std::initializer_list<std::pair<SyncOptions, std::string>>{
             {{.regexmess = {"s/(a+)+$/x/"}}, std::string(60, 'a') + "b"},
             {{.regexmess = {"s/a+/$&$&/g"}}, std::string(most_transform_bytes / 2 + 1, 'a')},
             {{.truncmess = 10}, std::string(most_transform_bytes + 1, 'a')}}) {
        const auto out = transformed(options, octets);
        ASSERT_FALSE(out);
        EXPECT_EQ(out.error().kind, ErrorKind::limit_exceeded);
        EXPECT_EQ(out.error().reach, Reach::message);
    }
}

TEST(MessageTransform, ReadReceiptsAreDisarmed) {
    const std::pair<std::string, std::string> table[] = {
        {mail, mail},
        {"Disposition-Notification-To: a@b\r\n" + mail, "X-Disposition-Notification-To: a@b\r\n" + mail},
        {"A: b\r\ndisposition-notification-to :\r\n a@b\r\nC: d\r\n\r\n",
         "A: b\r\nX-disposition-notification-to :\r\n a@b\r\nC: d\r\n\r\n"},
        {"A: b\nDisposition-Notification-To: a\nDisposition-Notification-To: b\n\nx",
         "A: b\nX-Disposition-Notification-To: a\nDisposition-Notification-To: b\n\nx"},
        {mail + "\r\nDisposition-Notification-To: a@b\r\n\r\n", mail + "\r\nDisposition-Notification-To: a@b\r\n\r\n"},
        {"\r\nDisposition-Notification-To: a\r\n", "\r\nDisposition-Notification-To: a\r\n"},
        {"X-Disposition-Notification-To: a\r\n\r\n", "X-Disposition-Notification-To: a\r\n\r\n"},
        {"A: b\r\n Disposition-Notification-To: a\r\n\r\n", "A: b\r\n Disposition-Notification-To: a\r\n\r\n"},
    };
    for (const auto& [before, after] : table) EXPECT_EQ(outcome({.disarmreadreceipts = true}, before), after) << before;
}

TEST(MessageTransform, AHeaderIsAddedWhereNoneIdentifies) {
    const std::string added = "Message-Id: <42.7@godwit.invalid>\r\n";
    const std::pair<std::string, std::string> table[] = {
        {mail, added + mail},
        {"\r\nbody", added + "\r\nbody"},
        {"body", added + "body"},
        {"Message-ID: <a@b>\r\n\r\n", "Message-ID: <a@b>\r\n\r\n"},
        {"message-id:\r\n\r\n", "message-id:\r\n\r\n"},
        {"A: b\r\nReceived: from x\r\n\r\n", "A: b\r\nReceived: from x\r\n\r\n"},
        {"A: b\r\n\r\nMessage-ID: <in@body>\r\n", added + "A: b\r\n\r\nMessage-ID: <in@body>\r\n"},
    };
    for (const auto& [before, after] : table) EXPECT_EQ(outcome({.addheader = true}, before), after) << before;
}

TEST(MessageTransform, AnAddedHeaderDoesNotChangeTheKey) {
    EXPECT_EQ(message_key(outcome({.addheader = true}, mail)), message_key(mail));
    EXPECT_EQ(message_key("Message-Id: <42@imapsync>\r\n" + mail), message_key(mail));
    EXPECT_NE(message_key("Message-Id: <42@imapsync.org>\r\n" + mail), message_key(mail));
}

TEST(MessageTransform, MadeUpMessageIds) {
    for (const char* id : {"<1@imapsync>", "<4294967295@imapsync>", "<1.2@godwit.invalid>"})
        EXPECT_TRUE(is_made_up_message_id(id)) << id;
    for (const char* id : {"", "<", "<>", "1@imapsync", "<@imapsync>", "<a@imapsync>", "<1@imapsync", "<1@imapsync>x",
                           "<1@godwit.invalid>", "<1.@godwit.invalid>", "<.1@godwit.invalid>", "<1.2.3@godwit.invalid>",
                           "<1.2@imapsync>", "<1.2@godwit.example>"})
        EXPECT_FALSE(is_made_up_message_id(id)) << id;
}

TEST(MessageTransform, Truncation) {
    EXPECT_EQ(outcome({.truncmess = 2}, "abc"), "ab");
    EXPECT_EQ(outcome({.truncmess = 3}, "abc"), "abc");
    EXPECT_EQ(outcome({.truncmess = 4}, "abc"), "abc");
    EXPECT_EQ(outcome({.addheader = true, .truncmess = 10}, mail), "Message-Id") << "after addheader";
    EXPECT_EQ(outcome({.truncmess = 8, .maxlinelength = 8}, "a long line"), "a long l") << "before the length of lines";
}

TEST(MessageTransform, LinesThatAreTooLongOrTooShort) {
    const struct {
        std::uint64_t most, least;
        std::string text;
        bool skipped;
    } table[] = {
        {4, 0, "abc\n", false},    {3, 0, "abc\n", true},      {4, 0, "abc\r\n", true}, {3, 0, "a\nb\nabc", false},
        {2, 0, "a\nb\nabc", true}, {1, 0, "\n\n\n", false},    {0, 4, "abc\n", true},   {0, 3, "abc\n", false},
        {0, 3, "a\nb\n", true},    {5, 2, "abc\nab\n", false}, {5, 4, "abc\n", true},
    };
    for (const auto& [most, least, text, skipped] : table)
        EXPECT_EQ(outcome({.maxlinelength = most, .minmaxlinelength = least}, text),
                  skipped ? "skipped: line_length" : text)
            << most << ' ' << least;
}

TEST(MessageTransform, BadExpressionsNameTheOption) {
    EXPECT_EQ(make_error({.skipmess = {"/a/", "m/[/"}}),
              "--skipmess, pattern \"m/[/\": missing terminating ] for character class at 1 (invalid_argument)");
    EXPECT_EQ(make_error({.regexmess = {"I am BAD"}}),
              "--regexmess, expression \"I am BAD\": not one of s/…/…/, tr/…/…/, y/…/…/, m/…/ (invalid_argument)");
}

}  // namespace
}  // namespace godwit::sync
