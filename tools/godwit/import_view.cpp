#include "tools/godwit/import_view.h"

#include <fmt/format.h>
#include <boost/json.hpp>

#include "tools/godwit/json_fields.h"
#include "tools/godwit/text.h"

namespace godwit::cli {

namespace json = boost::json;

std::string import_errors_text(const json::value& report) {
    std::string text;
    const auto& errors = array_field(report, "errors");
    for (const auto& error : errors) text += error_line(error) + "\n";
    if (const auto total = number_field(report, "errors_total"); total > errors.size())
        text += fmt::format("and {} more\n", count_text(total - errors.size()));
    return text;
}

std::string import_text(const json::value& report) {
    const bool dry_run = flag_field(report, "dry_run");
    auto text = count_text(number_field(report, "rows"), "row", "rows");
    text += dry_run ? fmt::format(": {} good", count_text(number_field(report, "valid")))
                    : fmt::format(": {} stored", count_text(number_field(report, "stored")));
    if (const auto duplicates = number_field(report, "duplicates"); duplicates > 0)
        text += fmt::format(", {} in the batch already", count_text(duplicates));
    if (const auto wrong = number_field(report, "errors_total"); wrong > 0)
        text += fmt::format(", {} found", count_text(wrong, "error", "errors"));
    if (dry_run) text += "; nothing was stored";
    return text + "\n";
}

Failure import_failure(Failure failure) {
    boost::system::error_code error;
    const auto problem = json::parse(failure.json, error);
    if (error) return failure;
    failure.text =
        problem_text(problem, static_cast<unsigned>(number_field(problem, "status")), std::size_t(-1));
    if (const auto stored = number_field(problem, "stored"); stored > 0)
        failure.text += fmt::format("\n  {} stored before that", count_text(stored, "row was", "rows were"));
    if (text_field(problem, "code") == "no_valid_rows") failure.code = ExitCode::incomplete;
    return failure;
}

}  // namespace godwit::cli
