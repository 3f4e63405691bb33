#include "scheduler/import/imapsync_list.h"

#include <algorithm>

#include "scheduler/import/trim.h"

namespace godwit::scheduler {

namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
constexpr std::array columns{
    Column::source_host,      Column::source_user,          Column::source_password, Column::destination_host,
    Column::destination_user, Column::destination_password, Column::options,
};
constexpr std::array<std::string_view, columns.size()> column_names{
    "host1", "user1", "password1", "host2", "user2", "password2", "options",
};
constexpr std::size_t required_columns = 6;

// Reserved once: growing leaves copies behind.
constexpr std::size_t usual_line_bytes = 4096;

}  // namespace

ImapsyncListImporter::ImapsyncListImporter(ImportDefaults defaults, ImportLimits limits)
    : limits_(limits), checker_(std::move(defaults)) {
    line_.reserve(usual_line_bytes);
    for (std::size_t i = 0; i < columns.size(); ++i) names_[index_of(columns[i])] = column_names[i];
}

ImapsyncListImporter::~ImapsyncListImporter() { wipe(line_); }

Result<void> ImapsyncListImporter::feed(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto end = bytes.find('\n');
        GODWIT_CHECK(take(bytes.substr(0, end)));
        if (end == std::string_view::npos) break;
        bytes.remove_prefix(end + 1);
        GODWIT_CHECK(on_line(line_));
        wipe(line_);
        too_long_ = false;
        ++number_;
    }
    return {};
}

Result<void> ImapsyncListImporter::end() {
    if (!line_.empty()) GODWIT_CHECK(on_line(line_));
    wipe(line_);
    return {};
}

Result<void> ImapsyncListImporter::take(std::string_view bytes) {
    if (too_long_) return {};
    if (line_.size() + bytes.size() <= limits_.row_bytes) {
        line_ += bytes;
        return {};
    }
    too_long_ = true;
    wipe(line_);
    GODWIT_CHECK(count_row());
    errors_.push_back({number_, "", "too_long", fmt::format("is longer than {} bytes", limits_.row_bytes)});
    return {};
}

Result<void> ImapsyncListImporter::count_row() {
    if (rows_seen_ >= limits_.rows)
        return fail(ErrorKind::limit_exceeded, Reach::account, fmt::format("more than {} rows", limits_.rows),
                    "file");
    ++rows_seen_;
    return {};
}

Result<void> ImapsyncListImporter::on_line(std::string_view line) {
    if (too_long_) return {};
    if (number_ == 1 && line.starts_with(byte_order_mark)) line.remove_prefix(byte_order_mark.size());
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (trim(line).empty() || trim(line).front() == '#') return {};
    GODWIT_CHECK(count_row());

    RowText text;
    std::size_t count = 0;
    bool surplus = false;
    for (std::size_t begin = 0; begin <= line.size(); ++count) {
        const auto end = std::min(line.find(';', begin), line.size());
        const auto value = line.substr(begin, end - begin);
        begin = end + 1;
        if (count >= columns.size()) {
            surplus = surplus || count > columns.size() || !trim(value).empty();
            continue;
        }
        text.values[index_of(columns[count])] = value;
        if (value.size() <= limits_.field_bytes) continue;
        errors_.push_back({number_, std::string(column_names[count]), "too_long",
                           fmt::format("is longer than {} bytes", limits_.field_bytes)});
        return {};
    }
    if (count < required_columns || surplus) {
        errors_.push_back(
            {number_, "", "column_count",
             fmt::format("has {} values and needs 6 or 7; a value with ';' in it needs the native form",
                         count)});
        return {};
    }
    checker_.check(number_, text, names_, rows_, errors_);
    return {};
}

}  // namespace godwit::scheduler
