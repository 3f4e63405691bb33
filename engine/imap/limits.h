// WireLimits: what one server may make us hold. Crossing a limit leaves the connection usable or closed,
// never undefined.
#pragma once

#include <cstddef>
#include <cstdint>

namespace godwit::imap {

struct WireLimits {
    std::size_t line_bytes = 1u << 20;                     // one line of a response, literals apart
    std::size_t response_bytes = 4u << 20;                 // all lines and kept literals of one response
    std::size_t inline_literal_bytes = 256u << 10;         // larger literals are handed out in pieces
    std::uint64_t literal_bytes = std::uint64_t{2} << 30;  // a larger announced literal ends the connection
    std::size_t literals = 256;                            // in one response
    std::size_t nesting = 64;                              // parentheses
    std::size_t list_items = 1u << 20;                     // of one parenthesised list or set
    std::uint64_t command_bytes = 8u << 20;                // all that one command keeps (not the rows of a FETCH)
    std::uint64_t command_responses = 1u << 23;            // all that one command takes
    std::uint64_t ignored_responses = 1u << 22;            // that nobody asked for, in a row
};

}  // namespace godwit::imap
