// Messages made from three numbers when they are asked for, so that a folder of a million costs no more than
// its index. Pure: the same numbers always give the same octets, in any process.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace godwit::fakeimap {

struct Generated {
    std::uint32_t seed = 0;
    std::uint32_t number = 0;
    std::uint32_t size =
        0;  // octets of the whole message, at least `least_generated`; 0: not a generated message
};
inline constexpr std::uint32_t least_generated = 512;

std::string generated_header(const Generated& which);  // with the empty line
std::string generated_octets(const Generated& which);
std::string generated_date(const Generated& which);  // INTERNALDATE
std::vector<std::string> generated_flags(const Generated& which);

// The numbers of a message that is, octet for octet, a generated one.
std::optional<Generated> recognise(std::string_view octets);

}  // namespace godwit::fakeimap
