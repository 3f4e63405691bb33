#include "api/handlers/handlers.h"
#include "api/handlers/import_job.h"
#include "api/handlers/support.h"
#include "engine/base/text.h"
#include "engine/base/utf8.h"
#include "engine/net/tls_mode.h"

namespace godwit::api {
namespace {

using namespace scheduler;

constexpr std::size_t host_bytes = 255;
constexpr std::size_t option_bytes = 8u << 10;
constexpr std::uint64_t highest_port = 65'535;

std::string_view trimmed(std::string_view text) {
    while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
    while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
    return text;
}

// The value of a parameter of a media type, e.g. profile in "text/plain; profile=imapsync"; without quotes.
std::string media_parameter(std::string_view content_type, std::string_view name) {
    while (true) {
        const auto semicolon = content_type.find(';');
        if (semicolon == std::string_view::npos) return {};
        content_type.remove_prefix(semicolon + 1);
        const auto parameter = content_type.substr(0, content_type.find(';'));
        const auto equals = parameter.find('=');
        if (equals == std::string_view::npos || !equals_ignoring_case(trimmed(parameter.substr(0, equals)), name))
            continue;
        auto value = trimmed(parameter.substr(equals + 1));
        if (value.size() >= 2 && value.front() == '"' && value.back() == '"') value = value.substr(1, value.size() - 2);
        return lower_case(value);
    }
}

std::expected<ImportFormat, Problem> format_of(const Request& request) {
    const auto content_type = request.header("content-type");
    if (const auto charset = media_parameter(content_type, "charset");
        !charset.empty() && charset != "utf-8" && charset != "us-ascii")
        return refuse(415, "unsupported_media_type", "The file must be UTF-8.");
    if (const auto named = request.query_value("format")) {
        const auto format = import_format_of(*named);
        if (!format) return bad_parameter("format", "This is native, imapsync or yaml.");
        return *format;
    }
    const auto type = trimmed(std::string_view(content_type).substr(0, content_type.find(';')));
    if (equals_ignoring_case(type, "text/csv")) return ImportFormat::native;
    if (equals_ignoring_case(type, "text/plain") && media_parameter(content_type, "profile") == "imapsync")
        return ImportFormat::imapsync;
    for (const std::string_view yaml : {"application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml"})
        if (equals_ignoring_case(type, yaml)) return ImportFormat::yaml;
    return refuse(415, "unsupported_media_type",
                  "Send text/csv, application/yaml, or text/plain; profile=imapsync, or name the form with ?format=.");
}

std::expected<std::optional<net::TlsMode>, Problem> tls_in(const Request& request, std::string_view name) {
    const auto value = request.query_value(name);
    if (!value) return std::optional<net::TlsMode>();
    if (const auto mode = net::tls_mode_of(*value)) return mode;
    return bad_parameter(name, "This is none, starttls or implicit.");
}

struct SideDefaults {
    std::string host;
    std::uint16_t port = 0;
    std::optional<net::TlsMode> tls;
};

std::expected<SideDefaults, Problem> side_in(const Request& request, const std::string& side) {
    SideDefaults out;
    out.host = request.query_value(side + "_host").value_or("");
    if (out.host.size() > host_bytes) return bad_parameter(side + "_host", "This is the name of a host.");
    const auto port = query_number(request, side + "_port", 1, highest_port, 0);
    if (!port) return std::unexpected(port.error());
    out.port = static_cast<std::uint16_t>(*port);
    const auto tls = tls_in(request, side + "_tls");
    if (!tls) return std::unexpected(tls.error());
    out.tls = *tls;
    return out;
}

std::expected<sync::OptionTarget, Problem> options_in(const Request& request) {
    const auto text = request.query_value("options").value_or("");
    if (text.size() > option_bytes || !is_utf8(text))
        return bad_parameter("options", fmt::format("This is UTF-8, at most {} bytes.", option_bytes));
    auto options = default_options(text);
    if (options) return std::move(*options);
    return bad_parameter("options", printable(options.error().cause));
}

std::expected<ImportSettings, Problem> settings_in(const RequestContext& context) {
    const auto& request = context.request;
    if (auto known = check_query(request, {"format", "dry_run", "source_host", "source_port", "source_tls",
                                           "destination_host", "destination_port", "destination_tls", "options"});
        !known)
        return std::unexpected(known.error());
    const auto batch = id_parameter<BatchId>(context, "bat");
    if (!batch) return std::unexpected(batch.error());
    const auto format = format_of(request);
    if (!format) return std::unexpected(format.error());
    const auto dry_run = query_flag(request, "dry_run");
    if (!dry_run) return std::unexpected(dry_run.error());
    auto source = side_in(request, "source");
    if (!source) return std::unexpected(source.error());
    auto destination = side_in(request, "destination");
    if (!destination) return std::unexpected(destination.error());
    auto options = options_in(request);
    if (!options) return std::unexpected(options.error());
    ImportSettings settings{.format = *format, .defaults = {}, .batch = *batch, .dry_run = *dry_run};
    settings.defaults = {std::move(source->host), std::move(destination->host), source->port, destination->port,
                         source->tls, destination->tls, std::move(*options)};
    return settings;
}

Awaitable<Answer> import(RequestContext& context) {
    GODWIT_API_TRY(settings, settings_in(context));
    const bool dry_run = settings.dry_run;
    // Before the upload, not after it.
    GODWIT_API_TRY(batch, co_await context.services.store.batch(default_tenant, settings.batch));
    ImportJob job(context.services, std::move(settings));
    GODWIT_API_CHECK(co_await job.run(context.body));
    if (!dry_run && job.good_rows() == 0) {
        const bool empty = job.rows() == 0;
        Problem problem{422, empty ? "empty_import" : "no_valid_rows",
                        empty ? "The file has no rows." : "No row of the file can be used.", job.take_errors(), {}};
        problem.more["rows"] = job.rows();
        co_return std::unexpected(std::move(problem));
    }
    co_return json_response(job.report(), dry_run ? 200 : 201);
}

}  // namespace

void add_import_routes(Router& router) {
    router.add({.method = "POST", .pattern = "/api/v1/batches/{id}/imports", .handler = import, .streams = true});
}

}  // namespace godwit::api
