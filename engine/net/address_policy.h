// AddressPolicy: which networks and ports Godwit may connect to. Pure.
//
// The API lets callers name any host, so without this a Godwit inside a network is a port scanner for outsiders
// (SSRF). The dialer checks every address after resolution, so that a name cannot smuggle one in.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

namespace godwit::net {

class AddressPolicy {
public:
    // Allows everything but what no mail server lives at: unspecified, multicast, link-local (169.254/16, fe80::/10,
    // so cloud metadata services too), broadcast. Loopback and private networks are refused unless allowed.
    AddressPolicy();

    // "10.0.0.0/8", "2001:db8::/32", "192.0.2.7", or "any" / "private" / "loopback".
    Result<void> allow(std::string_view network);
    Result<void> deny(std::string_view network);          // wins over allow
    void allow_ports(std::vector<std::uint16_t> ports);    // empty (default): every port

    // `address` is numeric. ErrorKind::address_denied, Reach::host, naming the address and the rule.
    Result<void> check(std::string_view address, std::uint16_t port) const;

private:
    struct Network {
        std::string text;
        bool v6 = false;
        std::array<unsigned char, 16> bytes{};
        unsigned prefix = 0;
    };
    static Result<std::vector<Network>> parse(std::string_view network);
    static const Network* match(const std::vector<Network>& networks, std::string_view address);

    std::vector<Network> allowed_;
    std::vector<Network> denied_;
    std::vector<std::uint16_t> ports_;
};

}  // namespace godwit::net
