#include <gtest/gtest.h>

#include <random>

#include "engine/imap/parser.h"

namespace godwit::imap {
namespace {

void expect_date(std::string_view text, std::int64_t seconds, int zone) {
    const auto date = parse_internal_date(text);
    ASSERT_TRUE(date) << text;
    EXPECT_EQ(date->seconds, seconds) << text;
    EXPECT_EQ(date->zone_minutes, zone) << text;
}

TEST(InternalDate, KnownAnswers) {
    expect_date("17-Jul-1996 02:44:25 -0700", 837596665, -420);
    expect_date(" 1-Jul-2002 02:44:25 -0700", 1025516665, -420);
    expect_date("01-Jan-1970 00:00:00 +0000", 0, 0);
    expect_date("01-Jan-1970 05:30:00 +0530", 0, 330);
    expect_date("31-Dec-1969 23:59:59 +0000", -1, 0);
    expect_date("13-Dec-1901 20:45:52 +0000", -2147483648, 0);
    expect_date("01-Dec-2110 00:00:00 +0000", 4446835200, 0);
    expect_date("29-Feb-2000 00:00:00 +0000", 951782400, 0);
    expect_date("01-Jan-1900 00:00:00 +0000", -2208988800, 0);
    expect_date("31-Dec-9999 23:59:59 +0000", 253402300799, 0);
}

TEST(InternalDate, SloppyForms) {
    expect_date("1-Jul-2002 02:44:25 -0700", 1025516665, -420);
    expect_date("1-JUL-2002  2:44:25  -0700 ", 1025516665, -420);
    // A leap second is the next minute.
    expect_date("30-Jun-1997 23:59:60 +0000", 867715200, 0);
}

TEST(InternalDate, RefusesWhatIsNoDate) {
    for (const char* text : {"",
                             "17-Jul-1996",
                             "17-Jul-1996 02:44:25",
                             "17-Jul-1996 02:44:25 0700",
                             "31-Feb-2001 00:00:00 +0000",
                             "29-Feb-1900 00:00:00 +0000",
                             "00-Jan-2001 00:00:00 +0000",
                             "32-Jan-2001 00:00:00 +0000",
                             "01-Foo-2001 00:00:00 +0000",
                             "01-Jan-1899 00:00:00 +0000",
                             "01-Jan-10000 00:00:00 +0000",
                             "01-Jan-01 00:00:00 +0000",
                             "01-Jan-2001 24:00:00 +0000",
                             "01-Jan-2001 00:60:00 +0000",
                             "01-Jan-2001 00:00:61 +0000",
                             "01-Jan-2001 00:00:00 +2400",
                             "01-Jan-2001 00:00:00 +0060",
                             "01-Jan-2001 00:00:00 +00000",
                             "01-Jan-2001 00:00:00 +000",
                             "01-Jan-2001 00:00 +0000",
                             "\"01-Jan-2001 00:00:00 +0000\"",
                             "01-Jan-2001 00:00:00 +0000 x",
                             "-1-Jan-2001 00:00:00 +0000",
                             "001-Jan-2001 00:00:00 +0000",
                             "99999999999999999999-Jan-2001 00:00:00 +0000"}) {
        const auto date = parse_internal_date(text);
        ASSERT_FALSE(date) << text;
        EXPECT_EQ(date.error().reach, Reach::message);
    }
}

TEST(InternalDate, Writes) {
    EXPECT_EQ(format_internal_date({837596665, -420}), "17-Jul-1996 02:44:25 -0700");
    EXPECT_EQ(format_internal_date({0, 0}), "01-Jan-1970 00:00:00 +0000");
    EXPECT_EQ(format_internal_date({-1, 330}), "01-Jan-1970 05:29:59 +0530");
    EXPECT_EQ(format_internal_date({951782399, -30}), "28-Feb-2000 23:29:59 -0030");
}

TEST(InternalDate, RoundTrip) {
    std::mt19937_64 random(3);
    for (int i = 0; i < 5000; ++i) {
        const InternalDate date{
            static_cast<std::int64_t>(random() % 255'611'289'600) - 2208988800 + 86400 * 2,
            static_cast<int>(random() % 2879) - 1439};
        const auto again = parse_internal_date(format_internal_date(date));
        if (date.seconds > 253402300799 - 86400) continue;
        ASSERT_TRUE(again) << format_internal_date(date);
        ASSERT_EQ(again->seconds, date.seconds);
        ASSERT_EQ(again->zone_minutes, date.zone_minutes);
    }
}

}  // namespace
}  // namespace godwit::imap
