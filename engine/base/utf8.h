// Is it UTF-8, is it text? (RFC 3629: no surrogates, no overlong forms, nothing above U+10FFFF.) Pure.
#pragma once

#include <string_view>

namespace godwit {

bool is_utf8(std::string_view text);

// The line (from 1) of the first thing that a text file has not: control characters other than tabs and line
// breaks, or, if that is all, where the UTF-8 ends. 0: there is none.
std::size_t line_of_odd_text(std::string_view text);

}  // namespace godwit
