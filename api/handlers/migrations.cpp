#include "api/handlers/handlers.h"
#include "api/handlers/support.h"
#include "scheduler/state_machine.h"

namespace godwit::api {
namespace {

namespace json = boost::json;
using namespace scheduler;

constexpr std::size_t search_bytes = 200;

std::expected<MigrationFilter, Problem> filter_in(const Request& request) {
    MigrationFilter filter;
    if (const auto batch = request.query_value("batch")) {
        if (!is_id(*batch, "bat")) return bad_parameter("batch", "This is an id of a batch, \"bat_\" and a ULID.");
        filter.batch = BatchId{std::string(*batch)};
    }
    if (const auto state = request.query_value("state")) {
        filter.state = state_of(*state);
        if (!filter.state) return bad_parameter("state", "This is the name of a state, e.g. running or parked.");
    }
    if (const auto code = request.query_value("error_code")) {
        if (!error_kind_of(*code)) return bad_parameter("error_code", "This is an error code, e.g. auth_failed.");
        filter.error_code = *code;
    }
    if (const auto text = request.query_value("q")) {
        if (text->size() > search_bytes) return bad_parameter("q", "This is at most 200 bytes.");
        filter.text = *text;
    }
    return filter;
}

Awaitable<Answer> list(RequestContext& context) {
    GODWIT_API_CHECK(check_query(context.request, {"limit", "cursor", "batch", "state", "error_code", "q"}));
    GODWIT_API_TRY(wanted, page_request(context.request));
    GODWIT_API_TRY(filter, filter_in(context.request));
    GODWIT_API_TRY(page, co_await context.services.store.migrations(default_tenant, filter, wanted));
    co_return page_response(context.request, page);
}

Awaitable<Answer> show(RequestContext& context) {
    GODWIT_API_CHECK(check_query(context.request, {}));
    GODWIT_API_TRY(id, id_parameter<MigrationId>(context, "mig"));
    GODWIT_API_TRY(migration, co_await context.services.store.migration(default_tenant, id));
    co_return json_response(to_json(migration));
}

Awaitable<Answer> passes(RequestContext& context) {
    GODWIT_API_CHECK(check_query(context.request, {"limit", "cursor"}));
    GODWIT_API_TRY(id, id_parameter<MigrationId>(context, "mig"));
    GODWIT_API_TRY(wanted, page_request(context.request));
    GODWIT_API_TRY(page, co_await context.services.store.passes(default_tenant, id, wanted));
    co_return page_response(context.request, page);
}

Awaitable<Answer> issues(RequestContext& context) {
    GODWIT_API_CHECK(check_query(context.request, {"limit", "cursor"}));
    GODWIT_API_TRY(id, id_parameter<MigrationId>(context, "mig"));
    GODWIT_API_TRY(wanted, page_request(context.request));
    GODWIT_API_TRY(page, co_await context.services.store.issues(default_tenant, id, wanted));
    co_return page_response(context.request, page);
}

Awaitable<Answer> folders(RequestContext& context) {
    GODWIT_API_CHECK(check_query(context.request, {"limit", "cursor"}));
    GODWIT_API_TRY(id, id_parameter<MigrationId>(context, "mig"));
    GODWIT_API_TRY(wanted, page_request(context.request));
    GODWIT_API_TRY(page, co_await context.services.store.folders(default_tenant, id, wanted));
    co_return page_response(context.request, page);
}

bool has_beside_under_way(const MigrationView& migration) {
    return migration.beside && (migration.beside->result == "queued" || migration.beside->result == "running");
}

// Why, although the state allows it.
Problem in_the_way(const MigrationView& migration, const WantedAction& wanted) {
    const bool undo = wanted.action == Action::undo;
    if (undo && !allows_undo(migration.phase))
        return {409, "past_cutover", "From cutover on the destination is where the user's mail is; nothing is undone.", {}, {}};
    if (undo && !wanted.parameters.dry.value_or(true) && !has_beside_under_way(migration))
        return {409, "dry_run_first", "A dry undo must have succeeded as the last pass; look at what it found, then undo.", {}, {}};
    return {409, "pass_running", "A pass that is queued or runs has not ended yet; try again when it has.", {}, {}};
}

Problem not_possible(const MigrationView& migration, const WantedAction& wanted) {
    const auto action = wanted.action;
    if (next_state(migration.state, action)) return in_the_way(migration, wanted);
    json::array allowed;
    for (const auto move : allowed_actions(migration.state, migration.phase)) allowed.emplace_back(name_of(move));
    Problem problem{409, "invalid_transition",
                    fmt::format("{} is not possible while the migration is {}.", name_of(action), name_of(migration.state)),
                    {}, {}};
    problem.more["state"] = name_of(migration.state);
    problem.more["allowed"] = std::move(allowed);
    return problem;
}

Awaitable<Answer> act(RequestContext& context) {
    GODWIT_API_CHECK(check_query(context.request, {}));
    GODWIT_API_TRY(id, id_parameter<MigrationId>(context, "mig"));
    GODWIT_API_TRY(wanted, action_parameter(context));
    auto& store = context.services.store;
    auto moved = co_await store.act(default_tenant, id, wanted.action, wanted.parameters);
    if (!moved && moved.error().kind == ErrorKind::conflict) {
        GODWIT_API_TRY(migration, co_await store.migration(default_tenant, id));
        co_return std::unexpected(not_possible(migration, wanted));
    }
    GODWIT_API_TRY(migration, std::move(moved));
    wake_after(context, wanted.action);
    co_return json_response(to_json(migration));
}

}  // namespace

void add_migration_routes(Router& router) {
    router.add({"GET", "/api/v1/migrations", list});
    router.add({"GET", "/api/v1/migrations/{id}", show});
    router.add({"GET", "/api/v1/migrations/{id}/passes", passes});
    router.add({"GET", "/api/v1/migrations/{id}/issues", issues});
    router.add({"GET", "/api/v1/migrations/{id}/folders", folders});
    router.add({"POST", "/api/v1/migrations/{id}/actions/{action}", act});
}

}  // namespace godwit::api
