#include "scheduler/import/columns.h"

#include <fmt/format.h>

#include "engine/base/text.h"

namespace godwit::scheduler {

namespace {

constexpr ByColumn<std::string_view> column_names{
    "source_host",     "source_port",      "source_tls",           "source_user",
    "source_password", "source_auth_user", "destination_host",     "destination_port",
    "destination_tls", "destination_user", "destination_password", "destination_auth_user",
    "external_id",     "options",
};

struct Part {
    std::string_view name;
    std::size_t offset;
};

// After "source_" or before "1".
constexpr std::array parts{
    Part{"host", 0}, Part{"port", 1},     Part{"tls", 2},       Part{"ssl", 2},
    Part{"user", 3}, Part{"password", 4}, Part{"auth_user", 5}, Part{"authuser", 5},
};

struct Prefix {
    std::string_view name;
    std::size_t first;
};

constexpr std::array prefixes{
    Prefix{"source_", 0},
    Prefix{"src_", 0},
    Prefix{"destination_", side_columns},
    Prefix{"dest_", side_columns},
    Prefix{"dst_", side_columns},
};

std::optional<Column> side_column(std::string_view part_name, std::size_t first) {
    for (const auto& part : parts)
        if (part.name == part_name) return static_cast<Column>(first + part.offset);
    return std::nullopt;
}

}  // namespace

std::optional<Column> column_of(std::string_view header_name) {
    auto name = lower_case(header_name);
    std::ranges::replace(name, '-', '_');
    if (name == "external_id") return Column::external_id;
    if (name == "options") return Column::options;
    for (const auto& prefix : prefixes)
        if (name.starts_with(prefix.name))
            return side_column(std::string_view(name).substr(prefix.name.size()), prefix.first);
    if (name.ends_with('1')) return side_column(std::string_view(name).substr(0, name.size() - 1), 0);
    if (name.ends_with('2'))
        return side_column(std::string_view(name).substr(0, name.size() - 1), side_columns);
    return std::nullopt;
}

std::vector<std::string> names_of(Column column) {
    std::vector<std::string> names{std::string(name_of(column))};
    const auto add = [&](std::string name) {
        if (name != names.front()) names.push_back(std::move(name));
    };
    const auto index = index_of(column);
    for (const auto& part : parts)
        for (const auto& prefix : prefixes)
            if (prefix.first + part.offset == index) add(fmt::format("{}{}", prefix.name, part.name));
    for (const auto& part : parts)
        for (const auto& [number, first] : {std::pair{1, std::size_t{0}}, {2, side_columns}})
            if (first + part.offset == index) add(fmt::format("{}{}", part.name, number));
    return names;
}

std::string_view name_of(Column column) { return column_names[index_of(column)]; }

}  // namespace godwit::scheduler
