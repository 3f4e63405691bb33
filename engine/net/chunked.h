// Chunked bodies of HTTP, as Beast's parser wants them.
#pragma once

#include <string_view>

namespace godwit::net {

// Whether the parser may be given this much of a chunked body. The last chunk begins with "0" and has five octets at least,
// with the two line ends; Beast (1.81) asserts that it gets no less once it has seen the "0".
inline bool enough_of_chunks(std::string_view unread) {
    if (unread.size() >= 5) return true;
    if (unread.starts_with("\r\n")) unread.remove_prefix(2);
    return !unread.empty() && unread.front() != '0';
}

}  // namespace godwit::net
