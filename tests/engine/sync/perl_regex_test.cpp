#include "engine/sync/perl_regex.h"

#include <gtest/gtest.h>

#include "tests/engine/sync/perl_answers.h"

namespace godwit::sync {
namespace {

std::string applied(const std::string& expression, std::string_view text, Subject subject = Subject::utf8) {
    const auto substitution = Substitution::parse(expression, subject);
    if (!substitution) return "refused: " + substitution.error().to_string();
    const auto out = substitution->apply(text);
    return out ? *out : "failed: " + out.error().to_string();
}

std::string complaint(const std::string& expression, Subject subject = Subject::utf8) {
    const auto substitution = Substitution::parse(expression, subject);
    if (substitution) return "none";
    EXPECT_EQ(substitution.error().kind, ErrorKind::invalid_argument);
    EXPECT_EQ(substitution.error().context, "expression \"" + printable(expression, 100) + "\"");
    return substitution.error().cause;
}

bool is_ascii(const std::string& text) {
    return std::ranges::all_of(text, [](char c) { return c >= 0; });
}

bool matches(std::string_view expression, std::string_view text, Subject subject = Subject::utf8) {
    const auto regex = Regex::parse(expression, subject);
    EXPECT_TRUE(regex) << expression << ": " << regex.error().to_string();
    return regex && regex->matches(text);
}

TEST(Substitution, AnswersAsPerlDoes) {
    for (const auto& [expression, text, answer] : perl_answers)
        EXPECT_EQ(applied(expression, text, Subject::octets), answer) << expression << " of " << text;
}

TEST(Substitution, AnswersAlikeInUtf8) {
    for (const auto& [expression, text, answer] : perl_answers)
        if (is_ascii(text) && is_ascii(answer)) {
            EXPECT_EQ(applied(expression, text), answer) << expression << " of " << text;
        }
}

TEST(Substitution, CharactersOfUtf8AreWhole) {
    const struct {
        std::string expression, text, answer;
    } table[] = {
        {"s/^.//", "éa", "a"},
        {"s/x*/-/g", "éß", "-é-ß-"},
        {"s/É/e/i", "é", "e"},
        {"s/a/\\x{e9}\\xe9\\x{1F600}\\x{20ac}/", "a", "éé😀€"},
        {"s/(.*)/\\U$1/", "aéz", "AéZ"},
        {"s/(.*)/\\Q$1/", "a.é", "a\\.é"},
        {"s/ä/ae/g", "Entwürfe für Päckchen", "Entwürfe für Paeckchen"},
        {"tr/äöü/aou/", "äüöx", "auox"},
        {"tr/à-å/a/", "áäà", "aaa"},
        {"tr/a/😀/", "bar", "b😀r"},
        {"tr/\\x{400}-\\x{4ff}//d", "aЖb", "ab"},
        {"tr/\\x00-\\x7f//cd", "aéb€", "ab"},
        {"s/\\w+/x/u", "éa", "x"},
        {"s/\\w+/x/", "éa", "éx"},
        {"s/^/📁 /", "a", "📁 a"},
    };
    for (const auto& [expression, text, answer] : table) EXPECT_EQ(applied(expression, text), answer) << expression;
}

TEST(Substitution, OctetsAreWhatTheyAre) {
    EXPECT_EQ(applied("s/^.//", "\xc3\xa9", Subject::octets), "\xa9");
    EXPECT_EQ(applied("s/\\xe9/e/", "\xe9", Subject::octets), "e");
    EXPECT_EQ(applied("s/é/e/", "né", Subject::octets), "ne");
    EXPECT_EQ(applied("tr/\\x80-\\xff/?/", "n\xc3\xa9\0x"s, Subject::octets), "n??\0x"s);
    EXPECT_EQ(applied("s/\\xE9/x/i", "\xe9", Subject::octets), "x");
    EXPECT_EQ(applied("s/(*UTF)./x/", "a", Subject::octets).substr(0, 8), "refused:");
}

TEST(Substitution, MoreLenientThanPerl) {
    EXPECT_EQ(applied("s/a/x$/", "a"), "x$");
    EXPECT_EQ(applied("s/a/$ 5/", "a"), "$ 5");
    EXPECT_EQ(applied("s,$,@example.org,", "joe"), "joe@example.org");
    EXPECT_EQ(applied("s/(?<n>a)/${n}${n}/", "a"), "aa");
    EXPECT_EQ(applied("s/(a)/${^MATCH}/p", "a"), "a");
    EXPECT_EQ(applied("s/(a)/[$99999999999999999999]/", "a"), "[]");
    EXPECT_EQ(applied("s/a//", "bab"), "bb");
    EXPECT_EQ(applied("s'$a'b'", "$a"), "$a") << "nothing that matches, as in Perl";
    EXPECT_EQ(applied("s///", "bab"), "bab");
    EXPECT_EQ(applied("  s/a/b/oaap", "a"), "b");
}

TEST(Substitution, IsRefusedWithAReason) {
    const struct {
        std::string expression, cause;
    } table[] = {
        {"", "not one of s/…/…/, tr/…/…/, y/…/…/, m/…/"},
        {"lalala", "not one of s/…/…/, tr/…/…/, y/…/…/, m/…/"},
        {"I am BAD", "not one of s/…/…/, tr/…/…/, y/…/…/, m/…/"},
        {"s #a#b#", "not one of s/…/…/, tr/…/…/, y/…/…/, m/…/"},
        {"s_a_b_", "not one of s/…/…/, tr/…/…/, y/…/…/, m/…/"},
        {"s{a}b", "not one of s/…/…/, tr/…/…/, y/…/…/, m/…/"},
        {"s", "not one of s/…/…/, tr/…/…/, y/…/…/, m/…/"},
        {"m/a/", "it changes nothing; write s/…/…/ or tr/…/…/"},
        {"/a/", "it changes nothing; write s/…/…/ or tr/…/…/"},
        {"s/a/", "no closing \"/\""},
        {"s/a", "no closing \"/\""},
        {"s/a/b\\/", "no closing \"/\""},
        {"s{a{b}", "no closing \"}\""},
        {"s{a}{b", "no closing \"}\""},
        {"s/a/b/; s/c/d/", "text after the expression: ; s/c/d/"},
        {"s/a/b/ || die", "text after the expression: || die"},
        {"s/a/b/g/", "text after the expression: /"},
        {"s/a/uc($&)/e", "the modifier e is refused: nothing is evaluated as Perl code"},
        {"s/a/b/gee", "the modifier e is refused: nothing is evaluated as Perl code"},
        {"s/.*?(?:(\\\\(?:Seen)\\s?)|$)/defined($1)?$1:q()/eg",
         "the modifier e is refused: nothing is evaluated as Perl code"},
        {"s/a/b/r", "the modifier r would leave the text as it is"},
        {"s/a/b/k", "the modifier k is not known"},
        {"s/a/$sync->{user1}/", "no group is called $sync, and there are no variables"},
        {"s/a/$0/", "no group is called $0, and there are no variables"},
        {"s/a/${x}/", "no group is called $x, and there are no variables"},
        {"s/a/$+{x}/", "no group is called $x, and there are no variables"},
        {"s/a/${1x}/", "no group is called $1x, and there are no variables"},
        {"s/a/${}/", "no group is called $, and there are no variables"},
        {"s/a/@{[system 1]}${\\ system 1}/", "no group is called $\\ system 1, and there are no variables"},
        {"s/a/${1/", "no closing \"}\""},
        {"s/(a)/$1[0]/", "a bracket after a group is an index in Perl; write ${1} for the group"},
        {"s/(a)/$1->{x}/", "a bracket after a group is an index in Perl; write ${1} for the group"},
        {"s/a/\\x{zz}/", "a bad number in braces"},
        {"s/a/\\x{41/", "no closing \"}\""},
        {"s/a/\\x{d800}/", "no character has that number"},
        {"s/a/\\x{110000}/", "no character has that number"},
        {"s/a/\\N{U+41}/", "\\N is not known in strings; write \\x{…}"},
        {"s/a/\\o/", "\\o stands alone"},
        {"s/a/\\c/", "\\c stands alone"},
        {"s/(/b/", "missing closing parenthesis at 1"},
        {"s/[/b/", "missing terminating ] for character class at 1"},
        {"s/a\\Ux/b/", "PCRE2 does not support \\F, \\L, \\l, \\N{name}, \\U, or \\u at 3"},
        {"s/(?{ system 1 })/b/", "unrecognized character after (? or (?- at 2"},
        {"s/\\C/b/", "using \\C is disabled by the application at 2"},
        {"s/\xff/b/", "not UTF-8"},
        {"tr/z-a/x/", "a range whose end is before its beginning"},
        {"tr/a-c-e/x/", "a range that begins with the end of another"},
        {"tr/a/b/g", "the modifier g is not known to tr"},
        {"tr/a/b/r", "the modifier r is not known to tr"},
        {"tr/a/b/cd", "with c and d the right side is empty"},
        {"s/^$prefix\\./x/", "there are no variables; write \\$ for a dollar: $prefix\\."},
        {"s/\\\\${a}/x/", "there are no variables; write \\$ for a dollar: ${a}"},
        {"tr/a/bc/c", "with c the right side has one character at most"},
        {"tr'a'b'", "an apostrophe cannot be the delimiter of tr"},
        {"tr/a/\\x{ffffffffff}/", "a bad number in braces"},
        {"s/a/" + std::string(20'000, 'x') + "/", "longer than 16 KiB"},
    };
    for (const auto& [expression, cause] : table) EXPECT_EQ(complaint(expression), cause) << expression;
    EXPECT_EQ(complaint("s/a/\\x{100}/", Subject::octets), "a character above \\xff in a text of octets");
    EXPECT_EQ(complaint("tr/a/\\x{100}/", Subject::octets), "a character above \\xff in a text of octets");
}

TEST(Substitution, TextThatIsNotUtf8) {
    for (const char* expression : {"s/a/b/", "tr/a/b/"}) {
        const auto out = Substitution::parse(expression)->apply("a\xff");
        ASSERT_FALSE(out);
        EXPECT_EQ(out.error().kind, ErrorKind::invalid_argument);
        EXPECT_EQ(out.error().reach, Reach::message);
    }
}

// Each would run for days or take all memory.
TEST(Substitution, CatastrophesEnd) {
    const std::string letters(100'000, 'a');
    const struct {
        std::string expression, text;
    } table[] = {
        {"s/(a+)+$/x/", std::string(40, 'a') + "b"},
        {"s/(a|a)*b/x/", letters},
        {"s/(a*)*(b|c)/x/g", letters},
        {"s/a.*?[xy]/x/sg", std::string(1 << 20, 'a')},
        {"s/a[^b]*[^a]c/x/g", std::string(1 << 20, 'a') + "c"},
        {"s/a/x/gi", std::string(4 << 20, 'A')},
        {"s/(?:(?:|x)*)*[$]y/x/", letters},
        {"s/((?:a(?1)?)+)b/x/", letters},
        {"s/^(?:(a)|b)*[cd]/x/", std::string(1 << 20, 'a')},
    };
    for (const auto& [expression, text] : table) {
        const auto out = Substitution::parse(expression, Subject::octets)->apply(text);
        if (out) continue;
        EXPECT_EQ(out.error().kind, ErrorKind::limit_exceeded) << printable(expression, 40);
        EXPECT_EQ(out.error().reach, Reach::message);
    }
}

TEST(Substitution, LargeTextsAreNoCatastrophe) {
    std::string body;
    while (body.size() < 8u << 20) body += "All work and no play makes Jack a dull boy, said X-Spam Report.\r\n";
    const std::string message = "A: b\r\nDate: Mon\r\nSubject: x\r\n\r\n" + body;
    for (const char* expression :
         {"s/\\r?\\n/\\r\\n/g", "s/(.{9900})/$1\\r\\n/g", "s/a/b/g", "s/[aeiou]+/_/gi", "s/\\s+$//mg",
          "s{\\A(.*?(?! ^$)^Date:(.*?)$)(.*)\\z}{$1\\nReceived: From; $2\\n$3}gsm",
          "s{\\A((?:[^\\n]+\\n)+|)^Date:[^\\n]*\\n(\\r?\\n|.*\\n\\r?\\n)}{$1$2}xms", "s/\\b(\\w+) \\1\\b/$1/g",
          "s/nowhere to be found//", "s{\\A(.*?)^Never:}{$1}ms", "tr/a-z/A-Z/"}) {
        const auto out = Substitution::parse(expression, Subject::octets)->apply(message);
        EXPECT_TRUE(out) << expression << ": " << out.error().to_string();
    }
}

TEST(Substitution, GrowthIsLimited) {
    std::string hundredfold;
    for (int i = 0; i < 100; ++i) hundredfold += "$&";
    const std::pair<std::string, std::string> table[] = {
        {"s/.*/" + hundredfold + "/s", std::string(1 << 20, 'a')},
        {"s/^/" + std::string(15'000, 'x') + "/mg", std::string(100'000, '\n')},
    };
    for (const auto& [expression, text] : table) {
        const auto out = Substitution::parse(expression, Subject::octets)->apply(text);
        ASSERT_FALSE(out) << printable(expression, 40);
        EXPECT_EQ(out.error().kind, ErrorKind::limit_exceeded);
    }
    EXPECT_EQ(applied("s/a/" + std::string(10'000, 'b') + "/", "a").size(), 10'000u) << "small texts may grow more";
    const auto doubled = Substitution::parse("s/x/$&$&/g");
    EXPECT_EQ(doubled->apply(std::string(2u << 20, 'x'))->size(), 4u << 20);
}

TEST(Regex, BareOrDelimited) {
    EXPECT_TRUE(matches("popopo", "a popopo b"));
    EXPECT_TRUE(matches("/popopo/", "a popopo b"));
    EXPECT_TRUE(matches("/POPOPO/i", "a popopo b"));
    EXPECT_FALSE(matches("/popopo/", "rrrrrr"));
    EXPECT_TRUE(matches("m{^$}", ""));
    EXPECT_FALSE(matches("m{^$}", "Hi!"));
    EXPECT_TRUE(matches("m{i}", "Hi!"));
    EXPECT_TRUE(matches("m (a)", "a"));
    EXPECT_TRUE(matches("m#a b#x", "ab"));
    EXPECT_TRUE(matches("m,a\\,b,", "a,b"));
    EXPECT_TRUE(matches("/a/gco", "a"));
    EXPECT_TRUE(matches("m.*o", "mailbox.o")) << "bare: no one has a dot as delimiter";
    EXPECT_TRUE(matches("mail", "mail"));
    EXPECT_TRUE(matches("m", "m"));
    EXPECT_TRUE(matches("", "anything"));
    EXPECT_TRUE(matches("m{[\\x80-\\xff]}", "\xff", Subject::octets));
    EXPECT_FALSE(matches("m{[\\x80-\\xff]}", "Hi!", Subject::octets));
}

TEST(Regex, OfAHeaderAlone) {
    const std::string_view partial = R"(m#\A((?:[^\n]+\n)+|)^Content-Type: Message/Partial;[^\n]*\n(?:\n|.*\n\n)#ism)";
    EXPECT_TRUE(matches(partial, "Date: x\ncontent-type: message/partial; b\nFrom: x\n\nHello\n", Subject::octets));
    EXPECT_TRUE(matches(partial, "Content-Type: Message/Partial;\nFrom: x\n\n", Subject::octets));
    EXPECT_FALSE(matches(partial, "Date: x\n\nContent-Type: Message/Partial; b\n\nBye\n", Subject::octets));
}

TEST(Regex, IsRefusedWithAReason) {
    const auto cause = [](std::string_view expression) {
        const auto regex = Regex::parse(expression);
        return regex ? "none" : regex.error().to_string();
    };
    EXPECT_EQ(cause("["), "pattern \"[\": missing terminating ] for character class at 1 (invalid_argument)");
    EXPECT_EQ(cause("m/[/"), "pattern \"m/[/\": missing terminating ] for character class at 1 (invalid_argument)");
    EXPECT_EQ(cause("m/a/e"),
              "pattern \"m/a/e\": the modifier e is refused: nothing is evaluated as Perl code (invalid_argument)");
    EXPECT_EQ(cause("m/a/z"), "pattern \"m/a/z\": the modifier z is not known (invalid_argument)");
    EXPECT_EQ(cause("m{a"), "pattern \"m{a\": no closing \"}\" (invalid_argument)");
    EXPECT_EQ(cause("/a/b/"), "pattern \"/a/b/\": text after the expression: / (invalid_argument)");
    EXPECT_FALSE(Regex::make("a)"));
    EXPECT_TRUE(Regex::make("/a/")->matches("x/a/y")) << "taken as it stands";
}

TEST(Regex, CatastrophesEnd) {
    EXPECT_FALSE(Regex::make("(a+)+$")->matches(std::string(60, 'a') + "b"));
    EXPECT_FALSE(Regex::make("(x+x+)+y")->matches(std::string(5'000, 'x')));
    EXPECT_FALSE(Regex::make("a")->matches("a\xff")) << "not UTF-8";
}

}  // namespace
}  // namespace godwit::sync
