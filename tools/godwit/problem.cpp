#include "tools/godwit/problem.h"

#include <algorithm>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "tools/godwit/json_fields.h"
#include "tools/godwit/text.h"

namespace godwit::cli {

namespace json = boost::json;

namespace {

std::string place_of(const json::value& error) {
    std::string place;
    const auto add = [&](std::string_view word, const std::string& value) {
        if (value.empty()) return;
        if (!place.empty()) place += ", ";
        place += fmt::format("{} {}", word, shown(value, 80));
    };
    if (const auto row = number_field(error, "row"); row > 0) add("row", fmt::format("{}", row));
    add("column", text_field(error, "column"));
    add("field", text_field(error, "pointer"));
    add("parameter", text_field(error, "parameter"));
    return place;
}

std::string_view hint_for(unsigned status) {
    switch (status) {
        case 401:
            return "The daemon does not accept this token; godwit --help tells where tokens are looked for.";
        case 403: return "This token may not do that.";
        default: return {};
    }
}

}  // namespace

ExitCode exit_code_of_status(unsigned status) {
    if (status >= 200 && status < 300) return ExitCode::ok;
    if (status == 401 || status == 403) return ExitCode::not_authorised;
    if (status == 408 || status == 429 || status >= 500) return ExitCode::unavailable;
    return ExitCode::refused;
}

std::string error_line(const json::value& error) {
    std::string line = place_of(error);
    for (const std::string_view part : {"code", "detail"}) {
        const auto text = text_field(error, part);
        if (text.empty()) continue;
        if (!line.empty()) line += ": ";
        line += shown(text);
    }
    return line.empty() ? "an error without a description" : line;
}

std::string problem_text(const json::value& problem, unsigned status, std::size_t most) {
    auto said = text_field(problem, "detail");
    if (said.empty()) said = text_field(problem, "title");
    if (said.empty()) said = "the daemon refused";
    std::string text = shown(said);
    const auto code = text_field(problem, "code");
    text += code.empty() ? fmt::format(" (HTTP {})", status)
                         : fmt::format(" ({}, HTTP {})", shown(code, 60), status);
    const auto& errors = array_field(problem, "errors");
    for (std::size_t i = 0; i < errors.size() && i < most; ++i) text += "\n  " + error_line(errors[i]);
    if (errors.size() > most) text += fmt::format("\n  and {} more", errors.size() - most);
    if (const auto& allowed = array_field(problem, "allowed"); !allowed.empty()) {
        std::string names;
        for (const auto& name : allowed)
            if (name.is_string()) names += (names.empty() ? "" : ", ") + shown(name.get_string(), 40);
        text += "\n  allowed now: " + names;
    }
    if (const auto hint = hint_for(status); !hint.empty()) text += fmt::format("\n  {}", hint);
    return text;
}

Failure failure_of(unsigned status, std::string_view body) {
    boost::system::error_code error;
    const auto problem = json::parse(body, error);
    const auto code = exit_code_of_status(status);
    if (!error && problem.is_object()) return {code, problem_text(problem, status), std::string(body)};
    auto text = fmt::format("the daemon answered with HTTP status {}", status);
    if (const auto said = shown(body, 200); !said.empty()) text += ": " + said;
    if (const auto hint = hint_for(status); !hint.empty()) text += fmt::format("\n  {}", hint);
    return {code, std::move(text), {}};
}

Failure failure_of(const Error& error, std::string_view server) {
    const auto said = shown(error.to_string());
    switch (error.kind) {
        case ErrorKind::invalid_argument: return {ExitCode::usage, said};
        case ErrorKind::cancelled: return {ExitCode::interrupted, "interrupted"};
        default:
            return {ExitCode::unavailable,
                    fmt::format("cannot reach the daemon at {}: {}\n  Is godwitd running there? "
                                "Another address is given with --server or $GODWIT_SERVER.",
                                shown(server, 100), said)};
    }
}

}  // namespace godwit::cli
