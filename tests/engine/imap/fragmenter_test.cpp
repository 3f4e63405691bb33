#include "engine/imap/fragmenter.h"

#include <gtest/gtest.h>

#include <random>

#include "tests/support/imap_events.h"

namespace godwit::imap {
namespace {

using testing::EventLog;
using testing::events_bytewise;
using testing::events_split;
using testing::events_whole;
using Lines = std::vector<std::string>;
using Event = Fragmenter::Event;

// The events of `stream`, after checking that no way to cut it in two, nor octet by octet, changes them.
Lines grind(std::string_view stream, WireLimits limits = {}, bool streaming = true) {
    const Lines whole = events_whole(stream, limits, streaming);
    EXPECT_EQ(events_bytewise(stream, limits, streaming), whole);
    for (std::size_t at = 0; at <= stream.size(); ++at)
        EXPECT_EQ(events_split(stream, at, limits, streaming), whole) << "cut at " << at;
    return whole;
}

TEST(Fragmenter, LinesAndBareLineFeeds) {
    EXPECT_EQ(grind("* 1 EXISTS\r\n* 2 EXISTS\nA1 OK done\r\n"),
              (Lines{"response * 1 EXISTS", "response * 2 EXISTS", "response A1 OK done"}));
    EXPECT_EQ(grind("\r\n\n* OK\r\n"), (Lines{"response ", "response ", "response * OK"}));
    EXPECT_EQ(grind("* a\rb\r\r\n"), (Lines{"response * a\rb\r"}));
    EXPECT_EQ(grind("* unfinished"), Lines{});
}

TEST(Fragmenter, LiteralsStayInPlace) {
    EXPECT_EQ(grind("* 1 FETCH (BODY[] {5}\r\n)\r\n* FLAGS ())\r\n* 2 EXISTS\r\n"),
              (Lines{"response * 1 FETCH (BODY[] {5}\r\n)\r\n* FLAGS ()) @23+5", "response * 2 EXISTS"}));
    EXPECT_EQ(grind("* 1 FETCH (A {0}\r\n B ~{3+}\nx\r\n C)\r\n"),
              (Lines{"response * 1 FETCH (A {0}\r\n B ~{3+}\r\nx\r\n C) @18+0 @28+3"}));
    // The last octet of a literal is no part of the line's end.
    EXPECT_EQ(grind("* X {2}\r\na\r\n* Y\r\n"), (Lines{"response * X {2}\r\na\r @9+2", "response * Y"}));
}

TEST(Fragmenter, TextThatLooksLikeALiteral) {
    for (const char* line :
         {"* OK see {12}", "* NO {1}", "* bye {3}", "* BAD x {12+}", "* PREAUTH {5}", "A1 OK see {12}",
          "A1 no {999999999999999999999999}", "+ {5}", "+{5}", "* LIST () \"/\" \"a {5}\"", "* X {}",
          "* X {-5}", "* X {a}", "* X 5}", "* X {5} ", "* X {5++}", "}", "12}"})
        EXPECT_EQ(grind(std::string(line) + "\r\n* 2 EXISTS\r\n"),
                  (Lines{std::string("response ") + line, "response * 2 EXISTS"}));
    EXPECT_EQ(grind("* OKAY {1}\r\nx\r\n"), (Lines{"response * OKAY {1}\r\nx @12+1"}));
}

TEST(Fragmenter, LargeLiteralsAreStreamed) {
    const WireLimits limits{.inline_literal_bytes = 4};
    EXPECT_EQ(
        grind("* 1 FETCH (UID 7 BODY[] {5}\r\nab\r\nc X {4}\r\nkept)\r\nA OK\r\n", limits),
        (Lines{"begin 5 after * 1 FETCH (UID 7 BODY[] {5}\r\n", "data ab\r\nc", "end",
               "response * 1 FETCH (UID 7 BODY[] {5}\r\n X {4}\r\nkept) @29+5s @37+4", "response A OK"}));
    EXPECT_EQ(grind("* 1 FETCH (BODY[] {5}\r\nab\r\nc)\r\nA OK\r\n", limits, false),
              (Lines{"oversized * 1 FETCH (BODY[] {5})", "response A OK"}));
}

TEST(Fragmenter, StreamedPiecesAreViewsOfTheInput) {
    Fragmenter fragmenter({.inline_literal_bytes = 4});
    fragmenter.allow_streaming(true);
    const std::string_view input = "* 1 FETCH (BODY[] {6}\r\nabcdef)\r\n";
    Fragmenter::Step step = fragmenter.next(input);
    ASSERT_EQ(step.event, Event::literal_begin);
    EXPECT_EQ(fragmenter.literal_size(), 6u);
    EXPECT_FALSE(fragmenter.idle());
    const std::string_view rest = input.substr(step.consumed);
    step = fragmenter.next(rest.substr(0, 6));
    ASSERT_EQ(step.event, Event::literal_data);
    EXPECT_EQ(step.data.data(), rest.data());
    EXPECT_EQ(step.data, "abcdef");
    step = fragmenter.next({});
    EXPECT_EQ(step.event, Event::literal_end);
    EXPECT_EQ(fragmenter.next({}).event, Event::need_more);
    EXPECT_EQ(fragmenter.next(rest.substr(6)).event, Event::response);
    EXPECT_TRUE(fragmenter.idle());
}

TEST(Fragmenter, LineLimit) {
    const WireLimits limits{.line_bytes = 10};
    for (const char* end : {"\r\n", "\n"}) {
        EXPECT_EQ(grind(std::string("* 34567890") + end, limits), (Lines{"response * 34567890"}));
        const Lines events = grind(std::string("* 345678901") + end + "* 1 EXISTS\r\n", limits);
        ASSERT_EQ(events.size(), 2u);
        EXPECT_TRUE(events[0].starts_with("oversized * 345678901"));
        EXPECT_EQ(events[1], "response * 1 EXISTS");
    }
    // Each line has the limit for itself.
    EXPECT_EQ(grind("* 3456 {1}\r\nx234567890\r\n", limits),
              (Lines{"response * 3456 {1}\r\nx234567890 @12+1"}));
}

TEST(Fragmenter, ADroppedResponseEndsAfterItsLiterals) {
    const WireLimits limits{.line_bytes = 30, .inline_literal_bytes = 8};
    const std::string long_line(100, 'x');
    const std::string stream = "* LIST () " + long_line +
                               " {8}\r\na\r\n* b\r\n and {21}\r\n* 9 EXISTS\r\n* 8 EXI X\r\n* 2 EXISTS\r\n";
    const Lines events = grind(stream, limits);
    ASSERT_EQ(events.size(), 2u);
    EXPECT_TRUE(events[0].starts_with("oversized * LIST () xxx"));
    EXPECT_EQ(events[1], "response * 2 EXISTS");
    // A status response that is too long has no literals either.
    EXPECT_EQ(grind("* OK " + long_line + " {7}\r\n* 2 EXISTS\r\n", limits)[1], "response * 2 EXISTS");
}

TEST(Fragmenter, ResponseLimit) {
    const std::string stream = "* X {5}\r\nabcde 789012\r\n* 2 EXISTS\r\n";  // 22 octets kept
    EXPECT_EQ(grind(stream, {.response_bytes = 21}),
              (Lines{"response * X {5}\r\nabcde 789012 @9+5", "response * 2 EXISTS"}));
    EXPECT_EQ(grind(stream, {.response_bytes = 20})[1], "response * 2 EXISTS");
    EXPECT_TRUE(grind(stream, {.response_bytes = 20})[0].starts_with("oversized * X {5}"));
    EXPECT_EQ(grind("* X {5}\r\nabcde\r\n* 2 EXISTS\r\n", {.response_bytes = 14})[0],
              "response * X {5}\r\nabcde @9+5");
    EXPECT_EQ(grind("* X {5}\r\nabcde\r\n* 2 EXISTS\r\n", {.response_bytes = 13})[0], "oversized * X {5}");
    // Streamed octets are not kept, so they do not count.
    EXPECT_EQ(grind("* X {5}\r\nabcde\r\n", {.response_bytes = 9, .inline_literal_bytes = 4}).back(),
              "response * X {5}\r\n @9+5s");
}

TEST(Fragmenter, AStreamedLiteralMayBelongToADroppedResponse) {
    const WireLimits limits{.line_bytes = 10, .inline_literal_bytes = 4};
    EXPECT_EQ(grind("* X {5}\r\nabcde too long a line {6}\r\nabcdef\r\n* 1 EXISTS\r\n", limits),
              (Lines{"begin 5 after * X {5}\r\n", "data abcde", "end",
                     "oversized * X {5}\r\n too long a line {6}", "response * 1 EXISTS"}));
}

TEST(Fragmenter, LiteralCountLimit) {
    const std::string two = "* X {1}\r\na {1}\r\nb\r\n* 1 EXISTS\r\n";
    EXPECT_EQ(grind(two, {.literals = 2})[0], "response * X {1}\r\na {1}\r\nb @9+1 @16+1");
    EXPECT_EQ(grind(two, {.literals = 1})[1], "response * 1 EXISTS");
    EXPECT_TRUE(grind(two, {.literals = 1})[0].starts_with("oversized "));
}

TEST(Fragmenter, LiteralSizeLimitBreaksOff) {
    const WireLimits limits{.inline_literal_bytes = 4, .literal_bytes = 8};
    EXPECT_EQ(grind("* X {8}\r\nabcdefgh\r\n", limits).back(), "response * X {8}\r\n @9+8s");
    EXPECT_EQ(grind("* X {9}\r\nabcdefghi\r\n* 1 EXISTS\r\n", limits), (Lines{"broken literal of 9 octets"}));
    for (const char* size : {"9223372036854775808", "18446744073709551616", "123456789012345678901234567890"})
        EXPECT_EQ(grind("* X {" + std::string(size) + "}\r\n"),
                  (Lines{"broken literal of an unreadable size"}));
    EXPECT_EQ(grind("* X {9223372036854775807}\r\n"),
              (Lines{"broken literal of 9223372036854775807 octets"}));
    EXPECT_EQ(grind("* X {" + std::string(80, '0') + "}\r\n"),
              (Lines{"broken literal of an unreadable size"}));
    EXPECT_EQ(grind("* X {0005}\r\nabcde\r\n"), (Lines{"response * X {0005}\r\nabcde @12+5"}));
}

TEST(Fragmenter, BrokenStaysBrokenUntilReset) {
    Fragmenter fragmenter;
    EXPECT_EQ(fragmenter.next("* X {99999999999999999999}\r\n").event, Event::broken);
    EXPECT_EQ(fragmenter.error().kind, ErrorKind::protocol_error);
    const auto step = fragmenter.next("* 1 EXISTS\r\n");
    EXPECT_EQ(step.event, Event::broken);
    EXPECT_EQ(step.consumed, 0u);
    fragmenter.reset();
    EXPECT_EQ(fragmenter.next("* 1 EXISTS\r\n").event, Event::response);
}

TEST(Fragmenter, ResetForgetsWhatWasHalfRead) {
    for (const char* begun : {"* OK half a li", "* X {10}\r\nhalf", "* X {300000}\r\nhalf"}) {
        Fragmenter fragmenter;
        fragmenter.next(begun);
        EXPECT_FALSE(fragmenter.idle());
        fragmenter.reset();
        EXPECT_TRUE(fragmenter.idle());
        EXPECT_EQ(fragmenter.prefix(), "");
        ASSERT_EQ(fragmenter.next("* 1 EXISTS\r\n").event, Event::response);
        EXPECT_EQ(fragmenter.take_response().text, "* 1 EXISTS");
    }
}

TEST(Fragmenter, HoldsNoMoreThanItsLimits) {
    const WireLimits limits{.line_bytes = 5000, .response_bytes = 20000};
    Fragmenter fragmenter(limits);
    const std::string piece(1500, 'x');
    for (int i = 0; i < 10'000; ++i) {
        ASSERT_EQ(fragmenter.next(piece).event, Event::need_more);
        ASSERT_LE(fragmenter.prefix().size(), 512u);
    }
    const auto step = fragmenter.next("\r\n");
    EXPECT_EQ(step.event, Event::oversized);
    EXPECT_EQ(fragmenter.prefix(), std::string(512, 'x'));
    EXPECT_EQ(fragmenter.take_response().text.capacity(), 512u);
}

TEST(Fragmenter, AKeptLiteralIsReadIntoItsFinalMemory) {
    Fragmenter fragmenter;
    fragmenter.next("* 1 FETCH (BODY[] {200000}\r\n");
    const char* const memory = fragmenter.prefix().data();
    const std::string piece(1000, 'x');
    for (int i = 0; i < 200; ++i) fragmenter.next(piece);
    ASSERT_EQ(fragmenter.next(")\r\n").event, Event::response);
    const RawResponse response = fragmenter.take_response();
    EXPECT_EQ(response.text.data(), memory);
    EXPECT_LE(response.text.capacity(), response.text.size() + 100);
}

TEST(Fragmenter, UsesTheMemoryOfASmallResponseAgain) {
    Fragmenter fragmenter;
    const auto memory_of = [&](const std::string& line) {
        EXPECT_EQ(fragmenter.next(line + "\r\n").event, Event::response);
        return std::pair{fragmenter.take_response().text.data(), fragmenter.take_response().text.capacity()};
    };
    const auto first = memory_of("* 1 EXISTS " + std::string(1000, 'x'));
    EXPECT_EQ(memory_of("* 2 EXISTS " + std::string(900, 'x')), first);
    EXPECT_GE(memory_of("* 3 EXISTS " + std::string(100'000, 'x')).second, 100'000u);
    fragmenter.next({});
    EXPECT_LT(fragmenter.take_response().text.capacity(), 100u) << "an idle connection would hold it";
}

// Random streams of known responses, cut at random places: what went in comes out.
TEST(Fragmenter, RandomStreamsComeOutAsTheyWentIn) {
    std::mt19937 random(42);
    const WireLimits limits{.inline_literal_bytes = 50};
    for (int round = 0; round < 300; ++round) {
        std::string stream;
        Lines expected;
        for (int i = 0; i < 20; ++i) {
            std::string text = "* " + std::to_string(random() % 100) + " FETCH (";
            std::string marks;
            for (std::uint32_t k = random() % 4; k > 0; --k) {
                std::string octets(random() % 51, ' ');
                for (char& c : octets) c = "\r\n{}0a* "[random() % 8];
                text += "B {" + std::to_string(octets.size()) + "}\r\n";
                marks += " @" + std::to_string(text.size()) + "+" + std::to_string(octets.size());
                text += octets + " ";
            }
            text += ")";
            expected.push_back("response " + text + marks);
            stream += text + (random() % 2 ? "\r\n" : "\n");
        }
        EventLog log(limits);
        for (std::string_view rest = stream; !rest.empty();) {
            const std::size_t length = std::min<std::size_t>(rest.size(), 1 + random() % 40);
            log.feed(rest.substr(0, length));
            rest.remove_prefix(length);
        }
        ASSERT_EQ(log.lines(), expected);
        ASSERT_TRUE(log.fragmenter().idle());
    }
}

}  // namespace
}  // namespace godwit::imap
