// Small things about text that several layers need.
#pragma once

#include <algorithm>
#include <cctype>
#include <string>
#include <string_view>

namespace godwit {

// ASCII only, as the grammars of IMAP, HTTP and RFC 5322 mean it.
inline bool equals_ignoring_case(std::string_view a, std::string_view b) {
    return a.size() == b.size() && std::ranges::equal(a, b, [](unsigned char x, unsigned char y) {
               return std::tolower(x) == std::tolower(y);
           });
}

inline std::string lower_case(std::string_view text) {
    std::string out(text);
    std::ranges::transform(out, out.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return out;
}

}  // namespace godwit
