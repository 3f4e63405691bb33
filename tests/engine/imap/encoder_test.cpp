#include "engine/imap/encoder.h"

#include <gtest/gtest.h>

#include "engine/base/utf8.h"
#include "engine/imap/parser.h"
#include "tests/support/imap_events.h"

namespace godwit::imap {
namespace {

constexpr EncoderOptions plain{};
constexpr EncoderOptions plus{.literal_plus = true};
constexpr EncoderOptions minus{.literal_minus = true};

// The pieces as one text: <wait> where a continuation is awaited, <n octets> for those of the caller.
std::string shown(std::vector<CommandPart> parts) {
    std::string out;
    for (const CommandPart& part : parts) {
        out += part.bytes;
        if (part.wait) out += "<wait>";
        if (part.external > 0) out += "<" + std::to_string(part.external) + " octets>";
    }
    return out;
}

std::string as_string(std::string_view text, EncoderOptions options = plain) {
    return shown(CommandBuilder("X", options).string(text).finish());
}

std::string as_astring(std::string_view text, EncoderOptions options = plain) {
    return shown(CommandBuilder("X", options).astring(text).finish());
}

TEST(CommandBuilder, SpacesAndLists) {
    CommandBuilder command("UID FETCH", plain);
    command.uid_set(UidSet::of({1, 2, 3, 7})).open().atom("FLAGS").open().number(5).close().close().number(9);
    EXPECT_EQ(shown(command.finish()), "UID FETCH 1:3,7 (FLAGS (5)) 9\r\n");
    EXPECT_EQ(shown(CommandBuilder("NOOP", plain).finish()), "NOOP\r\n");
}

TEST(CommandBuilder, AstringPicksTheShortestSafeForm) {
    EXPECT_EQ(as_astring("INBOX"), "X INBOX\r\n");
    EXPECT_EQ(as_astring("a]b"), "X \"a]b\"\r\n") << "Courier does not read the atom";
    EXPECT_EQ(as_astring("~a"), "X \"~a\"\r\n");
    EXPECT_EQ(as_astring(""), "X \"\"\r\n");
    EXPECT_EQ(as_astring("NIL"), "X \"NIL\"\r\n");
    EXPECT_EQ(as_astring("nil"), "X \"nil\"\r\n");
    for (const std::string text :
         {"a b", "(", "(x)", "{5}", "{", "a%", "*", "a)b", "~{5}", "[Gmail]/Spam", "a]b"})
        EXPECT_EQ(as_astring(text), "X \"" + text + "\"\r\n");
    EXPECT_EQ(as_astring("pa\"ss\\word"), "X \"pa\\\"ss\\\\word\"\r\n");
    EXPECT_EQ(as_astring("tab\there"), "X \"tab\there\"\r\n");
}

TEST(CommandBuilder, WhatCannotBeQuotedIsALiteral) {
    EXPECT_EQ(as_string("p\xc3\xa4ss"), "X {5}\r\n<wait>p\xc3\xa4ss\r\n");
    EXPECT_EQ(as_string("a\r\nb", plus), "X {4+}\r\na\r\nb\r\n");
    EXPECT_EQ(as_string(std::string_view("a\0b", 3), plus), std::string("X {3+}\r\na\0b\r\n", 13));
    EXPECT_EQ(as_string(std::string(1000, 'a')), "X \"" + std::string(1000, 'a') + "\"\r\n");
    EXPECT_EQ(as_string(std::string(1001, 'a')), "X {1001}\r\n<wait>" + std::string(1001, 'a') + "\r\n");
    EXPECT_EQ(as_astring(std::string(1001, 'a'), plus), "X {1001+}\r\n" + std::string(1001, 'a') + "\r\n");
}

TEST(CommandBuilder, Utf8IsQuotedWhereTheServerAcceptsIt) {
    constexpr EncoderOptions utf8{.literal_plus = true, .utf8_accept = true};
    EXPECT_EQ(as_astring("Entw\xc3\xbcrfe", utf8), "X \"Entw\xc3\xbcrfe\"\r\n");
    EXPECT_EQ(as_astring("\xff", utf8), "X {1+}\r\n\xff\r\n");
    EXPECT_EQ(as_astring("\xed\xa0\x80", utf8), "X {3+}\r\n\xed\xa0\x80\r\n");
}

TEST(CommandBuilder, LiteralMinusWaitsAbove4096) {
    EXPECT_EQ(shown(CommandBuilder("X", minus).literal(std::string(4096, 'a')).finish()),
              "X {4096+}\r\n" + std::string(4096, 'a') + "\r\n");
    EXPECT_EQ(shown(CommandBuilder("X", minus).literal(std::string(4097, 'a')).finish()),
              "X {4097}\r\n<wait>" + std::string(4097, 'a') + "\r\n");
    EXPECT_EQ(shown(CommandBuilder("X", minus).external_literal(4097).finish()),
              "X {4097}\r\n<wait><4097 octets>\r\n");
    EXPECT_EQ(shown(CommandBuilder("X", plus).external_literal(5'000'000'000).finish()),
              "X {5000000000+}\r\n<5000000000 octets>\r\n");
}

TEST(CommandBuilder, PiecesOfAnAppend) {
    const std::vector<std::string> flags = {"\\Seen", "\\Recent", "$Forwarded", "bad flag"};
    CommandBuilder command("APPEND", plain);
    command.astring("INBOX").flags(flags).string("17-Jul-1996 02:44:25 -0700").literal("Hi").flags({});
    command.external_literal(300'000);
    const auto parts = command.finish();
    ASSERT_EQ(parts.size(), 3u);
    EXPECT_EQ(parts[0].bytes, "APPEND INBOX (\\Seen $Forwarded) \"17-Jul-1996 02:44:25 -0700\" {2}\r\n");
    EXPECT_TRUE(parts[0].wait);
    EXPECT_EQ(parts[1].bytes, "Hi () {300000}\r\n");
    EXPECT_TRUE(parts[1].wait);
    EXPECT_EQ(parts[1].external, 300'000u);
    EXPECT_EQ(parts[2].bytes, "\r\n");
    EXPECT_FALSE(parts[2].wait);
    EXPECT_TRUE(command.finish().front().bytes == "\r\n");
}

TEST(CommandBuilder, LargeLiteralsKeepTheirMemory) {
    std::string message(200'000, 'm');
    const char* const memory = message.data();
    const auto parts =
        CommandBuilder("APPEND", plus).atom("x").literal(std::move(message)).atom("y").finish();
    ASSERT_EQ(parts.size(), 3u);
    EXPECT_EQ(parts[0].bytes, "APPEND x {200000+}\r\n");
    EXPECT_EQ(parts[1].bytes.data(), memory);
    EXPECT_EQ(parts[2].bytes, " y\r\n");
}

TEST(CommandBuilder, EmptyLiterals) {
    EXPECT_EQ(shown(CommandBuilder("X", plain).literal("").atom("y").finish()), "X {0}\r\n<wait> y\r\n");
    EXPECT_EQ(shown(CommandBuilder("X", plus).literal("").external_literal(0).finish()),
              "X {0+}\r\n {0+}\r\n\r\n");
}

TEST(CommandBuilderDeathTest, NoLineEndInAnAtom) {
    for (const char* text : {"a\r\nb", "a\n", "a\r"})
        EXPECT_DEATH(CommandBuilder("X", plain).atom(text), "") << text;
    EXPECT_DEATH(CommandBuilder("X", plain).atom(std::string_view("a\0", 2)), "");
    EXPECT_DEATH(CommandBuilder("X", plain).uid_set({}), "");
}

TEST(Flags, OnlyWhatCanBeSent) {
    for (const char* flag : {"\\Seen", "$Forwarded", "Junk", "\\Foo", "$MDNSent", "a.b-c+d", "a[b"})
        EXPECT_TRUE(is_sendable_flag(flag)) << flag;
    for (const char* flag : {"", "\\", "\\Recent", "\\RECENT", "\\*", "a b", "a]b", "(", "a{1}", "a\"",
                             "a\\b", "\\\\Seen", "a%", "a\r\nb", "a\x7f", "\xc3\xa4"})
        EXPECT_FALSE(is_sendable_flag(flag)) << flag;
}

// What the encoder writes, the parser reads, as the name in a LIST response.
TEST(CommandBuilder, RoundTripThroughTheParser) {
    std::vector<std::string> names = {"",
                                      "INBOX",
                                      "NIL",
                                      "a b",
                                      "\"",
                                      "\\",
                                      "a\\\"b",
                                      "{5}",
                                      "x{5}",
                                      "(a)",
                                      "a)b]",
                                      "Entw\xc3\xbcrfe",
                                      "\xff\xfe",
                                      "a\r\nb",
                                      "* OK",
                                      std::string("a\0b", 3),
                                      std::string(5000, '"'),
                                      " lead",
                                      "trail "};
    for (int c = 1; c < 256; ++c) names.push_back(std::string("x") + static_cast<char>(c));
    for (const EncoderOptions options : {plus, EncoderOptions{.literal_plus = true, .utf8_accept = true}}) {
        for (const std::string& name : names) {
            const auto parts = CommandBuilder("* LIST () \"/\"", options).astring(name).finish();
            ASSERT_EQ(parts.size(), 1u);
            testing::EventLog log;
            log.feed(parts[0].bytes);
            ASSERT_EQ(log.responses().size(), 1u) << name;
            const auto response = parse_response(std::move(log.responses()[0]));
            ASSERT_TRUE(response) << name << response.error().to_string();
            EXPECT_EQ(std::get<ListData>(*response).name, name);
        }
    }
}

TEST(Utf8, KnowsItsEdges) {
    for (const char* good : {"", "a", "\x7f", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf",
                             "\xee\x80\x80", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"})
        EXPECT_TRUE(is_utf8(good)) << good;
    for (const char* bad :
         {"\x80", "\xc0\x80", "\xc1\xbf", "\xc2", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xe1\x80",
          "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "a\xc2z"})
        EXPECT_FALSE(is_utf8(bad)) << bad;
    EXPECT_TRUE(is_utf8(std::string_view("\0", 1)));
}

}  // namespace
}  // namespace godwit::imap
