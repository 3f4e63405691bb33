#include "tools/godwit/text.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "engine/base/error.h"

namespace godwit::cli {

namespace {

bool continues_character(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

std::string padded(const std::string& cell, std::size_t width, Table::Align align) {
    const std::string blanks(width - std::min(width, columns_of(cell)), ' ');
    return align == Table::Align::left ? cell + blanks : blanks + cell;
}

}  // namespace

std::size_t columns_of(std::string_view utf8) {
    return static_cast<std::size_t>(
        std::ranges::count_if(utf8, [](char c) { return !continues_character(c); }));
}

std::string shown(std::string_view text, std::size_t width) {
    // A column is at most four bytes.
    auto line = printable(text, width * 4 + 4);
    if (columns_of(line) <= width) return line;
    std::size_t end = 0;
    for (std::size_t columns = 0; end < line.size(); ++end)
        if (!continues_character(line[end]) && ++columns == width) break;
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
