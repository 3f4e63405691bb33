#include "scheduler/import/yaml.h"

#include <algorithm>
#include <iterator>

#include "scheduler/import/host_name.h"
#include "scheduler/import/trim.h"

namespace godwit::scheduler {

namespace {

// Rows or errors that are handed out at once.
constexpr std::size_t group = 1000;
constexpr std::array login_columns{
    Column::source_user,      Column::source_password,      Column::source_auth_user,
    Column::destination_user, Column::destination_password, Column::destination_auth_user,
};

// Without leaving the old place of a text that grows behind.
void append(std::string& text, std::string_view more) {
    if (text.size() + more.size() > text.capacity()) {
        std::string larger;
        larger.reserve(std::max(text.size() + more.size(), text.capacity() * 2));
        larger = text;
        std::swap(text, larger);
        wipe(larger);
    }
    text += more;
}

}  // namespace

YamlImporter::YamlImporter(ImportDefaults defaults, ImportLimits limits)
    : defaults_(std::move(defaults)), limits_(limits) {}

YamlImporter::~YamlImporter() { wipe(text_); }

Result<void> YamlImporter::feed(std::string_view bytes) {
    if (bytes.size() > limits_.yaml_bytes - text_.size())
        return fail(ErrorKind::limit_exceeded, Reach::account,
                    fmt::format("a YAML file may have {} bytes at most; CSV is for more", limits_.yaml_bytes),
                    "file");
    append(text_, bytes);
    return {};
}

Result<void> YamlImporter::end() {
    if (!checker_) GODWIT_CHECK(read_document());
    for (const auto rows = document_.rows();
         next_ < rows.size() && rows_.size() < group && errors_.size() < group; ++next_)
        check_row(rows[next_]);
    return {};
}

Result<void> YamlImporter::read_document() {
    auto read = read_yaml(text_, limits_.rows);
    wipe(text_);
    std::string().swap(text_);
    if (!read)
        return refuse_file({read.error().line, "", "bad_yaml", std::move(read.error().detail)},
                           read.error().kind);
    document_ = std::move(*read);
    if (document_.defaults().line != 0) GODWIT_CHECK(read_defaults());
    checker_.emplace(defaults_);
    return {};
}

Result<void> YamlImporter::refuse_file(RowError error, ErrorKind kind) {
    const auto where = fmt::format("line {}{}", error.row, error.column.empty() ? "" : ", " + error.column);
    auto cause = fmt::format("{}: {}", where, error.detail);
    if (kind == ErrorKind::invalid_argument) errors_.push_back(std::move(error));
    return fail(kind, Reach::account, std::move(cause), "file");
}

YamlImporter::Parts YamlImporter::parts_of(const YamlDocument::Row& row, std::string prefix,
                                           std::size_t most_bytes) {
    Parts parts{.row = row.line, .prefix = std::move(prefix)};
    for (std::size_t i = 0; i < column_count; ++i)
        parts.names[i] = fmt::format("{}{}", parts.prefix, name_of(static_cast<Column>(i)));
    std::size_t size = 0;
    for (const auto& value : document_.values(row)) size += value.name_size + value.text_size + 2;
    if (size > most_bytes) {
        bad(parts, std::string(parts.prefix, 0, parts.prefix.find('.')), "too_long",
            fmt::format("is longer than {} bytes", most_bytes));
        return parts;
    }
    std::vector<OptionCell> beside;
    for (const auto& value : document_.values(row)) add_value(value, parts, beside);
    std::ranges::move(beside, std::back_inserter(parts.text.options));
    return parts;
}

void YamlImporter::bad(Parts& parts, std::string name, std::string_view code, std::string detail) {
    parts.good = false;
    errors_.push_back({parts.row, std::move(name), std::string(code), std::move(detail)});
}

void YamlImporter::add_value(const YamlDocument::Value& value, Parts& parts,
                             std::vector<OptionCell>& beside) {
    const bool is_next_entry = value.in_list && !parts.said.empty() && parts.said.back().place == value.name;
    if (!is_next_entry) parts.said.push_back(meaning_of(value, parts));
    const auto& name = parts.said.back();
    if (!name.good) return;
    const auto text = document_.text(value);
    if (text.size() > limits_.field_bytes)
        return bad(parts, name.shown, "too_long",
                   fmt::format("is longer than {} bytes", limits_.field_bytes));
    if (name.column) {
        // The values of a map of options follow.
        if (*name.column == Column::options && !value.is_text && !value.in_list) return;
        if (!value.is_text || value.in_list) return bad(parts, name.shown, "bad_value", "must be one value");
        parts.names[index_of(*name.column)] = name.shown;
        parts.text.values[index_of(*name.column)] = text;
        return;
    }
    const bool is_list = name.option->kind == sync::ValueKind::list;
    if (!value.is_text || (value.in_list && !is_list))
        return bad(parts, name.shown, "bad_option",
                   is_list ? "must be one value or a list of values" : "must be one value");
    (value.in_options ? parts.text.options : beside).push_back({name.option, text, name.shown});
}

YamlImporter::Name YamlImporter::meaning_of(const YamlDocument::Value& value, Parts& parts) {
    const auto given = document_.name(value);
    Name name{.place = value.name, .in_options = value.in_options};
    name.shown =
        fmt::format("{}{}{}", parts.prefix, value.in_options ? "options." : "", printable(given, 100));
    if (!value.in_options) name.column = column_of(given);
    if (!name.column) name.option = sync::find_row_option(given);
    const auto same = std::ranges::find_if(parts.said, [&](const Name& other) {
        return other.good && other.in_options == name.in_options && other.column == name.column &&
               other.option == name.option;
    });
    if (!name.column && !name.option) {
        bad(parts, name.shown, "unknown_column", "is not known");
        name.good = false;
    } else if (same != parts.said.end()) {
        bad(parts, name.shown, "unknown_column", "stands twice, also as " + same->shown);
        name.good = false;
    }
    return name;
}

Result<void> YamlImporter::read_defaults() {
    // Every row gets a copy: they may be no longer than the options of a row.
    auto parts = parts_of(document_.defaults(), "defaults.", limits_.field_bytes);
    const auto& values = parts.text.values;
    if (!values[index_of(Column::external_id)].empty())
        bad(parts, "defaults.external_id", "bad_value", "can be no default");
    if (parts.good) check_defaults(parts);
    if (!parts.good) {
        auto first = std::move(errors_.front());
        errors_.erase(errors_.begin());
        return refuse_file(std::move(first));
    }
    take_side(values, Column::source_host, defaults_.source_host, defaults_.source_port,
              defaults_.source_tls);
    take_side(values, Column::destination_host, defaults_.destination_host, defaults_.destination_port,
              defaults_.destination_tls);
    for (const auto column : login_columns) default_logins_[index_of(column)] = values[index_of(column)];
    GODWIT_CHECK(sync::apply_row_options(defaults_.options, values[index_of(Column::options)]));
    for (const auto& cell : parts.text.options)
        GODWIT_CHECK(sync::apply_cell(defaults_.options, *cell.option, cell.value));
    return {};
}

// As a row, of which the rest is made up.
void YamlImporter::check_defaults(Parts& parts) {
    RowText row = parts.text;
    for (const auto& [column, text] : {std::pair{Column::source_host, "source.invalid"},
                                       {Column::destination_host, "destination.invalid"},
                                       {Column::source_user, "(source)"},
                                       {Column::destination_user, "(destination)"},
                                       {Column::source_password, "x"},
                                       {Column::destination_password, "x"}})
        if (auto& value = row.values[index_of(column)]; value.empty()) value = text;
    std::vector<ImportedRow> rows;
    RowChecker(ImportDefaults()).check(parts.row, row, parts.names, rows, errors_);
    parts.good = !rows.empty();
}

void YamlImporter::take_side(const ByColumn<std::string_view>& values, Column host_column, std::string& host,
                             std::uint16_t& port, std::optional<net::TlsMode>& tls) {
    const auto value = [&](Column column) {
        return trim(values[index_of(host_column) + index_of(column) - index_of(Column::source_host)]);
    };
    if (const auto text = value(Column::source_host); !text.empty()) host = text;
    if (const auto text = value(Column::source_tls); !text.empty()) {
        tls = tls_mode_in(text);
        port = 0;  // was meant for another mode
    }
    if (const auto number = parse_port(value(Column::source_port))) port = *number;
}

void YamlImporter::check_row(const YamlDocument::Row& row) {
    ++rows_seen_;
    if (!row.is_map) {
        errors_.push_back({row.line, "", "bad_value", "must be a map of columns and options"});
        return;
    }
    auto parts = parts_of(row, "", limits_.row_bytes);
    if (!parts.good) return;
    for (const auto column : login_columns)
        if (auto& value = parts.text.values[index_of(column)]; value.empty())
            value = default_logins_[index_of(column)];
    checker_->check(row.line, parts.text, parts.names, rows_, errors_);
}

}  // namespace godwit::scheduler
