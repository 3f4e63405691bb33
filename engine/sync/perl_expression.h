// Perl's expressions taken apart: s{a}{b}g is an operator, two texts and modifiers. Pure.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "engine/sync/perl_regex.h"

namespace godwit::sync {

struct PerlExpression {
    enum class Operator { match, substitute, transliterate };
    Operator op = Operator::match;
    // Between the delimiters. A pattern has lost the backslashes before delimiters that are no brackets, as in Perl.
    std::string first, second;
    std::string modifiers;
    bool verbatim = false;  // the delimiter of `second` is an apostrophe: nothing in it is special
};

// m, s, tr and y with any of ASCII's punctuation as delimiters, and /…/. A semicolon and blanks at the end are left out;
// other text is refused, since it would be code. The cause of the error says what is wrong; callers add the context.
Result<PerlExpression> take_apart(std::string_view expression);

// Whether it begins as a match with delimiters does: /, or m before punctuation that no pattern has after a letter.
bool looks_delimited(std::string_view expression);

// One character as Perl's strings write it, from after the backslash: n t r a e f b, x41, x{e9}, o{101}, 101, c[.
// A character that means nothing there stands for itself.
Result<char32_t> take_escaped(std::string_view& rest, Subject subject);
// The next character: of UTF-8 that is valid, or an octet.
char32_t take_character(std::string_view& rest, Subject subject);
void append_character(std::string& out, char32_t code, Subject subject);

// An error of the expression that is being read.
std::unexpected<Error> bad_expression(std::string cause);

}  // namespace godwit::sync
