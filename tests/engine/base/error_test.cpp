#include "engine/base/error.h"

#include <gtest/gtest.h>

#include "engine/base/result.h"
#include "engine/base/strong_type.h"

using namespace godwit;

namespace {

TEST(Error, NamesGoBothWays) {
    for (int i = 0; i <= static_cast<int>(ErrorKind::internal); ++i) {
        const auto kind = static_cast<ErrorKind>(i);
        EXPECT_EQ(error_kind_of(name_of(kind)), kind) << name_of(kind);
    }
    EXPECT_EQ(error_kind_of("no such kind"), std::nullopt);
    EXPECT_EQ(name_of(Reach::message), "message");
    EXPECT_EQ(name_of(Reach::node), "node");
    EXPECT_LT(Reach::message, Reach::node);
}

TEST(Error, Text) {
    EXPECT_EQ((Error{ErrorKind::dns, Reach::host, "no such name", "resolving x"}).to_string(),
              "resolving x: no such name (dns)");
    EXPECT_EQ((Error{ErrorKind::dns, Reach::host, "no such name", ""}).to_string(), "no such name (dns)");
    EXPECT_EQ((Error{ErrorKind::dns, Reach::host, "", "resolving x"}).to_string(), "resolving x (dns)");
    EXPECT_EQ((Error{ErrorKind::dns, Reach::host, "", ""}).to_string(), "(dns)");
}

TEST(Error, PassOnAddsAContextOnce) {
    EXPECT_EQ(pass_on(Error{.cause = "a"}, "first").error().context, "first");
    EXPECT_EQ(pass_on(Error{.cause = "a", .context = "there"}, "second").error().context, "there");
}

Result<int> half_of(int value) {
    if (value % 2) return fail(ErrorKind::invalid_argument, Reach::node, "odd");
    return value / 2;
}

Result<int> quarter_of(int value) {
    GODWIT_TRY(half, half_of(value));
    GODWIT_CHECK(half_of(half));
    return half / 2;
}

TEST(Result, TryAndCheck) {
    EXPECT_EQ(quarter_of(8), 2);
    EXPECT_EQ(quarter_of(3).error().cause, "odd");
    EXPECT_EQ(quarter_of(2).error().cause, "odd");
}

TEST(Printable, KeepsTextAndReplacesTheRest) {
    EXPECT_EQ(printable("plain text"), "plain text");
    EXPECT_EQ(printable("Grüße 信 🐦"), "Grüße 信 🐦");
    EXPECT_EQ(printable("a\r\nb\tc\x7f"
                        "d\x1b[31m"),
              "a  b c d [31m");
    EXPECT_EQ(printable(std::string_view("a\0b", 3)), "a b");
    EXPECT_EQ(printable("a\xc2\x9b"
                        "b"),
              "a b")
        << "a C1 control character";
    EXPECT_EQ(printable("trailing \r\n"), "trailing");
    EXPECT_EQ(printable(""), "");
}

TEST(Printable, InvalidUtf8) {
    EXPECT_EQ(printable("\xff\xfe"), "??");
    EXPECT_EQ(printable("\xc3"), "?");
    EXPECT_EQ(printable("\xc3("), "?(");
    EXPECT_EQ(printable("\xc0\xaf"), "??") << "overlong";
    EXPECT_EQ(printable("\xe0\x80\x80"), "???") << "overlong";
    EXPECT_EQ(printable("\xed\xa0\x80"), "???") << "surrogate";
    EXPECT_EQ(printable("\xf4\x90\x80\x80"), "????") << "beyond U+10FFFF";
    EXPECT_EQ(printable("\xf0\x9f\x90"), "???") << "cut";
}

TEST(Printable, LimitCutsBetweenCharacters) {
    EXPECT_EQ(printable("abcdef", 3), "abc");
    EXPECT_EQ(printable("abü", 3), "ab");
    EXPECT_EQ(printable("abü", 4), "abü");
    EXPECT_EQ(printable("abc", 0), "");
}

TEST(StrongType, ComparesAndHashes) {
    using A = StrongType<struct TagA, int>;
    static_assert(!std::is_convertible_v<int, A>);
    EXPECT_LT(A(1), A(2));
    EXPECT_EQ(std::hash<A>{}(A(7)), std::hash<int>{}(7));
}

}  // namespace
