#include <boost/json.hpp>

#include "tools/godwit/commands.h"
#include "tools/godwit/import_source.h"
#include "tools/godwit/import_view.h"
#include "tools/godwit/json_fields.h"

namespace godwit::cli {

namespace json = boost::json;

namespace {

Outcome<std::string> form_of(const Import& command, ImportSource& source) {
    if (command.format != "auto") return command.format;
    if (is_yaml_name(command.file)) return "yaml";
    const auto beginning = source.peek();
    if (!beginning) return std::unexpected(Failure{ExitCode::no_input, beginning.error().to_string()});
    return std::string(guess_form(*beginning));
}

std::string_view content_type_of(std::string_view form) {
    if (form == "yaml") return "application/yaml";
    return form == "native" ? "text/csv" : "text/plain; profile=imapsync";
}

}  // namespace

std::string import_query(const Import& command, std::string_view form) {
    std::string query = fmt::format("?format={}", form);
    const auto add = [&](std::string_view name, const std::string& value) {
        if (!value.empty()) query += fmt::format("&{}={}", name, percent_encoded(value));
    };
    if (command.dry_run) query += "&dry_run=true";
    add("source_host", command.source_host);
    add("source_port", command.source_port == 0 ? "" : std::to_string(command.source_port));
    add("source_tls", command.source_tls);
    add("destination_host", command.destination_host);
    add("destination_port", command.destination_port == 0 ? "" : std::to_string(command.destination_port));
    add("destination_tls", command.destination_tls);
    add("options", command.options);
    return query;
}

Ending run(Session& session, const Import& command) {
    auto source = ImportSource::open(command.file);
    if (!source) co_return std::unexpected(Failure{ExitCode::no_input, source.error().to_string()});
    GODWIT_CLI_TRY(form, form_of(command, **source));
    GODWIT_CLI_TRY(batch, co_await find_batch(session.api, command.batch));
    Upload upload;
    upload.content_type = content_type_of(form);
    upload.source = [&source](std::span<char> buffer) { return (*source)->read(buffer); };
    const auto path = fmt::format("/batches/{}/imports{}", batch, import_query(command, form));
    auto report = co_await session.api.upload(path, std::move(upload));
    if (const auto& failure = (*source)->failure())
        co_return std::unexpected(Failure{ExitCode::no_input, failure->to_string()});
    if (!report) co_return std::unexpected(import_failure(std::move(report.error())));
    if (session.json) {
        session.console.out << json::serialize(*report) << "\n";
    } else {
        session.console.err << import_errors_text(*report) << std::flush;
        session.console.out << import_text(*report);
    }
    co_return number_field(*report, "errors_total") == 0 ? ExitCode::ok : ExitCode::incomplete;
}

}  // namespace godwit::cli
