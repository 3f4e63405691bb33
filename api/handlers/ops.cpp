#include "api/deadline.h"
#include "api/handlers/handlers.h"
#include "api/handlers/support.h"
#include "engine/base/version.h"
#include "schemas/embedded.h"

namespace godwit::api {
namespace {

namespace json = boost::json;
using namespace scheduler;

constexpr std::chrono::seconds cluster_age{5};
constexpr std::size_t hosts_read = 1000;

json::object version_view() {
    return {{"version", godwit::version}, {"revision", godwit::revision}, {"compiler", "clang " __clang_version__}};
}

Awaitable<Answer> status(RequestContext& context) {
    GODWIT_API_CHECK(check_query(context.request, {}));
    GODWIT_API_TRY(paused, co_await context.services.store.paused());
    GODWIT_API_TRY(counts, co_await context.services.store.state_counts());
    std::map<State, std::uint64_t> states;
    std::uint64_t total = 0;
    json::array by_phase;
    for (const auto& count : counts) {
        states[count.state] += count.count;
        total += count.count;
        by_phase.push_back(json::object{
            {"phase", name_of(count.phase)}, {"state", name_of(count.state)}, {"count", count.count}});
    }
    json::object out = version_view();
    out["paused"] = paused;
    out["migrations"] = total;
    out["states"] = to_json(states);
    out["phases"] = std::move(by_phase);
    co_return json_response(out);
}

Awaitable<Answer> act(RequestContext& context) {
    GODWIT_API_CHECK(check_query(context.request, {}));
    GODWIT_API_TRY(wanted, action_parameter(context));
    const auto action = wanted.action;
    if (action != Action::pause && action != Action::resume)
        co_return refuse(404, "not_found", "Of everything at once, only pause and resume are possible.");
    GODWIT_API_CHECK(co_await context.services.store.set_paused(action == Action::pause));
    wake_after(context, action);
    co_return json_response(json::object{{"paused", action == Action::pause}});
}

Awaitable<Answer> health(RequestContext&) { co_return json_response(json::object{{"status", "ok"}}); }

Awaitable<Answer> version(RequestContext&) { co_return json_response(version_view()); }

Awaitable<Answer> ready(RequestContext& context) {
    const auto executor = co_await asio::this_coro::executor;
    const auto paused = co_await within(context.scope, executor, context.services.store.paused(),
                                        context.options.ready_timeout);
    context.services.metrics.set_database_up(paused.has_value());
    if (!paused) {
        const bool silent = paused.error().kind == ErrorKind::timeout;
        co_return refuse(503, silent ? "database_timeout" : "database_unavailable",
                         silent ? "The database did not answer in time." : "The database cannot be reached.");
    }
    co_return json_response(json::object{{"status", "ok"}, {"paused", *paused}});
}

Awaitable<Result<void>> read_cluster(Store& store, Metrics& metrics) {
    GODWIT_CO_TRY(counts, co_await store.state_counts());
    metrics.set_migrations(counts);
    std::vector<HostView> hosts;
    PageRequest wanted{.cursor = {}, .limit = hosts_read};
    do {
        GODWIT_CO_TRY(page, co_await store.hosts(wanted));
        std::ranges::move(page.items, std::back_inserter(hosts));
        wanted.cursor = page.next_cursor;
    } while (!wanted.cursor.empty());
    metrics.set_hosts(hosts);
    co_return Result<void>{};
}

Awaitable<Answer> metrics(RequestContext& context) {
    auto& all = context.services.metrics;
    if (all.claim_refresh(cluster_age)) {
        // A database that is down must not hide what this process knows: the cluster's last values stay.
        const auto executor = co_await asio::this_coro::executor;
        const auto read = co_await within(context.scope, executor, read_cluster(context.services.store, all),
                                          context.options.ready_timeout);
        all.set_database_up(read.has_value());
    }
    co_return Response{200, "text/plain; version=0.0.4; charset=utf-8", {}, all.text()};
}

Answer schema_file(std::string_view name, std::string_view type) {
    for (const auto& file : schemas::files())
        if (file.name == name) return Response{200, std::string(type), {}, std::string(file.text)};
    return refuse(404, "not_found", "This build does not have this document.");
}

Awaitable<Answer> openapi(RequestContext&) { co_return schema_file("openapi.yaml", "application/yaml"); }

Awaitable<Answer> batch_schema(RequestContext&) {
    co_return schema_file("batch.schema.json", "application/schema+json");
}

}  // namespace

void add_cluster_routes(Router& router) {
    router.add({"GET", "/api/v1/status", status});
    router.add({"POST", "/api/v1/actions/{action}", act});
}

void add_process_routes(Router& router) {
    router.add({.method = "GET", .pattern = "/healthz", .handler = health, .needs_token = false});
    router.add({.method = "GET", .pattern = "/readyz", .handler = ready, .needs_token = false});
    router.add({.method = "GET", .pattern = "/version", .handler = version, .needs_token = false});
    router.add({.method = "GET", .pattern = "/metrics", .handler = metrics, .needs_token = false});
    router.add({.method = "GET", .pattern = "/openapi.yaml", .handler = openapi, .needs_token = false});
    router.add({.method = "GET", .pattern = "/batch.schema.json", .handler = batch_schema, .needs_token = false});
}

}  // namespace godwit::api
