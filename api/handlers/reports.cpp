// What verify and undo passes have found, as pages and as a signed report.
#include <atomic>

#include "api/handlers/handlers.h"
#include "api/handlers/support.h"
#include "engine/report/document.h"
#include "engine/report/page.h"
#include "engine/report/signed_document.h"
#include "engine/sync/option_values.h"

namespace godwit::api {
namespace {

namespace json = boost::json;
using namespace scheduler;

constexpr std::size_t rows_at_once = 2000;
constexpr int tries = 3;              // a pass may end while its predecessor's report is read
constexpr int reports_at_once = 2;    // each may hold some 100 MiB

enum class Format { json, csv, html };

std::expected<Format, Problem> format_in(const Request& request) {
    const auto format = request.query_value("format").value_or("json");
    if (format == "json") return Format::json;
    if (format == "csv") return Format::csv;
    if (format == "html") return Format::html;
    return bad_parameter("format", "This is json, csv or html.");
}

std::expected<std::optional<sync::FindingKind>, Problem> kind_in(const Request& request) {
    const auto name = request.query_value("kind");
    if (!name) return std::nullopt;
    const auto kind = sync::finding_kind_of(*name);
    if (!kind) return bad_parameter("kind", "This is a kind of finding, e.g. missing or altered.");
    return kind;
}

Awaitable<Answer> findings(RequestContext& context) {
    GODWIT_API_CHECK(check_query(context.request, {"limit", "cursor", "kind"}));
    GODWIT_API_TRY(id, id_parameter<MigrationId>(context, "mig"));
    GODWIT_API_TRY(kind, kind_in(context.request));
    GODWIT_API_TRY(wanted, page_request(context.request));
    GODWIT_API_TRY(page, co_await context.services.store.findings(default_tenant, id, kind, wanted));
    co_return page_response(context.request, page);
}

report::Party party_of(const Account& account) { return {account.host, account.port, account.user}; }

report::Subject subject_of(const MigrationView& migration, const ReportedPass& reported, const ReportKey& key) {
    const auto& pass = reported.pass;
    report::Subject subject;
    subject.migration = migration.id.value;
    subject.external_id = migration.external_id;
    subject.pass = pass.id.value;
    subject.kind = pass.kind;
    subject.dry = pass.parameters.dry.value_or(false);
    subject.attempt = pass.attempt;
    subject.result = pass.result;
    subject.error = pass.error;
    subject.started_at = rfc3339(pass.started_at);
    if (pass.finished_at) subject.finished_at = rfc3339(*pass.finished_at);
    subject.source = party_of(migration.source);
    subject.destination = party_of(migration.destination);
    subject.options = sync::options_json(reported.options);
    subject.counters = pass.counters;
    subject.skipped = pass.skipped;
    subject.findings = pass.findings;
    subject.messages_digested = pass.messages_digested;
    subject.set_digest = pass.set_digest;
    subject.node = key.node.value;
    subject.host_name = key.host_name;
    return subject;
}

// Nothing: another pass has ended meanwhile.
Awaitable<Result<std::optional<std::vector<sync::FolderReport>>>> folders_of(Store& store, MigrationId id, PassId pass) {
    std::vector<sync::FolderReport> folders;
    PageRequest wanted{.cursor = {}, .limit = rows_at_once};
    do {
        GODWIT_CO_TRY(page, co_await store.reported_folders(default_tenant, id, wanted));
        for (auto& view : page.items) {
            if (view.pass != pass) co_return std::nullopt;
            folders.push_back(std::move(view.report));
        }
        wanted.cursor = page.next_cursor;
    } while (!wanted.cursor.empty());
    co_return folders;
}

struct Written {
    std::string report;   // serialised
    std::string csv;      // where it is wanted
};

// Likewise.
Awaitable<Result<std::optional<Written>>> write(Store& store, MigrationId id, PassId pass, report::Subject subject,
                                                bool with_csv) {
    GODWIT_CO_TRY(folders, co_await folders_of(store, id, pass));
    if (!folders) co_return std::nullopt;
    subject.folders = std::move(*folders);
    report::Writer writer(subject);
    Written written;
    if (with_csv) written.csv = report::csv_header();
    PageRequest wanted{.cursor = {}, .limit = rows_at_once};
    for (bool full = false; !full;) {
        GODWIT_CO_TRY(page, co_await store.findings(default_tenant, id, {}, wanted));
        for (const auto& view : page.items) {
            if (view.pass != pass) co_return std::nullopt;
            full = !writer.add(view.finding);
            if (full) break;
            if (with_csv) written.csv += report::csv_row(view.finding);
        }
        wanted.cursor = page.next_cursor;
        if (wanted.cursor.empty()) break;
    }
    written.report = writer.finish();
    co_return written;
}

Response response_of(Format format, Written written, const ReportSigner& signer, const std::string& node,
                     const MigrationId& id) {
    Response response;
    std::string_view ending = "json";
    if (format == Format::csv) {
        ending = "csv";
        response.content_type = "text/csv; charset=utf-8; header=present";
        response.body = std::move(written.csv);
    } else {
        response.body = report::sign(std::move(written.report), signer.key(), node);
    }
    if (format == Format::html) {
        ending = "html";
        response.content_type = "text/html; charset=utf-8";
        response.headers.emplace_back("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'");
        const auto read = report::read_signed(response.body);
        if (!read) throw std::runtime_error("a report that was just written: " + read.error().words);
        response.body = report::page_of(read->report, read->document);
    }
    response.headers.emplace_back("Content-Disposition", fmt::format("inline; filename=\"{}.{}\"", id.value, ending));
    return response;
}

// Until it goes, one more report is being written.
class Place {
public:
    Place() : taken_(++count_ <= reports_at_once) {}
    Place(const Place&) = delete;
    ~Place() { --count_; }
    bool taken() const { return taken_; }

private:
    static inline std::atomic<int> count_{0};
    const bool taken_;
};

Awaitable<Answer> show_report(RequestContext& context) {
    GODWIT_API_CHECK(check_query(context.request, {"format"}));
    GODWIT_API_TRY(id, id_parameter<MigrationId>(context, "mig"));
    GODWIT_API_TRY(format, format_in(context.request));
    const Place place;
    if (!place.taken()) co_return refuse(503, "busy", "Other reports are being written; try again.");
    auto& store = context.services.store;
    const auto key = context.services.signer.shown();
    // Known before anything is signed with it.
    GODWIT_API_CHECK(co_await store.add_report_key(key));
    for (int i = 0; i < tries; ++i) {
        GODWIT_API_TRY(migration, co_await store.migration(default_tenant, id));
        GODWIT_API_TRY(reported, co_await store.reported_pass(default_tenant, id));
        if (!reported) co_return refuse(404, "no_report", "No verify or undo pass of this migration has ended yet.");
        GODWIT_API_TRY(written, co_await write(store, id, reported->pass.id, subject_of(migration, *reported, key),
                                               format == Format::csv));
        if (written)
            co_return response_of(format, std::move(*written), context.services.signer, key.node.value, id);
    }
    co_return refuse(503, "busy", "Other passes of this migration end while the report is written; try again.");
}

Awaitable<Answer> keys(RequestContext& context) {
    GODWIT_API_CHECK(check_query(context.request, {"limit", "cursor"}));
    GODWIT_API_TRY(wanted, page_request(context.request));
    GODWIT_API_TRY(page, co_await context.services.store.report_keys(wanted));
    co_return page_response(context.request, page);
}

}  // namespace

void add_report_routes(Router& router) {
    router.add({"GET", "/api/v1/migrations/{id}/findings", findings});
    router.add({"GET", "/api/v1/migrations/{id}/report", show_report});
    router.add({"GET", "/api/v1/report_keys", keys});
}

}  // namespace godwit::api
