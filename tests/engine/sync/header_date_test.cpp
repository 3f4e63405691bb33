#include "engine/sync/header_date.h"

#include <gtest/gtest.h>

namespace godwit::sync {
namespace {

std::string parsed(std::string_view value) {
    const auto date = parse_header_date(value);
    return date ? imap::format_internal_date(*date) : "nothing";
}

struct Row {
    std::string value, expected;
};

void expect_all(std::initializer_list<Row> table) {
    for (const auto& [value, expected] : table) EXPECT_EQ(parsed(value), expected) << value;
}

TEST(HeaderDate, OfTheStandard) {
    expect_all({
        {"Tue, 24 Aug 2010 16:00:00 +0200", "24-Aug-2010 16:00:00 +0200"},
        {"Thu, 1 Jan 1970 00:00:00 +0000", "01-Jan-1970 00:00:00 +0000"},
        {"Fri, 21 Nov 1997 09:55:06 -0600", "21-Nov-1997 09:55:06 -0600"},
        {"24 Aug 2010 16:00 +0200", "24-Aug-2010 16:00:00 +0200"},
        {"Tue, 24 Aug 2010 16:00:00 -0000", "24-Aug-2010 16:00:00 +0000"},
        {"Tue, 24 Aug 2010 16:00:00 +0545", "24-Aug-2010 16:00:00 +0545"},
        {"Tue, 24 Aug 2010 16:00:00 -0330", "24-Aug-2010 16:00:00 -0330"},
        {"Thu, 29 Feb 2024 23:59:59 +0000", "29-Feb-2024 23:59:59 +0000"},
        {" Thu,\r\n\t13 Feb 1969\r\n 23:32 -0330 (Newfoundland Time)", "13-Feb-1969 23:32:00 -0330"},
        {"Thu,\r\n      13\r\n        Feb\r\n          1969\r\n      23:32\r\n               -0330 (Newfoundland Time)",
         "13-Feb-1969 23:32:00 -0330"},
        {"Fri, 21 Nov 1997 09(comment):   55  :  06 -0600", "21-Nov-1997 09:55:06 -0600"},
        {"tue, 24 AUG 2010 16:00:00 +0200", "24-Aug-2010 16:00:00 +0200"},
        {"Sun, 24 Aug 2010 16:00:00 +0200", "24-Aug-2010 16:00:00 +0200"},
    });
}

TEST(HeaderDate, AsImapsyncUnderstandsThem) {
    expect_all({
        {"24-Aug-2010 16:00:00 +0200", "24-Aug-2010 16:00:00 +0200"},
        {"24-Aug-2010 16:00:00", "24-Aug-2010 16:00:00 +0000"},
        {" 1-Sep-2010 16:00:00 +0200", "01-Sep-2010 16:00:00 +0200"},
        {"Wed, 1 Sep 2010 16:00:00", "01-Sep-2010 16:00:00 +0000"},
        {"Wed, 1 Sep 2010 16:00:00 +0200 (CEST)", "01-Sep-2010 16:00:00 +0200"},
        {"02/06/09 22:18:08", "06-Feb-2009 22:18:08 +0000"},
        {"Wed Jan  2 08:40:57 2008", "02-Jan-2008 08:40:57 +0000"},
        {"Sun Aug 20 11:55:09 2006", "20-Aug-2006 11:55:09 +0000"},
        {"Tue, 24 Aug 77 16:00:00 +0200", "24-Aug-1977 16:00:00 +0200"},
        {"Tue, 24 Aug 04 16:00:00 +0200", "24-Aug-2004 16:00:00 +0200"},
        {"Tue, 24 Aug 1997 16.00.00 +0200", "24-Aug-1997 16:00:00 +0200"},
        {"Tue, 24 Aug 1997  16:00:00 +0200", "24-Aug-1997 16:00:00 +0200"},
        {"Tue, 24 Aug 1997 5:6:2 +0200", "24-Aug-1997 05:06:02 +0200"},
        {"Tue, 24, Aug 1997 05:06:02 +0200", "24-Aug-1997 05:06:02 +0200"},
        {"Tue,  11 Jan 2005 17:58:27 -0500", "11-Jan-2005 17:58:27 -0500"},
        {"Wednesday, December 18, 2002 03:07 PM", "18-Dec-2002 15:07:00 +0000"},
        {"Dec 16 2004 02:01:49 -0500", "16-Dec-2004 02:01:49 -0500"},
        {"Sun, 18 Nov 2012 18:34:38 +0100 (Westeurop\xe4ische Normalzeit)", "18-Nov-2012 18:34:38 +0100"},
        {"2015/09/19 16:11:07 ", "19-Sep-2015 16:11:07 +0000"},
        {"Date: 2015/09/19 16:11:07", "19-Sep-2015 16:11:07 +0000"},
    });
}

// Where imapsync takes the zone for UTC, the century for the next one, 12 PM for 24 o'clock, a missing time for 11:11:11.
TEST(HeaderDate, BetterThanImapsync) {
    expect_all({
        {"Wed Jan 24 11:58:38 MST 2007", "24-Jan-2007 11:58:38 -0700"},
        {"Wednesday, 01 October 2003 12:45:24 CDT", "01-Oct-2003 12:45:24 -0500"},
        {"Tue, 24 Aug 67 16:00:00 +0200", "24-Aug-1967 16:00:00 +0200"},
        {"Wednesday, December 18, 2002 12:07 PM", "18-Dec-2002 12:07:00 +0000"},
        {"21-Jun-2001", "21-Jun-2001 12:00:00 +0000"},
    });
}

TEST(HeaderDate, Years) {
    expect_all({
        {"1 Jan 50 00:00 GMT", "01-Jan-1950 00:00:00 +0000"},
        {"1 Jan 49 00:00 GMT", "01-Jan-2049 00:00:00 +0000"},
        {"1 Jan 00 00:00 GMT", "01-Jan-2000 00:00:00 +0000"},
        {"1 Jan 103 00:00 GMT", "01-Jan-2003 00:00:00 +0000"},
        {"1 Jan 1900 00:00 GMT", "01-Jan-1900 00:00:00 +0000"},
        {"1 Jan 1899 00:00 GMT", "nothing"},
        {"1 Jan 1900 00:00 +0001", "nothing"},
        {"31 Dec 9999 23:59:59 GMT", "31-Dec-9999 23:59:59 +0000"},
        {"31 Dec 9999 23:59:59 -0001", "nothing"},
        {"1 Jan 0000 00:00 GMT", "nothing"},
        {"1 Jan 12010 00:00 GMT", "nothing"},
        {"1 Jan 5 00:00 GMT", "nothing"},
    });
}

TEST(HeaderDate, HalvesOfTheDay) {
    expect_all({
        {"1 Jan 2001 12:00 AM", "01-Jan-2001 00:00:00 +0000"},
        {"1 Jan 2001 12:59:59 am", "01-Jan-2001 00:59:59 +0000"},
        {"1 Jan 2001 1:00 AM", "01-Jan-2001 01:00:00 +0000"},
        {"1 Jan 2001 11:59AM", "01-Jan-2001 11:59:00 +0000"},
        {"1 Jan 2001 12:00 PM", "01-Jan-2001 12:00:00 +0000"},
        {"1 Jan 2001 12:30pm", "01-Jan-2001 12:30:00 +0000"},
        {"1 Jan 2001 1:00 PM", "01-Jan-2001 13:00:00 +0000"},
        {"1 Jan 2001 11:59:59 PM -0500", "01-Jan-2001 23:59:59 -0500"},
        {"1 Jan 2001 13:00 PM", "01-Jan-2001 13:00:00 +0000"},
        {"1 Jan 2001 1:00 PM PM", "01-Jan-2001 13:00:00 +0000"},
        {"02/06/2009 01:18:08 PM", "06-Feb-2009 13:18:08 +0000"},
    });
}

TEST(HeaderDate, Zones) {
    const std::string day = "1 Jun 2001 12:00:00 ", then = "01-Jun-2001 12:00:00 ";
    for (const char* utc : {"GMT", "UT",    "UTC",   "Z",     "z",      "A", "J",   "M",       "N",    "Y",  "",
                            "XYZ", "+9999", "+2400", "+0060", "-12345", "+", "gmt", "\"GMT\"", "0200", "IST"})
        EXPECT_EQ(parsed(day + utc), then + "+0000") << utc;
    const std::pair<const char*, const char*> table[] = {
        {"EST", "-0500"},        {"EDT", "-0400"},         {"CST", "-0600"},         {"CDT", "-0500"},
        {"MST", "-0700"},        {"MDT", "-0600"},         {"PST", "-0800"},         {"PDT", "-0700"},
        {"pdt", "-0700"},        {"CET", "+0100"},         {"CEST", "+0200"},        {"BST", "+0100"},
        {"EET", "+0200"},        {"EEST", "+0300"},        {"JST", "+0900"},         {"NST", "-0330"},
        {"AEDT", "+1100"},       {"NZDT", "+1300"},        {"HST", "-1000"},         {"MSK", "+0300"},
        {"+0200", "+0200"},      {"-0200", "-0200"},       {"+02:00", "+0200"},      {"-05:30", "-0530"},
        {"+2", "+0200"},         {"+200", "+0200"},        {"GMT+0200", "+0200"},    {"UTC-5", "-0500"},
        {"GMT +01:00", "+0100"}, {"+1400", "+1400"},       {"-0500 (EST)", "-0500"}, {"-0500 EST", "-0500"},
        {"EST5EDT", "-0500"},    {"+0200 +0300", "+0200"}, {"- 0500", "-0500"},      {"+0100 (=?utf-8?q?x?=)", "+0100"},
    };
    for (const auto& [zone, expected] : table) EXPECT_EQ(parsed(day + zone), then + expected) << zone;
    EXPECT_EQ(parsed("Tue Aug 24 2010 16:00:00 GMT+0200 (CEST)"), "24-Aug-2010 16:00:00 +0200");
    EXPECT_EQ(parsed("Fri, 1 Jun 2001 12:00:00+0200"), "01-Jun-2001 12:00:00 +0200");
    EXPECT_EQ(parsed("Fri Jun 1 12:00:00 -0700 2001"), "01-Jun-2001 12:00:00 -0700");
}

TEST(HeaderDate, InstantsAreRight) {
    EXPECT_EQ(parse_header_date("Thu, 1 Jan 1970 00:00:00 +0000")->seconds, 0);
    EXPECT_EQ(parse_header_date("Thu, 1 Jan 1970 02:00:00 +0200")->seconds, 0);
    EXPECT_EQ(parse_header_date("Wed, 31 Dec 1969 19:00:00 EST")->seconds, 0);
    EXPECT_EQ(parse_header_date("Wed, 31 Dec 1969 23:59:59 GMT")->seconds, -1);
    EXPECT_EQ(parse_header_date("Fri, 13 Feb 2009 23:31:30 GMT")->seconds, 1234567890);
    EXPECT_EQ(parse_header_date("Fri, 13 Feb 2009 18:31:30 -0500")->zone_minutes, -300);
}

TEST(HeaderDate, LeapSeconds) {
    EXPECT_EQ(parsed("Sat, 31 Dec 2016 23:59:60 +0000"), "01-Jan-2017 00:00:00 +0000");
    EXPECT_EQ(parse_header_date("Sat, 31 Dec 2016 23:59:60 +0000")->seconds, 1483228800);
    EXPECT_EQ(parsed("Sat, 31 Dec 2016 23:59:61 +0000"), "nothing");
}

TEST(HeaderDate, OtherOrders) {
    expect_all({
        {"2010-08-24T16:00:00Z", "24-Aug-2010 16:00:00 +0000"},
        {"2010-08-24T16:00:00.123+02:00", "24-Aug-2010 16:00:00 +0200"},
        {"2010-08-24 16:00:00 -0500", "24-Aug-2010 16:00:00 -0500"},
        {"2010-08-24", "24-Aug-2010 12:00:00 +0000"},
        {"2010/8/4 6:00", "04-Aug-2010 06:00:00 +0000"},
        {"24.08.2010 16:00", "24-Aug-2010 16:00:00 +0000"},
        {"24. August 2010 16:00", "24-Aug-2010 16:00:00 +0000"},
        {"2010 Aug 24 16:00", "24-Aug-2010 16:00:00 +0000"},
        {"Aug 24, 2010 4:00 PM", "24-Aug-2010 16:00:00 +0000"},
        {"24-Aug-10 16:00", "24-Aug-2010 16:00:00 +0000"},
        {"Mon, 8 Sept 2003 10:00:00 +0000", "08-Sep-2003 10:00:00 +0000"},
        {"08/24/10 16:00:00", "24-Aug-2010 16:00:00 +0000"},
        {"24/08/10 16:00:00", "24-Aug-2010 16:00:00 +0000"},
        {"8/4/2010", "04-Aug-2010 12:00:00 +0000"},
        {"12/12/99 00:00:00", "12-Dec-1999 00:00:00 +0000"},
        {"Tue, 24 Aug 2010 16:00:00,5 +0200", "24-Aug-2010 16:00:00 +0200"},
        {"Tue, 24 Aug 2010 16:00:00 +0200 7", "24-Aug-2010 16:00:00 +0200"},
    });
}

TEST(HeaderDate, Comments) {
    expect_all({
        {"(a) Tue (b (c) \\) d), 24 (12) Aug (Sep) 2010 16:00 (PM) +0200 (", "24-Aug-2010 16:00:00 +0200"},
        {"Tue, 24 Aug 2010 16:00 +0200 )", "24-Aug-2010 16:00:00 +0200"},
        {"Tue, 24(x)Aug(x)2010(x)16:00", "24-Aug-2010 16:00:00 +0000"},
        {"(Tue, 24 Aug 2010 16:00 +0200", "nothing"},
        {"Tue, 24 Aug 2010 16:00 +0200 (\\", "24-Aug-2010 16:00:00 +0200"},
    });
}

TEST(HeaderDate, NoInstant) {
    for (const char* value : {"",
                              " ",
                              "\r\n",
                              "Tue",
                              "Tue, 24 Aug",
                              "Aug 2010 16:00",
                              "24 2010 16:00",
                              "31 Feb 2010 16:00",
                              "29 Feb 2023 16:00",
                              "31 Apr 2010 16:00",
                              "0 Aug 2010 16:00",
                              "32 Aug 2010 16:00",
                              "24 Aug 2010 24:00",
                              "24 Aug 2010 16:60",
                              "13/13/10 10:00:00",
                              "00/01/10 10:00:00",
                              "24 ago 2010 16:00",
                              "24 Au 2010 16:00",
                              "24.08.10 16:00",
                              "20100824T160000Z",
                              "1282658400",
                              "(Invalid)",
                              "=?utf-8?q?24_Aug_2010?=x",
                              "Tue, 24 Aug 123456789012345678901234567890 16:00",
                              "24 Aug 2010 99999:00",
                              "////",
                              "1/2",
                              "-,-,-",
                              "\xff\xfe"})
        EXPECT_EQ(parsed(value), "nothing") << value;
    EXPECT_EQ(parsed("24 Aug 2010 16:00" + std::string(1000, ' ')), "nothing") << "too long";
    EXPECT_EQ(parsed(std::string(900, '(')), "nothing");
}

}  // namespace
}  // namespace godwit::sync
