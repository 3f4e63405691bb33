#include "engine/sync/perl_expression.h"

#include <charconv>

namespace godwit::sync {
namespace {

constexpr std::size_t most_expression_bytes = 16u << 10;
constexpr std::string_view blanks = " \t\r\n\f\v";

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool is_delimiter(char c) { return c > ' ' && c < 0x7f && c != '_' && !is_letter(c) && !(c >= '0' && c <= '9'); }

char closing(char open) {
    constexpr std::string_view opening = "([{<", closes = ")]}>";
    const auto at = opening.find(open);
    return at == std::string_view::npos ? open : closes[at];
}

bool skip_blanks(std::string_view& rest) {
    const auto blank = std::min(rest.find_first_not_of(blanks), rest.size());
    rest.remove_prefix(blank);
    return blank > 0;
}

// Blanks and, after a blank, comments.
void skip_between(std::string_view& rest) {
    while (skip_blanks(rest) && rest.starts_with('#')) rest.remove_prefix(std::min(rest.find('\n'), rest.size()));
}

// Up to the closing delimiter, `rest` being after the opening one.
Result<std::string> take_text(std::string_view& rest, char open, bool strip) {
    const char close = closing(open);
    std::string text;
    for (int depth = 1; !rest.empty(); rest.remove_prefix(1)) {
        const char c = rest.front();
        if (c == '\\' && rest.size() > 1) {
            rest.remove_prefix(1);
            if (!strip || open != close || rest.front() != close) text += '\\';
        } else if (c == close && --depth == 0) {
            rest.remove_prefix(1);
            return text;
        } else if (c == open && open != close) {
            ++depth;
        }
        text += rest.front();
    }
    return bad_expression(std::string("no closing \"") + close + "\"");
}

Result<char> take_delimiter(std::string_view& rest) {
    const bool blank = skip_blanks(rest);
    if (rest.empty() || !is_delimiter(rest.front()) || (blank && rest.front() == '#'))
        return bad_expression("not one of s/…/…/, tr/…/…/, y/…/…/, m/…/");
    const char delimiter = rest.front();
    rest.remove_prefix(1);
    return delimiter;
}

PerlExpression::Operator take_operator(std::string_view& rest) {
    using enum PerlExpression::Operator;
    constexpr std::pair<std::string_view, PerlExpression::Operator> operators[] = {
        {"tr", transliterate}, {"y", transliterate}, {"s", substitute}, {"m", match}};
    for (const auto& [name, op] : operators) {
        if (!rest.starts_with(name)) continue;
        rest.remove_prefix(name.size());
        return op;
    }
    return match;  // of a bare /…/; anything else has no delimiter
}

// Digits of `base`, at most `most` of them.
char32_t take_number(std::string_view& rest, int base, std::size_t most) {
    std::uint32_t value = 0;
    const auto end = std::from_chars(rest.data(), rest.data() + std::min(most, rest.size()), value, base);
    rest.remove_prefix(static_cast<std::size_t>(end.ptr - rest.data()));
    return value;
}

Result<char32_t> take_braced(std::string_view& rest, int base) {
    const auto close = rest.find('}');
    if (close == std::string_view::npos) return bad_expression("no closing \"}\"");
    std::string_view digits = rest.substr(1, close - 1);
    const char32_t value = take_number(digits, base, 8);
    if (!digits.empty()) return bad_expression("a bad number in braces");
    rest.remove_prefix(close + 1);
    return value;
}

Result<char32_t> take_code(std::string_view& rest, Subject subject) {
    const char c = rest.front();
    constexpr std::string_view names = "ntraefb", meanings = "\n\t\r\a\x1b\f\b";
    if (c >= '0' && c <= '7') return take_number(rest, 8, 3);
    if (c == 'N') return bad_expression("\\N is not known in strings; write \\x{…}");
    if (c != 'x' && c != 'o' && c != 'c' && names.find(c) == std::string_view::npos)
        return take_character(rest, subject);
    rest.remove_prefix(1);
    if (const auto at = names.find(c); at != std::string_view::npos) return meanings[at];
    if (c != 'c' && rest.starts_with('{')) return take_braced(rest, c == 'x' ? 16 : 8);
    if (c == 'x') return take_number(rest, 16, 2);
    if (c == 'o' || rest.empty() || rest.front() < 0) return bad_expression(std::string("\\") + c + " stands alone");
    const char upper = rest.front() >= 'a' && rest.front() <= 'z' ? static_cast<char>(rest.front() - 32) : rest.front();
    rest.remove_prefix(1);
    return static_cast<char32_t>(upper ^ 64);
}

}  // namespace

std::unexpected<Error> bad_expression(std::string cause) {
    return fail(ErrorKind::invalid_argument, Reach::account, std::move(cause));
}

bool looks_delimited(std::string_view expression) {
    skip_blanks(expression);
    if (expression.starts_with('/')) return true;
    if (!expression.starts_with('m')) return false;
    expression.remove_prefix(1);
    const bool blank = skip_blanks(expression);
    constexpr std::string_view of_patterns = ".*+?\\$^";
    return !expression.empty() && is_delimiter(expression.front()) &&
           (!blank || closing(expression.front()) != expression.front()) &&
           of_patterns.find(expression.front()) == std::string_view::npos;
}

Result<PerlExpression> take_apart(std::string_view expression) {
    if (expression.size() > most_expression_bytes) return bad_expression("longer than 16 KiB");
    PerlExpression out;
    std::string_view rest = expression;
    skip_blanks(rest);
    out.op = take_operator(rest);
    const bool pattern = out.op != PerlExpression::Operator::transliterate;
    GODWIT_TRY(delimiter, take_delimiter(rest));
    GODWIT_TRY(first, take_text(rest, delimiter, pattern));
    out.first = std::move(first);
    if (out.op != PerlExpression::Operator::match) {
        char second_delimiter = delimiter;
        if (closing(delimiter) != delimiter) {
            skip_between(rest);
            GODWIT_TRY(another, take_delimiter(rest));
            second_delimiter = another;
        }
        GODWIT_TRY(second, take_text(rest, second_delimiter, false));
        out.second = std::move(second);
        out.verbatim = second_delimiter == '\'';
    }
    skip_blanks(rest);
    out.modifiers = rest.substr(0, static_cast<std::size_t>(std::ranges::find_if_not(rest, is_letter) - rest.begin()));
    rest.remove_prefix(out.modifiers.size());
    if (rest.find_first_not_of(" \t\r\n\f\v;") != std::string_view::npos)
        return bad_expression("text after the expression: " + printable(rest, 40));
    return out;
}

Result<char32_t> take_escaped(std::string_view& rest, Subject subject) {
    if (rest.empty()) return U'\\';
    GODWIT_TRY(code, take_code(rest, subject));
    const bool surrogate = code >= 0xd800 && code <= 0xdfff;
    if (subject == Subject::octets ? code > 0xff : code > 0x10ffff || surrogate)
        return bad_expression(subject == Subject::octets ? "a character above \\xff in a text of octets"
                                                         : "no character has that number");
    return code;
}

char32_t take_character(std::string_view& rest, Subject subject) {
    const auto first = static_cast<unsigned char>(rest.front());
    const std::size_t length = subject == Subject::octets || first < 0xc0 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    char32_t code = length == 1 ? first : first & (0x7fu >> length);
    for (std::size_t i = 1; i < length && i < rest.size(); ++i)
        code = code << 6 | (static_cast<unsigned char>(rest[i]) & 0x3fu);
    rest.remove_prefix(std::min(length, rest.size()));
    return code;
}

void append_character(std::string& out, char32_t code, Subject subject) {
    const auto tail = [&](int shift) { out += static_cast<char>(0x80 | (code >> shift & 0x3f)); };
    if (subject == Subject::octets || code < 0x80) {
        out += static_cast<char>(code);
    } else if (code < 0x800) {
        out += static_cast<char>(0xc0 | code >> 6);
        tail(0);
    } else if (code < 0x10000) {
        out += static_cast<char>(0xe0 | code >> 12);
        tail(6), tail(0);
    } else {
        out += static_cast<char>(0xf0 | code >> 18);
        tail(12), tail(6), tail(0);
    }
}

}  // namespace godwit::sync
