#include "engine/sync/search_keys.h"

#include <gtest/gtest.h>

#include <limits>

namespace godwit::sync {
namespace {

using std::nullopt;

constexpr double infinite = std::numeric_limits<double>::infinity(),
                 no_number = std::numeric_limits<double>::quiet_NaN();

WallTime at(std::int64_t seconds) { return WallTime(std::chrono::seconds(seconds)); }

// 2024-03-01 12:00:00 UTC; the day before is the 29th of February.
const WallTime noon = at(1709294400);

std::string cause(std::string_view keys) {
    const auto checked = check_search_keys(keys);
    if (checked) return "";
    EXPECT_EQ(checked.error().kind, ErrorKind::invalid_argument);
    return checked.error().cause;
}

TEST(SearchKeys, WhatCannotEndTheCommandIsGood) {
    for (const char* keys :
         {"ALL", "UNSEEN", "SENTSINCE 1-Feb-1994 NOT FROM \"Smith\"", "OR (SENTBEFORE 1-Jan-2010 LARGER 1000) FLAGGED",
          "NOT (FROM \"a@b\")", "SUBJECT \"(not closed\"", "SUBJECT \"a \\\"quoted\\\" \\\\ word\"", "SUBJECT \"{5}\"",
          "SUBJECT \"\"", "SUBJECT \"é\"", "X-GM-RAW \"has:attachment in:unread\"", "UID 1:*,5", "KEYWORD $Forwarded",
          "((((ALL))))"})
        EXPECT_EQ(cause(keys), "") << keys;
    EXPECT_EQ(cause("SUBJECT " + std::string(3992, 'x')), "");
}

TEST(SearchKeys, OthersAreRefused) {
    const std::pair<std::string, std::string> table[] = {
        {"", "none are given"},
        {"   ", "none are given"},
        {"ALL\r\nA1 LOGOUT", "they are one line without control characters"},
        {"ALL\n", "they are one line without control characters"},
        {"SUBJECT \"a\tb\"", "they are one line without control characters"},
        {std::string("ALL\0", 4), "they are one line without control characters"},
        {"ALL\x7f", "they are one line without control characters"},
        {"SUBJECT {5}", "literals and braces outside of quotes are not allowed"},
        {"SUBJECT {5+}", "literals and braces outside of quotes are not allowed"},
        {"SUBJECT \"a\" ~{5}", "literals and braces outside of quotes are not allowed"},
        {"SUBJECT \"a", "a quote is not closed"},
        {"SUBJECT \"a\" \"", "a quote is not closed"},
        {"SUBJECT \"a\\\"", "a quote is not closed"},
        {"SUBJECT \"a\\", "a backslash between quotes is before a quote or a backslash only"},
        {"SUBJECT \"a\\n\"", "a backslash between quotes is before a quote or a backslash only"},
        {"(ALL", "a parenthesis is not closed"},
        {"ALL)", "a parenthesis is closed that is not open"},
        {")ALL(", "a parenthesis is closed that is not open"},
        {"(FROM \"a)\"", "a parenthesis is not closed"},
        {"SUBJECT " + std::string(3993, 'x'), "longer than 4000 bytes"},
    };
    for (const auto& [keys, expected] : table) EXPECT_EQ(cause(keys), expected) << keys.substr(0, 40);
}

TEST(AgeSearch, DaysOfTheDateHeader) {
    const struct {
        std::optional<double> maxage, minage;
        std::string expected;
    } table[] = {
        {nullopt, nullopt, ""},
        {1, nullopt, "SENTSINCE 29-Feb-2024"},
        {0, nullopt, "SENTSINCE 01-Mar-2024"},
        {0.49, nullopt, "SENTSINCE 01-Mar-2024"},
        {0.51, nullopt, "SENTSINCE 29-Feb-2024"},
        {365, nullopt, "SENTSINCE 02-Mar-2023"},
        {nullopt, 1, "SENTBEFORE 29-Feb-2024"},
        {30, 10, "SENTSINCE 31-Jan-2024 SENTBEFORE 20-Feb-2024"},
        {10, 10, "SENTSINCE 20-Feb-2024 SENTBEFORE 20-Feb-2024"},
        {10, 30, "OR SENTSINCE 20-Feb-2024 SENTBEFORE 31-Jan-2024"},
        {1e9, nullopt, "SENTSINCE 01-Jan-1900"},
        {infinite, nullopt, "SENTSINCE 01-Jan-1900"},
        {-1e300, nullopt, "SENTSINCE 31-Dec-9999"},
        {no_number, nullopt, "SENTSINCE 01-Mar-2024"},
        {-1, nullopt, "SENTSINCE 02-Mar-2024"},
    };
    for (const auto& [maxage, minage, expected] : table) EXPECT_EQ(age_search(maxage, minage, noon), expected);
}

TEST(AgeSearch, ByAnInstant) {
    const auto now = std::chrono::duration_cast<std::chrono::seconds>(noon.time_since_epoch()).count();
    const auto of_age = [&](std::int64_t ago, std::optional<double> maxage, std::optional<double> minage) {
        return is_of_age(now - ago, maxage, minage, noon);
    };
    EXPECT_TRUE(of_age(1'000'000'000, nullopt, nullopt));
    EXPECT_TRUE(of_age(86400, 1, nullopt));
    EXPECT_FALSE(of_age(86401, 1, nullopt));
    EXPECT_TRUE(of_age(-5, 1, nullopt)) << "from the future";
    EXPECT_TRUE(of_age(86400, nullopt, 1));
    EXPECT_FALSE(of_age(86399, nullopt, 1));
    EXPECT_TRUE(of_age(43200, 0.5, 0.5));
    EXPECT_TRUE(of_age(2 * 86400, 3, 1));
    EXPECT_FALSE(of_age(4 * 86400, 3, 1));
    EXPECT_FALSE(of_age(86399, 3, 1));
    EXPECT_FALSE(of_age(2 * 86400, 1, 3)) << "minage above maxage: all but those between";
    EXPECT_TRUE(of_age(86399, 1, 3));
    EXPECT_TRUE(of_age(4 * 86400, 1, 3));
    EXPECT_TRUE(is_of_age(std::numeric_limits<std::int64_t>::max(), 1, nullopt, noon));
    EXPECT_FALSE(is_of_age(std::numeric_limits<std::int64_t>::min(), infinite, nullopt, noon));
}

}  // namespace
}  // namespace godwit::sync
