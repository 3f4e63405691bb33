// Servers that send lines, literals and lists without end or sense.
#include <random>

#include "tests/engine/imap/hostile.h"

namespace godwit::imap {
namespace {

using namespace testing;

struct Case {
    const char* what;
    WireLimits limits;
    std::string within, beyond;  // one octet, literal or item more
    ErrorKind kind;
    std::string_view words;
};

std::string repeated(std::string_view text, int times) {
    std::string out;
    for (int i = 0; i < times; ++i) out += text;
    return out;
}

std::string nested(int depth) {
    return "* 1 FETCH (X " + std::string(depth, '(') + std::string(depth, ')') + ")\r\n";
}

TEST(HostileFraming, EveryLimitHoldsAtTheLastOctet) {
    const std::string row = "* FLAGS (a)\r\n";  // 11 octets
    const std::vector<Case> cases = {
        {"line_bytes",
         {.line_bytes = 40},
         "* X " + std::string(36, 'x') + "\r\n",
         "* X " + std::string(37, 'x') + "\r\n",
         ErrorKind::limit_exceeded,
         "response too large: * X xxx"},
        {"response_bytes",
         {.response_bytes = 50},
         "* LIST () \"/\" {30}\r\n" + std::string(30, 'x') + "\r\n",
         "* LIST () \"/\" {31}\r\n" + std::string(31, 'x') + "\r\n",
         ErrorKind::limit_exceeded,
         "response too large"},
        {"inline_literal_bytes",
         {.inline_literal_bytes = 8},
         "* LIST () \"/\" {8}\r\n12345678\r\n",
         "* LIST () \"/\" {9}\r\n123456789\r\n",
         ErrorKind::limit_exceeded,
         "response too large: * LIST"},
        {"literal_bytes",
         {.literal_bytes = 8},
         "* LIST () \"/\" {8}\r\n12345678\r\n",
         "* LIST () \"/\" {9}\r\n123456789\r\n",
         ErrorKind::limit_exceeded,
         "literal of 9 octets"},
        {"literals",
         {.literals = 3},
         "* ID (" + repeated(" {1}\r\nx \"\"", 3) + ")\r\n",
         "* ID (" + repeated(" {1}\r\nx \"\"", 4) + ")\r\n",
         ErrorKind::limit_exceeded,
         "response too large: * ID"},
        {"nesting", {.nesting = 5}, nested(5), nested(6), ErrorKind::protocol_error, "nested too deeply"},
        {"list_items",
         {.list_items = 3},
         "* FLAGS (a b c)\r\n",
         "* FLAGS (a b c d)\r\n",
         ErrorKind::protocol_error,
         "list too long"},
        {"command_bytes",
         {.command_bytes = 55},
         repeated(row, 5),
         repeated(row, 6),
         ErrorKind::limit_exceeded,
         "more data than one command can take"},
        {"command_responses",
         {.command_responses = 5},
         repeated(row, 5),
         repeated(row, 6),
         ErrorKind::limit_exceeded,
         "more data than one command can take"},
        {"ignored_responses",
         {.ignored_responses = 5},
         repeated("* 7 EXISTS\r\n", 5),
         repeated("* 7 EXISTS\r\n", 6),
         ErrorKind::limit_exceeded,
         "too many responses that nobody asked for"},
    };
    for (const auto& one : cases) {
        SCOPED_TRACE(one.what);
        Options options;
        options.session.limits = one.limits;
        const auto within = ask(one.within + "TAG OK\r\n", options, taking<FlagsData>("X"));
        EXPECT_TRUE(within.answer) << within.words();
        const auto beyond = ask(one.beyond + "TAG OK\r\n", options, taking<FlagsData>("X"));
        EXPECT_EQ(beyond.kind(), one.kind) << beyond.words();
        EXPECT_NE(beyond.words().find(one.words), std::string::npos) << beyond.words();
        EXPECT_TRUE(beyond.broken);
        EXPECT_LT(beyond.took, at_once);
    }
}

TEST(HostileFraming, RowsOfAFetchMayBeManyMoreBytes) {
    Options options;
    options.session.limits.command_bytes = 10;
    Command fetch = taking<FetchData>("UID FETCH");
    fetch.bulk = true;
    const auto outcome =
        ask(repeated("* 1 FETCH (UID 1)\r\n", 100) + "TAG OK\r\n", options, std::move(fetch));
    EXPECT_TRUE(outcome.answer) << outcome.words();
}

TEST(HostileFraming, WhatWasTakenOrAnsweredEndsARowOfIgnoredOnes) {
    Options options;
    options.session.limits.ignored_responses = 3;
    const auto outcome = ask(repeated(repeated("* 7 EXISTS\r\n", 3) + "* FLAGS ()\r\n", 10) + "TAG OK\r\n",
                             options, taking<FlagsData>("X"));
    EXPECT_TRUE(outcome.answer) << outcome.words();
}

// Said in pieces until nobody listens: no more is taken than the limit and what lies in the pipe.
void expect_cut_off(std::string begin, std::string piece, std::string_view words) {
    std::size_t said = 0;
    const auto outcome = ask(
        [&](ScriptedServer& server, std::string) -> Awaitable<void> {
            co_await server.say(begin);
            while (said < (64u << 20) && co_await server.say(piece)) said += piece.size();
        },
        {.session = {.command_timeout = 10s}});
    EXPECT_EQ(outcome.kind(), ErrorKind::limit_exceeded) << outcome.words();
    EXPECT_NE(outcome.words().find(words), std::string::npos) << outcome.words();
    EXPECT_LT(said, 8u << 20);
}

TEST(HostileFraming, LinesWithoutEndAreCutOffAtTheLimit) {
    const std::string piece(10'000, 'x');
    expect_cut_off("* OK ", piece, "response too large: * OK xxx");
    expect_cut_off("TAG", piece, "response too large");
    expect_cut_off("+ ", piece, "response too large");
    expect_cut_off("* 1 FETCH (FLAGS (", repeated("a ", 5000), "response too large");
    expect_cut_off("* 1 FETCH (BODY[] \"", piece, "response too large");
    expect_cut_off("* LIST (", repeated("{3}\r\nabc ", 1000), "response too large: * LIST");
}

TEST(HostileFraming, LiteralsOfNonsenseSizeBreakTheSession) {
    for (const std::string size :
         {"9223372036854775807", "9223372036854775808", "18446744073709551615", "18446744073709551616",
          "340282366920938463463374607431768211456", "2147483649"}) {
        const auto outcome = ask("* 1 FETCH (BODY[] {" + size + "}\r\nabc");
        EXPECT_FALSE(outcome.answer) << size;
        EXPECT_TRUE(outcome.kind() == ErrorKind::limit_exceeded ||
                    outcome.kind() == ErrorKind::protocol_error);
        EXPECT_NE(outcome.words().find("literal of"), std::string::npos) << outcome.words();
        EXPECT_LT(outcome.took, at_once) << size;
    }
    for (const std::string size : {"-1", "1 ", "0x10", "1e9", "", "+5", "99999999999999999999999999x"}) {
        const auto outcome = ask("* 1 FETCH (BODY[] {" + size + "}\r\nTAG OK\r\n");
        EXPECT_EQ(outcome.kind(), ErrorKind::protocol_error) << size << outcome.words();
    }
}

TEST(HostileFraming, DeepNestingIsRefusedWithoutRecursion) {
    for (const std::string begin : {"* 1 FETCH (X ", "* 1 FETCH (BODY[] \"\" BODYSTRUCTURE ", "* NAMESPACE ",
                                    "* LIST ", "* QUOTA a ", "* ID ", "* ESEARCH (X "}) {
        const auto outcome = ask(begin + std::string(900'000, '(') + "\r\nTAG OK\r\n");
        EXPECT_EQ(outcome.kind(), ErrorKind::protocol_error) << begin << outcome.words();
    }
    // A code is text, however odd.
    EXPECT_TRUE(
        ask("* OK [X " + std::string(900'000, '(') + "\r\nTAG OK [" + std::string(900'000, '[') + "\r\n")
            .answer);
}

TEST(HostileFraming, AnswersMayBeCutAnywhere) {
    const std::string text =
        "* 3 EXISTS\r\n* 1 FETCH (UID 7 BODY[] {12}\r\nab\r\ncd)\r\n* O FLAGS (\\Seen))\r\n"
        "* LIST () \"/\" {3}\r\na b\r\n+ odd\r\nTAG OK [APPENDUID 7 42] done\r\n";
    for (std::size_t at = 0; at <= text.size(); ++at) {
        int rows = 0;
        Command command = simple("X");
        command.on_data = [&](Response& response) {
            const auto* fetch = std::get_if<FetchData>(&response);
            if (fetch) EXPECT_EQ(fetch->sections.at(0).bytes, "ab\r\ncd)\r\n* O");
            return fetch && ++rows;
        };
        const auto cut = [&](ScriptedServer& server, std::string tag) -> Awaitable<void> {
            std::string said = text;
            said.replace(said.find("TAG"), 3, tag);
            co_await server.say(said.substr(0, at));
            co_await test::let_others_run();
            co_await server.say(said.substr(std::min(at, said.size())));
        };
        const auto outcome = ask(cut, {}, std::move(command));
        ASSERT_TRUE(outcome.answer) << "cut at " << at << ": " << outcome.words();
        EXPECT_EQ(outcome.answer->text, "done");
        EXPECT_EQ(rows, 1);
    }
}

TEST(HostileFraming, GarbageIsAnErrorAndNeverAnAnswer) {
    std::mt19937 random(7);
    const std::string alphabet = "* OKNBADYE+g1{}()[]\"\\\r\n\r\n\0\xff 0129";
    for (int round = 0; round < 300; ++round) {
        std::string garbage;
        for (int i = 0; i < 400; ++i)
            garbage += round % 2 ? static_cast<char>(random()) : alphabet[random() % alphabet.size()];
        const auto outcome = ask("\r\nlost " + garbage, {.session = {.command_timeout = 20ms}});
        ASSERT_FALSE(outcome.answer) << garbage;
        EXPECT_TRUE(outcome.broken);
    }
}

}  // namespace
}  // namespace godwit::imap
