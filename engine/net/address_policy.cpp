#include "engine/net/address_policy.h"

#include <algorithm>
#include <charconv>

#include <arpa/inet.h>

namespace godwit::net {
namespace {

using Bytes = std::array<unsigned char, 16>;

bool starts_with(const Bytes& bytes, std::initializer_list<unsigned char> head) {
    return std::equal(head.begin(), head.end(), bytes.begin());
}

bool is_mapped(const Bytes& bytes) { return starts_with(bytes, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}); }

// Where in an IPv6 address an IPv4 one is carried, or -1. Such an address ends up at the IPv4 one, so a rule
// about the latter must not be avoidable by writing it differently.
int carried_v4_at(const Bytes& bytes) {
    if (is_mapped(bytes)) return 12;
    if (starts_with(bytes, {0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0})) return 12;  // NAT64, RFC 6052
    if (starts_with(bytes, {0x20, 0x02})) return 2;                                    // 6to4, RFC 3056
    const bool high_zero = starts_with(bytes, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
    return high_zero && (bytes[12] != 0 || bytes[13] != 0) ? 12 : -1;  // "::192.0.2.1"
}

std::unexpected<Error> bad_network(std::string_view network) {
    return fail(ErrorKind::invalid_argument, Reach::node, "not a network: " + printable(network, 60));
}

}  // namespace

bool AddressPolicy::Network::holds(const Network& inner) const {
    if (v6 != inner.v6 || inner.prefix < prefix) return false;
    const std::size_t whole = prefix / 8;
    if (!std::equal(bytes.begin(), bytes.begin() + whole, inner.bytes.begin())) return false;
    const unsigned rest = prefix % 8;
    return rest == 0 || ((bytes[whole] ^ inner.bytes[whole]) >> (8 - rest)) == 0;
}

void AddressPolicy::Network::become_v4(std::size_t at) {
    std::copy_n(bytes.begin() + at, 4, bytes.begin());
    std::fill(bytes.begin() + 4, bytes.end(), 0);
    prefix = std::min(32u, prefix - static_cast<unsigned>(at) * 8);
    v6 = false;
}

struct AddressPolicy::Rules {
    std::vector<Network> never, link_local, private_networks, loopback, any;

    static std::vector<Network> list(std::initializer_list<std::string_view> networks) {
        std::vector<Network> out;
        for (const auto network : networks) out.push_back(*parse(network));
        return out;
    }
    static const Rules& get() {
        static const Rules rules{
            list({"0.0.0.0/8", "::/128", "224.0.0.0/4", "ff00::/8", "240.0.0.0/4"}),
            list({"169.254.0.0/16", "fe80::/10"}),
            list({"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7", "fec0::/10"}),
            list({"127.0.0.0/8", "::1/128"}),
            list({"0.0.0.0/0", "::/0"}),
        };
        return rules;
    }
};

Result<AddressPolicy::Network> AddressPolicy::parse(std::string_view network) {
    const std::size_t slash = network.find('/');
    std::string address(network.substr(0, slash));
    if (const std::size_t zone = address.find('%'); zone != std::string::npos) address.resize(zone);
    Network out{.text = std::string(network)};
    out.v6 = address.find(':') != std::string::npos;
    out.prefix = out.v6 ? 128 : 32;
    if (inet_pton(out.v6 ? AF_INET6 : AF_INET, address.c_str(), out.bytes.data()) != 1)
        return bad_network(network);
    if (slash != std::string_view::npos) {
        const std::string_view digits = network.substr(slash + 1);
        unsigned prefix = 0;
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), prefix);
        if (error != std::errc{} || end != digits.data() + digits.size() || prefix > out.prefix)
            return bad_network(network);
        out.prefix = prefix;
    }
    if (out.v6 && out.prefix >= 96 && is_mapped(out.bytes)) out.become_v4(12);
    return out;
}

const AddressPolicy::Network* AddressPolicy::match(const std::vector<Network>& networks,
                                                   const Network& address) {
    const auto found = std::ranges::find_if(networks, [&](const Network& n) { return n.holds(address); });
    return found == networks.end() ? nullptr : &*found;
}

Result<void> AddressPolicy::add(std::vector<Network>& to, std::string_view network) {
    const Rules& rules = Rules::get();
    const std::vector<Network>* named = network == "any"        ? &rules.any
                                        : network == "private"  ? &rules.private_networks
                                        : network == "loopback" ? &rules.loopback
                                                                : nullptr;
    if (named) {
        to.insert(to.end(), named->begin(), named->end());
        return {};
    }
    GODWIT_TRY(parsed, parse(network));
    to.push_back(std::move(parsed));
    return {};
}

Result<void> AddressPolicy::allow(std::string_view network) { return add(allowed_, network); }
Result<void> AddressPolicy::deny(std::string_view network) { return add(denied_, network); }
void AddressPolicy::allow_ports(std::vector<std::uint16_t> ports) { ports_ = std::move(ports); }

Result<void> AddressPolicy::check(std::string_view address, std::uint16_t port) const {
    const auto refuse = [&](std::string_view rule) {
        return fail(
            ErrorKind::address_denied, Reach::host,
            printable(address, 60) + " port " + std::to_string(port) + " is refused: " + std::string(rule));
    };
    if (!ports_.empty() && std::ranges::find(ports_, port) == ports_.end())
        return refuse("port is not allowed");
    auto parsed = parse(address);
    if (!parsed || address.find('/') != std::string_view::npos) return refuse("not a numeric address");
    if (const Network* rule = match(denied_, *parsed)) return refuse("denied network " + rule->text);
    if (const int at = parsed->v6 ? carried_v4_at(parsed->bytes) : -1; at >= 0)
        parsed->become_v4(static_cast<std::size_t>(at));
    if (const Network* rule = match(denied_, *parsed)) return refuse("denied network " + rule->text);

    const Rules& rules = Rules::get();
    if (match(rules.never, *parsed)) return refuse("unspecified, multicast or reserved");
    if (const Network* local = match(rules.link_local, *parsed)) {
        const bool opened = std::ranges::any_of(
            allowed_, [&](const Network& n) { return local->holds(n) && n.holds(*parsed); });
        return opened ? Result<void>{} : refuse("link-local");
    }
    if (match(allowed_, *parsed)) return {};
    if (match(rules.loopback, *parsed)) return refuse("loopback is not allowed");
    if (match(rules.private_networks, *parsed)) return refuse("private networks are not allowed");
    return {};
}

}  // namespace godwit::net
