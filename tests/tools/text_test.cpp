#include "tools/godwit/text.h"

#include <gtest/gtest.h>

namespace godwit::cli {

using namespace std::chrono_literals;

TEST(Text, CountsAndSizesAndTimes) {
    EXPECT_EQ(count_text(0), "0");
    EXPECT_EQ(count_text(999), "999");
    EXPECT_EQ(count_text(1000), "1,000");
    EXPECT_EQ(count_text(1234567), "1,234,567");
    EXPECT_EQ(count_text(1, "message", "messages"), "1 message");
    EXPECT_EQ(count_text(2000, "message", "messages"), "2,000 messages");

    EXPECT_EQ(bytes_text(0), "0 B");
    EXPECT_EQ(bytes_text(1023), "1023 B");
    EXPECT_EQ(bytes_text(1024), "1.0 KiB");
    EXPECT_EQ(bytes_text(1536), "1.5 KiB");
    EXPECT_EQ(bytes_text(1024 * 1024 - 1), "1.0 MiB");
    EXPECT_EQ(bytes_text(5e12), "4.5 TiB");
    EXPECT_EQ(bytes_text(-1), "0 B");

    EXPECT_EQ(duration_text(0s), "0 s");
    EXPECT_EQ(duration_text(-5s), "0 s");
    EXPECT_EQ(duration_text(59s), "59 s");
    EXPECT_EQ(duration_text(185s), "3 min 05 s");
    EXPECT_EQ(duration_text(2h + 3min + 4s), "2 h 03 min");
    EXPECT_EQ(duration_text(76h), "3 d 04 h");
}

TEST(Text, BarsAreNeverFullBeforeTheEnd) {
    EXPECT_EQ(bar_text(0, 12), "[..........]");
    EXPECT_EQ(bar_text(0.5, 12), "[#####.....]");
    EXPECT_EQ(bar_text(0.999, 12), "[#########.]");
    EXPECT_EQ(bar_text(1, 12), "[##########]");
    EXPECT_EQ(bar_text(7, 12), "[##########]");
    EXPECT_EQ(bar_text(-1, 4), "[..]");
    EXPECT_EQ(percent_text(0.999), " 99 %");
    EXPECT_EQ(percent_text(1), "100 %");
}

TEST(Text, ShownIsOneHarmlessLine) {
    EXPECT_EQ(shown("a\x1b[2Jb\nc\td"), "a [2Jb c d");
    EXPECT_EQ(shown("bad \xff utf8"), "bad ? utf8");
    EXPECT_EQ(shown("abcdef", 6), "abcdef");
    EXPECT_EQ(shown("abcdefg", 6), "abcde…");
    EXPECT_EQ(shown("Entwürfe", 5), "Entw…");
    EXPECT_EQ(shown("日本語", 4), "日…");
    EXPECT_EQ(shown(std::string(5000, 'x')).size(), 299 + std::string("…").size());
}

TEST(Text, ColumnsOfATerminal) {
    EXPECT_EQ(columns_of(""), 0u);
    EXPECT_EQ(columns_of("Entwürfe"), 8u);
    EXPECT_EQ(columns_of("日本語"), 6u);
    EXPECT_EQ(columns_of("e\u0301"), 1u);
    EXPECT_EQ(columns_of("\U0001f4e7"), 2u);
}

TEST(Text, TablesLineUp) {
    Table table({{"NAME", Table::Align::left, 8}, {"COUNT", Table::Align::right}, {"WHY"}});
    table.add({"INBOX", "1,234", "ok"});
    table.add({"日本語", "7", ""});
    table.add({"a name that is long", "12"});
    EXPECT_EQ(table.rows(), 3u);
    EXPECT_EQ(table.text(),
              "NAME      COUNT  WHY\n"
              "INBOX     1,234  ok\n"
              "日本語        7\n"
              "a name …     12\n");
}

TEST(Text, ATableWithoutRowsIsItsHeader) { EXPECT_EQ(Table({{"A"}, {"B"}}).text(), "A  B\n"); }

}  // namespace godwit::cli
