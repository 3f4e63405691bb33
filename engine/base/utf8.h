// Is it UTF-8? (RFC 3629: no surrogates, no overlong forms, nothing above U+10FFFF.) Pure.
#pragma once

#include <string_view>

namespace godwit {

bool is_utf8(std::string_view text);

}  // namespace godwit
