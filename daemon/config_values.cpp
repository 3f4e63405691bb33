#include "daemon/config_values.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

#include <arpa/inet.h>

namespace godwit::daemon {
namespace {

struct Unit {
    std::string_view name;
    std::uint64_t size;
};
constexpr std::array time_units{Unit{"d", 86'400'000}, Unit{"h", 3'600'000}, Unit{"m", 60'000},
                                Unit{"s", 1'000}, Unit{"ms", 1}};
constexpr std::array size_units{Unit{"TiB", 1ull << 40}, Unit{"GiB", 1ull << 30}, Unit{"MiB", 1ull << 20},
                                Unit{"KiB", 1ull << 10}, Unit{"B", 1}};
constexpr std::uint64_t longest_duration = 366ull * 86'400'000;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Takes a number and its unit off the front; the unit's place in `units`.
template <std::size_t N>
std::optional<std::size_t> take_part(std::string_view& text, const std::array<Unit, N>& units,
                                     std::uint64_t& value) {
    const auto number = std::ranges::find_if_not(text, is_digit);
    const auto digits = static_cast<std::size_t>(number - text.begin());
    const auto amount = parse_integer(text.substr(0, digits));
    if (!amount) return std::nullopt;
    text.remove_prefix(digits);
    const auto name =
        text.substr(0, static_cast<std::size_t>(std::ranges::find_if(text, is_digit) - text.begin()));
    text.remove_prefix(name.size());
    const auto unit = std::ranges::find(units, name, &Unit::name);
    if (unit == units.end() || *amount > std::numeric_limits<std::uint64_t>::max() / unit->size)
        return std::nullopt;
    value = *amount * unit->size;
    return static_cast<std::size_t>(unit - units.begin());
}

template <std::size_t N>
std::string largest_unit(std::uint64_t value, const std::array<Unit, N>& units) {
    for (const auto& unit : units)
        if (value != 0 && value % unit.size == 0)
            return std::to_string(value / unit.size) + std::string(unit.name);
    return "0" + std::string(units.back().name);
}

// How many letters must be added, removed, changed or swapped with their neighbour.
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::vector<std::size_t>> cost(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
    for (std::size_t i = 0; i <= a.size(); ++i) {
        for (std::size_t j = 0; j <= b.size(); ++j) {
            if (i == 0 || j == 0) {
                cost[i][j] = i + j;
                continue;
            }
            const std::size_t change = a[i - 1] == b[j - 1] ? 0 : 1;
            cost[i][j] = std::min({cost[i - 1][j] + 1, cost[i][j - 1] + 1, cost[i - 1][j - 1] + change});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
        }
    }
    return cost[a.size()][b.size()];
}

}  // namespace

std::optional<std::uint64_t> parse_integer(std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
    std::uint64_t total = 0;
    std::size_t next_unit = 0;  // so that each unit comes once and in order
    do {
        std::uint64_t value = 0;
        const auto unit = take_part(text, time_units, value);
        if (!unit || *unit < next_unit || value > longest_duration) return std::nullopt;
        next_unit = *unit + 1;
        total += value;
    } while (!text.empty());
    if (total > longest_duration) return std::nullopt;
    return std::chrono::milliseconds(total);
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
    std::uint64_t value = 0;
    if (!take_part(text, size_units, value) || !text.empty()) return std::nullopt;
    return value;
}

std::string duration_text(std::chrono::milliseconds duration) {
    return largest_unit(static_cast<std::uint64_t>(duration.count()), time_units);
}

std::string size_text(std::uint64_t bytes) { return largest_unit(bytes, size_units); }

std::optional<ListenAddress> parse_listen(std::string_view text) {
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos) return std::nullopt;
    const auto port = parse_integer(text.substr(colon + 1));
    if (!port || *port > 65535) return std::nullopt;
    std::string address(text.substr(0, colon));
    const bool bracketed = address.starts_with('[') && address.ends_with(']');
    if (bracketed) address = address.substr(1, address.size() - 2);
    std::array<unsigned char, 16> bytes{};
    if (inet_pton(bracketed ? AF_INET6 : AF_INET, address.c_str(), bytes.data()) != 1) return std::nullopt;
    return ListenAddress{std::move(address), static_cast<std::uint16_t>(*port)};
}

std::string_view nearest(std::string_view word, const std::vector<std::string_view>& candidates) {
    constexpr std::size_t longest_word = 64;  // the distance costs the product of the lengths
    if (word.size() > longest_word) return {};
    std::string_view best;
    std::size_t best_distance = std::max<std::size_t>(2, word.size() / 3) + 1;
    for (const auto candidate : candidates) {
        const auto found = distance(word, candidate);
        if (found >= best_distance) continue;
        best = candidate;
        best_distance = found;
    }
    return best;
}

}  // namespace godwit::daemon
