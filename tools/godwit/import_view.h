// An import as request and as text. Pure.
#pragma once

#include <string>
#include <string_view>

#include <boost/json/value.hpp>

#include "tools/godwit/options.h"
#include "tools/godwit/problem.h"

namespace godwit::cli {

// "?format=native&dry_run=true&source_host=…"
std::string import_query(const Import& command, std::string_view form);
// One line: "3 rows: 2 stored, 1 wrong", and what to do next.
std::string import_text(const boost::json::value& report);
// Every error that the report holds, a line each, and how many there are beyond.
std::string import_errors_text(const boost::json::value& report);
// A refused file: all its rows are listed, and "no row can be used" is about rows, not about the request.
Failure import_failure(Failure failure);

}  // namespace godwit::cli
