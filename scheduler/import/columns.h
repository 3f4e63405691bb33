// The columns of import files: what a row may say, and the names headers use for it.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace godwit::scheduler {

enum class Column {
    source_host,
    source_port,
    source_tls,
    source_user,
    source_password,
    source_auth_user,
    destination_host,
    destination_port,
    destination_tls,
    destination_user,
    destination_password,
    destination_auth_user,
    external_id,
    options,
};
inline constexpr std::size_t column_count = 14;
// The six columns of the destination come in the order of those of the source.
inline constexpr std::size_t side_columns = 6;

// Header names, in any case, with '-' or '_': source_host, src_host or host1; destination_host, dest_host,
// dst_host or host2; the same for port, tls (also ssl1), user, password and auth_user (also authuser1);
// external_id; options.
std::optional<Column> column_of(std::string_view header_name);
// "source_host".
std::string_view name_of(Column column);
// All names that column_of() knows, in lower case and with '_'; that of name_of() comes first.
std::vector<std::string> names_of(Column column);

template <class T>
using ByColumn = std::array<T, column_count>;
constexpr std::size_t index_of(Column column) { return static_cast<std::size_t>(column); }

}  // namespace godwit::scheduler
