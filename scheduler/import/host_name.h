// Names of hosts as people write them into files. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace godwit::scheduler {

struct HostAndPort {
    std::string host;        // lower case; IPv6 without brackets
    std::uint16_t port = 0;  // 0: not given
};

enum class HostProblem { none, bad_host, bad_port };

// "imap.example.org", "192.0.2.7", "[2001:db8::1]", each with ":993" behind or not, or a bare IPv6 address.
// Names are RFC 1123's, at most 253 octets; what looks like an IPv4 address must be one.
HostProblem parse_host(std::string_view text, HostAndPort& out);

// 1 to 65535, digits only.
std::optional<std::uint16_t> parse_port(std::string_view text);

}  // namespace godwit::scheduler
