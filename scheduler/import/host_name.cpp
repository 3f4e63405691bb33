#include "scheduler/import/host_name.h"

#include <arpa/inet.h>

#include <charconv>

#include "engine/base/text.h"

namespace godwit::scheduler {

namespace {

bool is_address(int family, const std::string& text) {
    unsigned char octets[sizeof(in6_addr)];
    return inet_pton(family, text.c_str(), octets) == 1;
}

bool is_label(std::string_view label) {
    if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-') return false;
    return std::ranges::all_of(
        label, [](unsigned char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
}

bool is_name(std::string_view name) {
    if (name.empty() || name.size() > 253) return false;
    while (true) {
        const auto dot = name.find('.');
        const auto label = name.substr(0, dot);
        if (!is_label(label)) return false;
        // A last label of digits means an address (RFC 3696, 2), and those were looked at before.
        if (dot == std::string_view::npos)
            return label.find_first_not_of("0123456789") != std::string_view::npos;
        name.remove_prefix(dot + 1);
    }
}

}  // namespace

std::optional<std::uint16_t> parse_port(std::string_view text) {
    unsigned value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || value < 1 || value > 65535)
        return std::nullopt;
    return static_cast<std::uint16_t>(value);
}

HostProblem parse_host(std::string_view text, HostAndPort& out) {
    std::string_view host = text, port;
    bool has_port = false, bracketed = false;
    if (text.starts_with('[')) {
        const auto close = text.find(']');
        if (close == std::string_view::npos) return HostProblem::bad_host;
        host = text.substr(1, close - 1);
        bracketed = true;
        if (const auto rest = text.substr(close + 1); !rest.empty()) {
            if (rest[0] != ':') return HostProblem::bad_host;
            has_port = true;
            port = rest.substr(1);
        }
    } else if (const auto colon = text.find(':');
               colon != std::string_view::npos && text.rfind(':') == colon) {
        host = text.substr(0, colon);
        port = text.substr(colon + 1);
        has_port = true;
    }
    out.host = lower_case(host);
    if (!bracketed && out.host.ends_with('.')) out.host.pop_back();
    const bool v6 = out.host.find(':') != std::string::npos;
    if (out.host.find('\0') != std::string::npos || v6 < bracketed) return HostProblem::bad_host;
    if (v6 ? !is_address(AF_INET6, out.host) : !is_address(AF_INET, out.host) && !is_name(out.host))
        return HostProblem::bad_host;
    if (!has_port) return HostProblem::none;
    const auto number = parse_port(port);
    if (!number) return HostProblem::bad_port;
    out.port = *number;
    return HostProblem::none;
}

}  // namespace godwit::scheduler
