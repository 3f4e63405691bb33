// Small things about text that several layers need.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace godwit {

// ASCII only, as the grammars of IMAP, HTTP and RFC 5322 mean it.
constexpr char lower_case(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

inline bool equals_ignoring_case(std::string_view a, std::string_view b) {
    return a.size() == b.size() &&
           std::ranges::equal(a, b, [](char x, char y) { return lower_case(x) == lower_case(y); });
}

inline std::string lower_case(std::string_view text) {
    std::string out(text);
    std::ranges::transform(out, out.begin(), [](char c) { return lower_case(c); });
    return out;
}

}  // namespace godwit
