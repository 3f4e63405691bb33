// The files of schemas/ as they were at build time: SQL migrations, named queries, the OpenAPI document.
#pragma once

#include <string_view>
#include <vector>

namespace godwit::schemas {

struct File {
    std::string_view name;  // relative to schemas/, e.g. "migrations/0001_initial.sql"
    std::string_view text;
};

// Sorted by name, so migrations come in order.
std::vector<File> files();

}  // namespace godwit::schemas
