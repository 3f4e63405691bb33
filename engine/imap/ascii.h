// ASCII case and classes, independent of the locale: IMAP's words are compared in any case (RFC 9051 section
// 9, note 1).
#pragma once

#include <string>
#include <string_view>

namespace godwit::imap {

constexpr char ascii_upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

// `word` is in upper case.
constexpr bool is_word(std::string_view text, std::string_view word) {
    if (text.size() != word.size()) return false;
    for (std::size_t i = 0; i < text.size(); ++i)
        if (ascii_upper(text[i]) != word[i]) return false;
    return true;
}

inline std::string ascii_upper(std::string_view text) {
    std::string out(text);
    for (char& c : out) c = ascii_upper(c);
    return out;
}

}  // namespace godwit::imap
