// What a command failed with, ready to be shown; and the API's problem documents (RFC 9457) in words. Pure.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include <boost/json/value.hpp>

#include "engine/base/error.h"
#include "tools/godwit/exit_code.h"

namespace godwit::cli {

struct Failure {
    ExitCode code = ExitCode::internal;
    std::string text;       // one or more lines, without the last newline
    std::string json = {};  // what the API answered; empty: nothing
};

template <class T = void>
using Outcome = std::expected<T, Failure>;

ExitCode exit_code_of_status(unsigned status);

// "row 17, column source_password: empty: the row has no password"; "field /name: too_long: …"; "parameter
// limit: …". Takes one member of a problem's or an import's `errors`.
std::string error_line(const boost::json::value& error);
// Title line with status and code, then one line for each error, at most `most` of them.
std::string problem_text(const boost::json::value& problem, unsigned status, std::size_t most = 20);
// An answer that is no success, whatever its body is.
Failure failure_of(unsigned status, std::string_view body);
// The daemon was not reached, or its answer was none.
Failure failure_of(const Error& error, std::string_view server);

}  // namespace godwit::cli

// GODWIT_CLI_TRY(name, expression): declares `name` as the value of an Outcome, or ends the coroutine with
// its failure.
#define GODWIT_CLI_TRY(name, ...)                                                      \
    auto name##_outcome = __VA_ARGS__;                                                 \
    if (!name##_outcome) co_return std::unexpected(std::move(name##_outcome).error()); \
    auto name = std::move(*name##_outcome)
#define GODWIT_CLI_CHECK(...) \
    if (auto cli_check = __VA_ARGS__; !cli_check) co_return std::unexpected(std::move(cli_check).error())
