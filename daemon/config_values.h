// How single values are written in the configuration. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace godwit::daemon {

// Decimal digits only.
std::optional<std::uint64_t> parse_integer(std::string_view text);
// Numbers with units, largest first: "500ms", "30s", "10m", "1h30m", "2d". A number alone is refused.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);
// "512B", "256KiB", "1MiB", "2GiB", "1TiB".
std::optional<std::uint64_t> parse_size(std::string_view text);
// As parse_duration and parse_size read them.
std::string duration_text(std::chrono::milliseconds duration);
std::string size_text(std::uint64_t bytes);

struct ListenAddress {
    std::string address;  // numeric
    std::uint16_t port = 0;
    friend bool operator==(const ListenAddress&, const ListenAddress&) = default;
};
// "127.0.0.1:8420", "[::1]:8420".
std::optional<ListenAddress> parse_listen(std::string_view text);

// The candidate that `word` is probably meant to be; empty when none is near.
std::string_view nearest(std::string_view word, const std::vector<std::string_view>& candidates);

}  // namespace godwit::daemon
