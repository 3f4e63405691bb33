#include <gtest/gtest.h>

#include <random>

#include "tests/engine/imap/parse_helpers.h"

namespace godwit::imap {
namespace {

using namespace std::string_literals;
using testing::expect_error;
using testing::parse_as;
using Strings = std::vector<std::string>;

FetchData fetch(std::string_view items, WireLimits limits = {}) {
    return parse_as<FetchData>("* 1 FETCH " + std::string(items), limits);
}

void expect_fetch_error(std::string_view items, WireLimits limits = {}) {
    expect_error("* 1 FETCH " + std::string(items), limits);
}

TEST(Fetch, FlagsUidSize) {
    const auto found = parse_as<FetchData>(
        "* 23 FETCH (FLAGS (\\Seen $Forwarded a]b) UID 4827313 RFC822.SIZE 44827 MODSEQ (624140003) "
        "INTERNALDATE \" 1-Jul-2002 02:44:25 -0700\")");
    EXPECT_EQ(found.sequence, 23u);
    EXPECT_EQ(found.uid, Uid{4827313});
    EXPECT_EQ(found.flags, (Strings{"\\Seen", "$Forwarded", "a]b"}));
    EXPECT_EQ(found.size, 44827u);
    EXPECT_EQ(found.modseq, ModSeq{624140003});
    EXPECT_EQ(found.internal_date, (InternalDate{1025516665, -420}));
    EXPECT_TRUE(found.sections.empty());
}

TEST(Fetch, ItemsAreAbsentUnlessSent) {
    const auto empty = fetch("()");
    EXPECT_FALSE(empty.uid || empty.flags || empty.size || empty.modseq || empty.internal_date ||
                 empty.email_id);
    EXPECT_EQ(fetch("(FLAGS ())").flags, Strings{});
    const auto nil = fetch("(INTERNALDATE NIL RFC822.SIZE NIL EMAILID NIL UID 5)");
    EXPECT_FALSE(nil.internal_date || nil.size || nil.email_id);
    EXPECT_EQ(nil.uid, Uid{5});
    for (const auto* odd : {"\"never\"", "\"17-\\\"Jul-2002\"", "{5}\r\nnever", "never"}) {
        const auto found = fetch(fmt::format("(INTERNALDATE {} UID 5)", odd));
        EXPECT_FALSE(found.internal_date) << odd;
        EXPECT_EQ(found.uid, Uid{5}) << odd;
    }
}

TEST(Fetch, SloppySpacesAndCase) {
    const auto found =
        parse_as<FetchData>("*  12  fetch  ( uid   7  Flags ( \\Seen  b )rfc822.size 3 body[]\"abc\" ) ");
    EXPECT_EQ(found.sequence, 12u);
    EXPECT_EQ(found.uid, Uid{7});
    EXPECT_EQ(found.flags, (Strings{"\\Seen", "b"}));
    EXPECT_EQ(found.size, 3u);
    EXPECT_EQ(found.sections.at(0).bytes, "abc");
}

TEST(Fetch, Sections) {
    const auto found = fetch(
        "(BODY[HEADER.FIELDS (DATE \"From\" {2}\r\nto)]<0> {6}\r\nDate:  BODY[] NIL body[1.2.mime] "
        "\"q\\\"\\\\z\" "
        "BINARY[2] ~{3}\r\na\0b RFC822.TEXT {0}\r\n RFC822.HEADER \"\" RFC822 {1}\r\n) "
        "UID 3 BODY.PEEK[TEXT]<5.10> \"x\")"s);
    const auto& sections = found.sections;
    ASSERT_EQ(sections.size(), 8u);
    EXPECT_EQ(sections[0].section, "HEADER.FIELDS (DATE FROM TO)");
    EXPECT_EQ(sections[0].origin, 0u);
    EXPECT_EQ(sections[0].bytes, "Date: ");
    EXPECT_EQ(sections[0].size, 6u);
    EXPECT_EQ(sections[1].section, "");
    EXPECT_FALSE(sections[1].bytes || sections[1].origin || sections[1].streamed);
    EXPECT_EQ(sections[2].section, "1.2.MIME");
    EXPECT_EQ(sections[2].bytes, "q\"\\z");
    EXPECT_EQ(sections[3].section, "2");
    EXPECT_EQ(sections[3].bytes, "a\0b"s);
    EXPECT_EQ(sections[4].section, "TEXT");
    EXPECT_EQ(sections[4].bytes, "");
    EXPECT_EQ(sections[5].section, "HEADER");
    EXPECT_EQ(sections[5].bytes, "");
    EXPECT_EQ(sections[6].section, "");
    EXPECT_EQ(sections[6].bytes, ")");
    EXPECT_EQ(sections[7].origin, 5u);
    EXPECT_EQ(found.uid, Uid{3});
}

TEST(Fetch, EightBitInQuotedStrings) {
    EXPECT_EQ(fetch("(BODY[] \"gr\xc3\xbc\xc3\x9f \xff\")").sections.at(0).bytes, "gr\xc3\xbc\xc3\x9f \xff");
}

TEST(Fetch, TheInsideOfALiteralIsNotRead) {
    const auto found = fetch("(BODY[] {30}\r\n) UID 9 \"{5}\r\nA1 OK * 1 FETC(( UID 3)");
    EXPECT_EQ(found.uid, Uid{3});
    EXPECT_EQ(found.sections.at(0).bytes, ") UID 9 \"{5}\r\nA1 OK * 1 FETC((");
}

TEST(Fetch, StreamedLiterals) {
    constexpr WireLimits limits{.inline_literal_bytes = 4};
    const auto found = fetch("(UID 7 BODY[] {5}\r\nabcde FLAGS (x) BODY[HEADER] {4}\r\nkept)", limits);
    ASSERT_EQ(found.sections.size(), 2u);
    EXPECT_TRUE(found.sections[0].streamed);
    EXPECT_FALSE(found.sections[0].bytes);
    EXPECT_EQ(found.sections[0].size, 5u);
    EXPECT_EQ(found.sections[1].bytes, "kept");
    EXPECT_EQ(found.flags, Strings{"x"});
    EXPECT_EQ(fetch("(XBODY {5}\r\nabcde UID 8)", limits).uid, Uid{8});
    expect_fetch_error("(X-GM-LABELS ({5}\r\nabcde))", limits);
}

TEST(Fetch, LargeLiteralsKeepTheMemoryTheyWereReadInto) {
    testing::EventLog log;
    const std::string body(200'000, 'b');
    const std::string small(5000, 's');
    log.feed("* 1 FETCH (UID 7 BODY[HEADER] {5000}\r\n" + small + " BODY[] {200000}\r\n" + body +
             " BODY[TEXT] {5000}\r\n" + small + ")\r\n");
    const char* const memory = log.responses().at(0).text.data();
    const auto response = parse_response(std::move(log.responses()[0]));
    ASSERT_TRUE(response);
    const auto& sections = std::get<FetchData>(*response).sections;
    EXPECT_EQ(sections.at(0).bytes, small);
    EXPECT_EQ(sections.at(1).bytes, body);
    EXPECT_EQ(sections.at(2).bytes, small);
    EXPECT_EQ(sections[1].bytes->data(), memory);
}

TEST(Fetch, Gmail) {
    const auto found = fetch(
        "(X-GM-MSGID 1278455344230334865 X-GM-LABELS (\\Inbox \"\\\\Sent\" Important \"Muy Importante\" "
        "{3}\r\na b) "
        "X-GM-THRID 1266894439832287888 UID 4 EMAILID (M6d99ac3275bb4e))");
    EXPECT_EQ(found.gmail_message_id, "1278455344230334865");
    EXPECT_EQ(found.gmail_labels, (Strings{"\\Inbox", "\\Sent", "Important", "Muy Importante", "a b"}));
    EXPECT_EQ(found.email_id, "M6d99ac3275bb4e");
    EXPECT_EQ(found.uid, Uid{4});
    EXPECT_EQ(fetch("(X-GM-LABELS ())").gmail_labels, Strings{});
}

TEST(Fetch, UnknownItemsAreSkipped) {
    const auto found = fetch(
        "(ENVELOPE (\"Wed, 17 Jul 1996\" \"a (b\" ((\"Terry\" NIL \"gray\" \"cac\")) NIL NIL NIL NIL "
        "\"<x@y>\") "
        "BODYSTRUCTURE ((\"text\" \"plain\" (\"charset\" {8}\r\nus)ascii) NIL NIL \"7bit\" 1 1)(\"a\" \"b\") "
        "\"mixed\") "
        "BODY (\"text\" \"plain\") BINARY.SIZE[1.2] 45 PREVIEW NIL SAVEDATE \"x\" X-Y 5 ANNOTATION (/c (v "
        "{1}\r\n))) UID 2)");
    EXPECT_EQ(found.uid, Uid{2});
    EXPECT_TRUE(found.sections.empty());
}

TEST(Fetch, NestingLimit) {
    constexpr WireLimits limits{.nesting = 5};
    EXPECT_EQ(fetch("(X (((((a))))) UID 2)", limits).uid, Uid{2});
    expect_fetch_error("(X ((((((a)))))) UID 2)", limits);
    expect_fetch_error("(X " + std::string(500'000, '(') + ")");
    constexpr WireLimits few{.list_items = 4};
    EXPECT_EQ(fetch("(X (a b) UID 2)", few).uid, Uid{2});  // each octet group of the list counts
    expect_fetch_error("(X (a b c) UID 2)", few);
}

TEST(Fetch, WhatDoesNotAddUpIsAnError) {
    for (const std::string items : {"",
                                    "UID 1",
                                    "(UID 1",
                                    "(UID)",
                                    "(UID x)",
                                    "(UID 0)",
                                    "(UID 4294967296)",
                                    "(UID 1))",
                                    "(UID 1) x",
                                    "(FLAGS)",
                                    "(FLAGS (a)",
                                    "(FLAGS a)",
                                    "(RFC822.SIZE -1)",
                                    "(RFC822.SIZE 99999999999999999999)",
                                    "(MODSEQ 5)",
                                    "(MODSEQ (5)",
                                    "(BODY[)",
                                    "(BODY[ x)",
                                    "(BODY[] abc)",
                                    "(BODY[] 5)",
                                    "(BODY[])",
                                    "(BODY[]<x> NIL)",
                                    "(BODY[]<0 NIL)",
                                    "(BODY[] \"abc)",
                                    "(5)",
                                    "(())",
                                    "(\"UID\" 5)",
                                    "(BODY[] {1}\r\na {1}\r\nb)",
                                    "(UID 1) {1}\r\na",
                                    "(BODY[] x{1}\r\na)",
                                    "(EMAILID (M1)",
                                    "(X-GM-LABELS \"a\")",
                                    "(X)"})
        expect_fetch_error(items);
}

// The framing alone says where literals are: octets that look like one, or a record that does not fit, are
// refused.
TEST(Fetch, LiteralsMustBeWhereTheFramingSaysTheyAre) {
    const std::string text = "* 1 FETCH (BODY[] {5}\r\nabcde)";
    EXPECT_TRUE(parse_response({text, {{23, 5, false}}}));
    for (const RawResponse::Literal wrong : {RawResponse::Literal{22, 5, false},
                                             {24, 5, false},
                                             {23, 4, false},
                                             {23, 6, false},
                                             {23, 5, true},
                                             {23, 500, false}})
        EXPECT_FALSE(parse_response({text, {wrong}}));
    EXPECT_FALSE(parse_response({text, {}}));
    EXPECT_FALSE(parse_response({text, {{23, 5, false}, {30, 1, false}}}));
    EXPECT_FALSE(parse_response({"* 1 FETCH (BODY[] {500}\r\nabcde)", {{25, 500, false}}}));
}

TEST(Fetch, EveryTruncationIsAnErrorOrUnfinished) {
    const std::string whole =
        "* 1 FETCH (UID 7 FLAGS (\\Seen) BODY[HEADER.FIELDS (X)]<0> {4}\r\na)b( X (y \"z\") MODSEQ (5))";
    ASSERT_TRUE(testing::parse(whole));
    for (std::size_t length = whole.find('('); length < whole.size(); ++length) {
        const auto response = testing::parse(whole.substr(0, length));
        EXPECT_FALSE(response) << whole.substr(0, length);
    }
}

TEST(Fetch, RandomDamageNeverPassesForTheOriginalFraming) {
    std::mt19937 random(11);
    const std::string whole =
        "* 12 FETCH (UID 7 FLAGS (\\Seen a) INTERNALDATE \"17-Jul-1996 02:44:25 -0700\" BODY[] "
        "{10}\r\n01234\r\n789 X (y))";
    for (int round = 0; round < 20'000; ++round) {
        std::string damaged = whole;
        for (std::uint32_t i = 1 + random() % 3; i > 0; --i)
            damaged[random() % damaged.size()] = "(){}[]\"\\ \r\n0A*\xff"[random() % 15];
        testing::EventLog log;
        log.feed(damaged + "\r\n");
        for (auto& raw : log.responses()) {
            const std::size_t room = raw.text.size();
            const auto response = parse_response(std::move(raw));
            if (!response) continue;
            if (const auto* data = std::get_if<FetchData>(&*response))
                for (const auto& section : data->sections)
                    ASSERT_LE(section.bytes ? section.bytes->size() : 0, room);
        }
    }
}

}  // namespace
}  // namespace godwit::imap
