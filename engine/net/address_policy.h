// AddressPolicy: which networks and ports Godwit may connect to. Pure.
//
// The API lets callers name any host, so without this a Godwit inside a network is a port scanner for
// outsiders (SSRF). The dialer checks every address after resolution, so that a name cannot smuggle one in.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

namespace godwit::net {

class AddressPolicy {
public:
    // Allows everything but what no mail server lives at: unspecified, multicast, reserved (240/4, so
    // broadcast too), link-local (169.254/16, fe80::/10, so cloud metadata services too). Loopback and
    // private networks (RFC 1918, RFC 6598, fc00::/7) are refused unless allowed. IPv6 addresses that carry
    // an IPv4 one (mapped, NAT64, 6to4) are judged by that.
    AddressPolicy() = default;

    // "10.0.0.0/8", "2001:db8::/32", "192.0.2.7", or "any" / "private" / "loopback".
    // Link-local is opened only by a network that lies wholly in it, never by "any" or "0.0.0.0/0";
    // unspecified, multicast and reserved addresses never.
    Result<void> allow(std::string_view network);
    Result<void> deny(std::string_view network);         // wins over allow
    void allow_ports(std::vector<std::uint16_t> ports);  // empty (default): every port

    // `address` is numeric. ErrorKind::address_denied, Reach::host, naming the address and the rule.
    Result<void> check(std::string_view address, std::uint16_t port) const;

private:
    struct Network {
        std::string text;
        bool v6 = false;
        std::array<unsigned char, 16> bytes{};
        unsigned prefix = 0;

        bool holds(const Network& inner) const;
        void become_v4(std::size_t at);
    };
    struct Rules;
    static Result<Network> parse(std::string_view network);
    static Result<void> add(std::vector<Network>& to, std::string_view network);
    static const Network* match(const std::vector<Network>& networks, const Network& address);

    std::vector<Network> allowed_;
    std::vector<Network> denied_;
    std::vector<std::uint16_t> ports_;
};

}  // namespace godwit::net
