#include "scheduler/import/native.h"

#include <algorithm>

#include "scheduler/import/trim.h"

namespace godwit::scheduler {

namespace {

// Every option several times over.
constexpr std::size_t most_columns = 256;
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

std::string_view without_mark(std::string_view text) {
    if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
    return text;
}

// The first line that is not blank, as far as it is there.
std::string_view first_line(std::string_view text) {
    text.remove_prefix(std::min(text.find_first_not_of("\r\n"), text.size()));
    return text.substr(0, text.find_first_of("\r\n"));
}

bool has_first_line(std::string_view text) {
    text = without_mark(text);
    const auto begin = text.find_first_not_of("\r\n");
    return begin != std::string_view::npos && text.find_first_of("\r\n", begin) != std::string_view::npos;
}

char delimiter_of(std::string_view header) {
    char best = ',';
    for (const char candidate : {',', ';', '\t'})
        if (std::ranges::count(header, candidate) > std::ranges::count(header, best)) best = candidate;
    return best;
}

}  // namespace

NativeImporter::NativeImporter(ImportDefaults defaults, ImportLimits limits)
    : defaults_(std::move(defaults)), limits_(limits), checker_(defaults_) {
    for (std::size_t i = 0; i < column_count; ++i) names_[i] = name_of(static_cast<Column>(i));
}

Result<void> NativeImporter::feed(std::string_view bytes) {
    // In portions, so that the beginning is not held longer than a header may be.
    while (!reader_ && !bytes.empty()) {
        const auto portion = bytes.substr(0, limits_.row_bytes);
        bytes.remove_prefix(portion.size());
        beginning_ += portion;
        if (has_first_line(beginning_) || beginning_.size() > limits_.row_bytes + byte_order_mark.size())
            open_reader();
    }
    if (reader_ && !failed_) reader_->feed(bytes);
    return outcome();
}

Result<void> NativeImporter::end() {
    if (!reader_) open_reader();
    if (!failed_) reader_->end();
    if (!failed_ && header_.empty()) refuse_file({1, "", "missing_column", "the file has no header row"});
    return outcome();
}

void NativeImporter::open_reader() {
    const auto text = without_mark(beginning_);
    // Looked for in no more than a header may have, so that it does not depend on how much came at once.
    const char delimiter = delimiter_of(first_line(text.substr(0, limits_.row_bytes)));
    reader_ = std::make_unique<CsvReader>(delimiter, limits_.field_bytes, limits_.row_bytes,
                                          static_cast<CsvReader::Sink&>(*this));
    reader_->feed(text);
    wipe(beginning_);
}

Result<void> NativeImporter::outcome() const {
    if (failed_) return std::unexpected(*failed_);
    return {};
}

bool NativeImporter::refuse_file(RowError error) {
    std::string cause =
        error.column.empty() ? error.detail : fmt::format("column {}: {}", error.column, error.detail);
    failed_ = Error{ErrorKind::invalid_argument, Reach::account, std::move(cause), "header row"};
    errors_.push_back(std::move(error));
    return false;
}

bool NativeImporter::on_header(std::uint64_t line, std::span<const std::string_view> values) {
    if (values.size() > most_columns)
        return refuse_file({line, "", "column_count", fmt::format("has more than {} columns", most_columns)});
    for (const auto value : values) {
        const auto name = trim(value);
        HeaderField field{column_of(name), nullptr, printable(name, 100)};
        if (!field.column) field.option = sync::find_row_option(name);
        if (!field.column && !field.option)
            return refuse_file({line, field.name, "unknown_column", "is not known"});
        if (!add_field(line, std::move(field))) return false;
    }
    return has_required(line);
}

bool NativeImporter::add_field(std::uint64_t line, HeaderField field) {
    const bool may_repeat = field.option && field.option->kind == sync::ValueKind::list;
    const auto same = std::ranges::find_if(header_, [&](const HeaderField& other) {
        return other.column == field.column && other.option == field.option;
    });
    if (same != header_.end() && !may_repeat)
        return refuse_file({line, field.name, "unknown_column", "stands twice, also as " + same->name});
    if (field.column) names_[index_of(*field.column)] = field.name;
    header_.push_back(std::move(field));
    return true;
}

bool NativeImporter::has_required(std::uint64_t line) {
    const auto missing = [&](Column column) {
        return std::ranges::find(header_, column, &HeaderField::column) == header_.end();
    };
    for (const auto column : {Column::source_user, Column::source_password, Column::destination_user,
                              Column::destination_password})
        if (missing(column))
            return refuse_file({line, std::string(name_of(column)), "missing_column", "is missing"});
    const auto host_missing = [&](Column column, const std::string& by_default) {
        return by_default.empty() && missing(column);
    };
    for (const auto& [column, by_default] : {std::pair{Column::source_host, defaults_.source_host},
                                             std::pair{Column::destination_host, defaults_.destination_host}})
        if (host_missing(column, by_default))
            return refuse_file({line, std::string(name_of(column)), "missing_column",
                                "is missing, and there is no default for it"});
    return true;
}

bool NativeImporter::count_row() {
    if (rows_seen_ >= limits_.rows) {
        failed_ = Error{ErrorKind::limit_exceeded, Reach::account,
                        fmt::format("more than {} rows", limits_.rows), "file"};
        return false;
    }
    ++rows_seen_;
    return true;
}

bool NativeImporter::on_row(std::uint64_t line, std::span<const std::string_view> values) {
    if (values.size() == 1 && trim(values[0]).empty()) return true;  // nothing but spaces
    if (header_.empty()) return on_header(line, values);
    if (!count_row()) return false;
    if (values.size() != header_.size()) {
        errors_.push_back(
            {line, "", "column_count",
             fmt::format("has {} values, the header names {} columns", values.size(), header_.size())});
        return true;
    }
    checker_.check(line, row_of(values), names_, rows_, errors_);
    return true;
}

RowText NativeImporter::row_of(std::span<const std::string_view> values) const {
    RowText text;
    for (std::size_t i = 0; i < values.size(); ++i) {
        const auto& field = header_[i];
        if (field.column)
            text.values[index_of(*field.column)] = values[i];
        else if (const auto value = trim(values[i]); !value.empty())
            text.options.push_back({field.option, value, field.name});
    }
    return text;
}

bool NativeImporter::on_bad_row(std::uint64_t line, std::size_t index, std::string_view code,
                                std::string detail) {
    if (header_.empty()) return refuse_file({line, "", std::string(code), std::move(detail)});
    if (!count_row()) return false;
    errors_.push_back(
        {line, index < header_.size() ? header_[index].name : "", std::string(code), std::move(detail)});
    return true;
}

}  // namespace godwit::scheduler
