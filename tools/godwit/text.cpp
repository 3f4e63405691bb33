#include "tools/godwit/text.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "engine/base/error.h"

namespace godwit::cli {

namespace {

// Ranges of the wide characters (East Asian scripts, emoji) and of the commonest marks that take no column.
constexpr std::array<std::pair<char32_t, char32_t>, 9> wide{{{0x1100, 0x115f},
                                                             {0x2e80, 0xa4cf},
                                                             {0xac00, 0xd7a3},
                                                             {0xf900, 0xfaff},
                                                             {0xfe30, 0xfe6f},
                                                             {0xff00, 0xff60},
                                                             {0xffe0, 0xffe6},
                                                             {0x1f300, 0x1faff},
                                                             {0x20000, 0x3fffd}}};
constexpr std::array<std::pair<char32_t, char32_t>, 3> narrowless{
    {{0x0300, 0x036f}, {0x200b, 0x200f}, {0xfe00, 0xfe0f}}};

bool is_in(const auto& ranges, char32_t c) {
    return std::ranges::any_of(ranges,
                               [c](const auto& range) { return c >= range.first && c <= range.second; });
}

struct Character {
    std::size_t bytes = 1;
    std::size_t columns = 1;
};

// The first one of a text that is not empty; valid UTF-8 is taken for granted.
Character first_of(std::string_view text) {
    const auto lead = static_cast<unsigned char>(text[0]);
    const std::size_t bytes = lead < 0xc0 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    if (bytes == 1 || text.size() < bytes) return {1, 1};
    char32_t code = lead & (0xffu >> (bytes + 1));
    for (std::size_t i = 1; i < bytes; ++i) code = code << 6 | (static_cast<unsigned char>(text[i]) & 0x3fu);
    if (is_in(narrowless, code)) return {bytes, 0};
    return {bytes, is_in(wide, code) ? std::size_t{2} : std::size_t{1}};
}

std::string padded(const std::string& cell, std::size_t width, Table::Align align) {
    const std::string blanks(width - std::min(width, columns_of(cell)), ' ');
    return align == Table::Align::left ? cell + blanks : blanks + cell;
}

}  // namespace

std::size_t columns_of(std::string_view utf8) {
    std::size_t columns = 0;
    while (!utf8.empty()) {
        const auto [bytes, taken] = first_of(utf8);
        columns += taken;
        utf8.remove_prefix(bytes);
    }
    return columns;
}

std::string shown(std::string_view text, std::size_t width) {
    // A column is hardly ever more than eight bytes.
    auto line = printable(text, width * 8 + 8);
    if (columns_of(line) <= width) return line;
    std::size_t end = 0;
    for (std::size_t columns = 0; end < line.size();) {
        const auto [bytes, taken] = first_of(std::string_view(line).substr(end));
        columns += taken;
        if (columns >= width) break;
        end += bytes;
    }
    return line.substr(0, end) + "…";
}

std::string count_text(std::uint64_t count) {
    auto digits = fmt::format("{}", count);
    for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3)
        digits.insert(static_cast<std::size_t>(at), 1, ',');
    return digits;
}

std::string count_text(std::uint64_t count, std::string_view one, std::string_view many) {
    return fmt::format("{} {}", count_text(count), count == 1 ? one : many);
}

std::string bytes_text(double bytes) {
    constexpr std::array units{"KiB", "MiB", "GiB", "TiB", "PiB"};
    if (!(bytes >= 1023.5)) return fmt::format("{:.0f} B", std::max(bytes, 0.0));
    std::size_t unit = 0;
    double value = bytes / 1024;
    while (value >= 1023.95 && unit + 1 < units.size()) {
        value /= 1024;
        ++unit;
    }
    return fmt::format("{:.1f} {}", value, units[unit]);
}

std::string duration_text(std::chrono::seconds duration) {
    const auto total = std::max<std::int64_t>(duration.count(), 0);
    if (total < 60) return fmt::format("{} s", total);
    if (total < 3600) return fmt::format("{} min {:02} s", total / 60, total % 60);
    if (total < 86'400) return fmt::format("{} h {:02} min", total / 3600, total / 60 % 60);
    return fmt::format("{} d {:02} h", total / 86'400, total / 3600 % 24);
}

std::string percent_text(double fraction) {
    const auto percent = std::clamp(std::floor(fraction * 100), 0.0, 100.0);
    return fmt::format("{:3.0f} %", percent);
}

std::string bar_text(double fraction, std::size_t width) {
    const std::size_t inside = width > 2 ? width - 2 : 0;
    const auto wanted = std::floor(std::clamp(fraction, 0.0, 1.0) * static_cast<double>(inside));
    const auto filled = static_cast<std::size_t>(wanted);
    return "[" + std::string(filled, '#') + std::string(inside - filled, '.') + "]";
}

void Table::add(std::vector<std::string> cells) {
    cells.resize(columns_.size());
    for (std::size_t i = 0; i < cells.size(); ++i) cells[i] = shown(cells[i], columns_[i].limit);
    rows_.push_back(std::move(cells));
}

std::string Table::text() const {
    std::vector<std::size_t> widths;
    for (const auto& column : columns_) widths.push_back(columns_of(column.title));
    for (const auto& row : rows_)
        for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], columns_of(row[i]));
    std::string out;
    const auto add_line = [&](auto cell_at) {
        std::string line;
        for (std::size_t i = 0; i < columns_.size(); ++i) {
            if (i > 0) line += "  ";
            line += padded(cell_at(i), widths[i], columns_[i].align);
        }
        line.erase(line.find_last_not_of(' ') + 1);
        out += line + "\n";
    };
    add_line([&](std::size_t i) { return columns_[i].title; });
    for (const auto& row : rows_) add_line([&](std::size_t i) { return row[i]; });
    return out;
}

}  // namespace godwit::cli
