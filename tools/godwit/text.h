// Text for people: numbers with units, tables, bars. Pure.
//
// Whatever a server or a file may have said passes through shown() before it reaches a terminal.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace godwit::cli {

// One line, valid UTF-8, no control characters, at most `width` columns ("…" where it was cut).
std::string shown(std::string_view text, std::size_t width = 300);
// What a terminal uses: two for East Asian characters and emoji, none for combining marks.
std::size_t columns_of(std::string_view utf8);

std::string count_text(std::uint64_t count);  // "12,345"
// "1 message", "2,000 messages".
std::string count_text(std::uint64_t count, std::string_view one, std::string_view many);
std::string bytes_text(double bytes);                      // "0 B", "1.5 MiB"
std::string duration_text(std::chrono::seconds duration);  // "42 s", "3 min 05 s", "2 h 03 min", "3 d 04 h"
std::string percent_text(double fraction);                 // "  7 %"; 100 only when it is all
std::string bar_text(double fraction, std::size_t width);  // "[#####.....]", `width` columns in all

// Columns as wide as their longest cell; the last one is not padded.
class Table {
public:
    enum class Align { left, right };
    struct Column {
        std::string title;
        Align align = Align::left;
        std::size_t limit = 40;  // longer cells are cut
    };

    explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}
    // One cell a column; missing ones are empty.
    void add(std::vector<std::string> cells);
    std::size_t rows() const { return rows_.size(); }
    // Header and rows, a newline after each.
    std::string text() const;

private:
    std::vector<Column> columns_;
    std::vector<std::vector<std::string>> rows_;
};

}  // namespace godwit::cli
