#include "api/metrics.h"

#include <mutex>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include "api/metrics_cluster.h"
#include "engine/base/version.h"

namespace godwit::api {

namespace {

using prometheus::Counter;
using prometheus::Family;
using prometheus::Gauge;
using prometheus::Histogram;
using Buckets = Histogram::BucketBoundaries;
using scheduler::PassOutcome;
using sync::PassKind;
using sync::Side;

constexpr std::array sides{Side::source, Side::destination};
constexpr std::array kinds{PassKind::preflight, PassKind::sync, PassKind::final, PassKind::verify, PassKind::undo};
constexpr std::array results{PassOutcome::Result::succeeded, PassOutcome::Result::retried,
                             PassOutcome::Result::parked,    PassOutcome::Result::failed,
                             PassOutcome::Result::cancelled, PassOutcome::Result::interrupted};
constexpr std::array<std::string_view, 7> operations{"copied",        "matched",  "skipped", "failed",
                                                     "flags_updated", "verified", "removed"};
constexpr std::array<std::string_view, 3> row_results{"stored", "duplicate", "error"};
// A closed set: what a server or a caller makes up is "other".
constexpr std::array<std::string_view, 27> commands{
    "APPEND", "AUTHENTICATE", "CAPABILITY", "CLOSE",  "COMPRESS", "CREATE", "ENABLE",    "EXAMINE",    "EXPUNGE",
    "FETCH",  "GETQUOTAROOT", "ID",         "LIST",   "LOGIN",    "LOGOUT", "LSUB",      "NAMESPACE",  "NOOP",
    "SEARCH", "SELECT",       "STARTTLS",   "STATUS", "STORE",    "SUBSCRIBE", "UID FETCH", "UID STORE", "other"};
constexpr std::array<std::string_view, 4> methods{"GET", "HEAD", "PATCH", "POST"};

constexpr std::chrono::seconds text_age{1};

double seconds(std::chrono::steady_clock::duration time) { return std::chrono::duration<double>(time).count(); }

std::string text_of(std::string_view name) { return std::string(name); }

std::vector<ErrorKind> error_kinds() {
    std::vector<ErrorKind> out;
    for (int kind = 0; kind <= static_cast<int>(ErrorKind::internal); ++kind)
        out.push_back(static_cast<ErrorKind>(kind));
    return out;
}

prometheus::Labels pass_labels(PassKind kind, PassOutcome::Result result, std::string_view reason) {
    return {{"kind", text_of(sync::name_of(kind))}, {"result", text_of(name_of(result))}, {"reason", text_of(reason)}};
}

}  // namespace

struct Metrics::Impl {
    prometheus::Registry registry;

    Family<Counter>& counters(const char* name, const char* help) {
        return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
    }
    Family<Gauge>& gauges(const char* name, const char* help) {
        return prometheus::BuildGauge().Name(name).Help(help).Register(registry);
    }
    Family<Histogram>& histograms(const char* name, const char* help) {
        return prometheus::BuildHistogram().Name(name).Help(help).Register(registry);
    }

    Family<Gauge>& passes_active = gauges("godwit_passes_active", "Passes that run on this node.");
    Family<Counter>& passes = counters("godwit_passes_total", "Passes that ended, by kind, result and reason.");
    Family<Histogram>& pass_seconds = histograms("godwit_pass_duration_seconds", "How long passes took.");
    const Buckets pass_buckets{1, 5, 15, 60, 300, 900, 3600, 14400, 43200};

    Family<Counter>& messages_family = counters("godwit_messages_total", "Messages, by what was done with them.");
    std::array<Counter*, operations.size()> messages{};
    Family<Counter>& findings_family = counters("godwit_findings_total", "What verify and undo passes have found, by kind.");
    std::array<Counter*, sync::finding_kinds> findings{};
    Counter& message_bytes = counters("godwit_message_bytes_total", "Bytes of the messages copied.").Add({});
    Family<Counter>& wire_family =
        counters("godwit_imap_wire_bytes_total", "Bytes on IMAP connections, after TLS and compression.");
    std::array<std::array<Counter*, 2>, 2> wire{};   // side; received, sent
    Family<Counter>& connects_family =
        counters("godwit_imap_connects_total", "Sessions that tried to sign in, by result.");
    std::array<std::array<Counter*, 2>, 2> connects{};   // side; failed, ok
    Family<Histogram>& commands_family =
        histograms("godwit_imap_command_duration_seconds", "From sending a command to its tagged answer.");
    const Buckets command_buckets{0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60};
    std::map<std::string, std::array<Histogram*, 2>, std::less<>> command_seconds;
    Family<Counter>& refusals_family =
        counters("godwit_imap_command_failures_total", "Commands that were answered NO or BAD or not at all.");
    std::array<Counter*, 2> refusals{};
    Family<Counter>& errors_family = counters("godwit_imap_errors_total", "Messages, folders and passes that failed.");
    std::map<ErrorKind, Counter*> errors;

    Counter& lease_renewals = counters("godwit_lease_renewals_total", "Renewals of this node's lease.").Add({});
    Counter& leases_lost = counters("godwit_lease_lost_total", "Leases that ended under this node.").Add({});
    Family<Counter>& imports_family = counters("godwit_imports_total", "Uploaded files, by result.");
    std::array<Counter*, 2> imports{};   // failed, ok
    Family<Counter>& rows_family = counters("godwit_import_rows_total", "Rows of uploaded files, by result.");
    std::array<Counter*, row_results.size()> rows{};
    Family<Counter>& requests = counters("godwit_http_requests_total", "Requests to this API, by route and status.");
    Family<Histogram>& request_seconds =
        histograms("godwit_http_request_duration_seconds", "How long requests took, uploads included.");
    const Buckets request_buckets{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60};
    Gauge& database_up =
        gauges("godwit_database_up", "1 when the database answered the last refresh of the cluster's values.").Add({});

    std::mutex cluster_lock;
    std::vector<scheduler::StateCount> migrations;
    std::vector<scheduler::HostView> hosts;
    std::optional<SteadyTime> refreshed;

    std::mutex text_lock;
    std::string text;
    std::optional<SteadyTime> written;

    Impl() {
        add_engine_series();
        add_node_series();
        add_pass_series();
    }

    void add_engine_series() {
        for (std::size_t i = 0; i < operations.size(); ++i)
            messages[i] = &messages_family.Add({{"op", text_of(operations[i])}});
        for (std::size_t i = 0; i < findings.size(); ++i)
            findings[i] = &findings_family.Add({{"kind", text_of(sync::name_of(static_cast<sync::FindingKind>(i)))}});
        for (std::size_t i = 0; i < sides.size(); ++i) {
            const auto side = text_of(sync::name_of(sides[i]));
            wire[i] = {&wire_family.Add({{"side", side}, {"direction", "received"}}),
                       &wire_family.Add({{"side", side}, {"direction", "sent"}})};
            connects[i] = {&connects_family.Add({{"side", side}, {"result", "failed"}}),
                           &connects_family.Add({{"side", side}, {"result", "ok"}})};
            refusals[i] = &refusals_family.Add({{"side", side}});
            for (const auto command : commands)
                command_seconds[text_of(command)][i] =
                    &commands_family.Add({{"command", text_of(command)}, {"side", side}}, command_buckets);
        }
        for (const auto kind : error_kinds())
            errors[kind] = &errors_family.Add({{"reason", text_of(godwit::name_of(kind))}});
    }

    void add_node_series() {
        gauges("godwit_build_info", "1; what this binary is.")
            .Add({{"version", text_of(version)}, {"revision", text_of(revision)}, {"compiler", "clang " __clang_version__}})
            .Set(1);
        imports = {&imports_family.Add({{"result", "failed"}}), &imports_family.Add({{"result", "ok"}})};
        for (std::size_t i = 0; i < row_results.size(); ++i)
            rows[i] = &rows_family.Add({{"result", text_of(row_results[i])}});
        requests.Add({{"route", "none"}, {"method", "GET"}, {"code", "4xx"}});
        request_seconds.Add({{"route", "none"}}, request_buckets);
    }

    void add_pass_series() {
        for (const auto kind : kinds) {
            passes_active.Add({{"kind", text_of(sync::name_of(kind))}});
            for (const auto result : results) {
                passes.Add(pass_labels(kind, result, "none"));
                pass_seconds.Add({{"kind", text_of(sync::name_of(kind))}, {"result", text_of(name_of(result))}},
                                 pass_buckets);
            }
        }
        // An alert on a reason needs its series before the first failure. Only sync passes are that frequent.
        for (const auto reason : error_kinds())
            for (const auto result :
                 {PassOutcome::Result::retried, PassOutcome::Result::parked, PassOutcome::Result::failed})
                passes.Add(pass_labels(PassKind::sync, result, godwit::name_of(reason)));
    }
};

Metrics::Metrics() : impl_(std::make_unique<Impl>()) {}
Metrics::~Metrics() = default;

void Metrics::pass_started(PassKind kind) {
    impl_->passes_active.Add({{"kind", text_of(sync::name_of(kind))}}).Increment();
}

void Metrics::pass_finished(PassKind kind, PassOutcome::Result result, std::optional<ErrorKind> reason,
                            std::chrono::steady_clock::duration lasted) {
    impl_->passes_active.Add({{"kind", text_of(sync::name_of(kind))}}).Decrement();
    impl_->passes.Add(pass_labels(kind, result, reason ? godwit::name_of(*reason) : "none")).Increment();
    impl_->pass_seconds
        .Add({{"kind", text_of(sync::name_of(kind))}, {"result", text_of(name_of(result))}}, impl_->pass_buckets)
        .Observe(seconds(lasted));
    if (reason) imap_error(*reason);
}

void Metrics::findings(const sync::FindingCounts& counts) {
    for (std::size_t i = 0; i < counts.size(); ++i)
        if (counts[i] > 0) impl_->findings[i]->Increment(static_cast<double>(counts[i]));
}

void Metrics::messages(MessageOp op, std::uint64_t count) {
    impl_->messages[static_cast<std::size_t>(op)]->Increment(static_cast<double>(count));
}

void Metrics::message_bytes(std::uint64_t bytes) { impl_->message_bytes.Increment(static_cast<double>(bytes)); }

void Metrics::wire(Side side, std::uint64_t received, std::uint64_t sent) {
    auto& counters = impl_->wire[static_cast<std::size_t>(side)];
    if (received > 0) counters[0]->Increment(static_cast<double>(received));
    if (sent > 0) counters[1]->Increment(static_cast<double>(sent));
}

void Metrics::imap_command(Side side, std::string_view name, std::chrono::steady_clock::duration took, bool ok) {
    auto found = impl_->command_seconds.find(name);
    if (found == impl_->command_seconds.end()) found = impl_->command_seconds.find("other");
    found->second[static_cast<std::size_t>(side)]->Observe(seconds(took));
    if (!ok) impl_->refusals[static_cast<std::size_t>(side)]->Increment();
}

void Metrics::imap_connect(Side side, bool ok) {
    impl_->connects[static_cast<std::size_t>(side)][ok ? 1 : 0]->Increment();
}

void Metrics::imap_error(ErrorKind kind) {
    if (const auto found = impl_->errors.find(kind); found != impl_->errors.end()) found->second->Increment();
}

void Metrics::lease_renewed() { impl_->lease_renewals.Increment(); }
void Metrics::lease_lost() { impl_->leases_lost.Increment(); }
void Metrics::import_finished(bool ok) { impl_->imports[ok ? 1 : 0]->Increment(); }

void Metrics::import_rows(RowResult result, std::uint64_t count) {
    impl_->rows[static_cast<std::size_t>(result)]->Increment(static_cast<double>(count));
}

void Metrics::http_request(std::string_view route, std::string_view method, unsigned status,
                           std::chrono::steady_clock::duration took) {
    const bool known = std::ranges::find(methods, method) != methods.end();
    const std::string code{static_cast<char>('0' + status / 100 % 10), 'x', 'x'};
    impl_->requests.Add({{"route", text_of(route)}, {"method", known ? text_of(method) : "other"}, {"code", code}})
        .Increment();
    impl_->request_seconds.Add({{"route", text_of(route)}}, impl_->request_buckets).Observe(seconds(took));
}

void Metrics::set_migrations(const std::vector<scheduler::StateCount>& counts) {
    const std::lock_guard lock(impl_->cluster_lock);
    impl_->migrations = counts;
}

void Metrics::set_hosts(const std::vector<scheduler::HostView>& hosts) {
    const std::lock_guard lock(impl_->cluster_lock);
    impl_->hosts = hosts;
}

void Metrics::set_database_up(bool up) { impl_->database_up.Set(up ? 1 : 0); }

bool Metrics::claim_refresh(std::chrono::steady_clock::duration age) {
    const std::lock_guard lock(impl_->cluster_lock);
    const auto now = std::chrono::steady_clock::now();
    if (impl_->refreshed && now - *impl_->refreshed < age) return false;
    impl_->refreshed = now;
    return true;
}

std::string Metrics::text() {
    const std::lock_guard lock(impl_->text_lock);
    const auto now = std::chrono::steady_clock::now();
    if (impl_->written && now - *impl_->written < text_age) return impl_->text;
    auto families = impl_->registry.Collect();
    {
        const std::lock_guard cluster(impl_->cluster_lock);
        families.push_back(migrations_family(impl_->migrations));
        std::ranges::move(host_families(impl_->hosts), std::back_inserter(families));
    }
    std::ranges::move(process_families(), std::back_inserter(families));
    impl_->text = prometheus::TextSerializer().Serialize(families);
    impl_->written = now;
    return impl_->text;
}

}  // namespace godwit::api
