#include "api/handlers/handlers.h"
#include "api/handlers/support.h"

namespace godwit::api {
namespace {

namespace json = boost::json;
using namespace scheduler;

constexpr std::size_t name_bytes = 200;
constexpr int highest_priority = 1000;

std::expected<Batch, Problem> batch_in(const Request& request) {
    auto body = json_body(request);
    if (!body) return std::unexpected(body.error());
    FieldReader fields(*body);
    Batch batch;
    fields.require("name");
    batch.name = fields.text("name", 1, name_bytes).value_or("");
    batch.priority = static_cast<int>(fields.integer("priority", -highest_priority, highest_priority).value_or(0));
    const auto id = fields.text("id", 1, name_bytes);
    if (id && !is_id(*id, "bat")) fields.wrong("id", "bad_id", "An id of a batch is \"bat_\" and a ULID.");
    if (auto finished = fields.finish(); !finished) return std::unexpected(finished.error());
    batch.id = id ? BatchId{*id} : new_batch_id();
    return batch;
}

Awaitable<Answer> create(RequestContext& context) {
    GODWIT_API_CHECK(check_query(context.request, {}));
    GODWIT_API_TRY(batch, batch_in(context.request));
    auto created = co_await context.services.store.create_batch(default_tenant, batch);
    if (!created && created.error().kind == ErrorKind::conflict)
        co_return refuse(409, "name_taken", "There is a batch of this name already.",
                         {FieldError{.pointer = "/name", .code = "name_taken", .detail = "Choose another name."}});
    GODWIT_API_TRY(stored, std::move(created));
    auto response = json_response(to_json(stored), 201);
    response.headers.emplace_back("Location", "/api/v1/batches/" + stored.id.value);
    co_return response;
}

Awaitable<Answer> list(RequestContext& context) {
    GODWIT_API_CHECK(check_query(context.request, {"limit", "cursor"}));
    GODWIT_API_TRY(wanted, page_request(context.request));
    GODWIT_API_TRY(page, co_await context.services.store.batches(default_tenant, wanted));
    co_return page_response(context.request, page);
}

Awaitable<Answer> show(RequestContext& context) {
    GODWIT_API_CHECK(check_query(context.request, {}));
    GODWIT_API_TRY(id, id_parameter<BatchId>(context, "bat"));
    GODWIT_API_TRY(batch, co_await context.services.store.batch(default_tenant, id));
    co_return json_response(to_json(batch));
}

Awaitable<Answer> act(RequestContext& context) {
    GODWIT_API_CHECK(check_query(context.request, {}));
    GODWIT_API_TRY(id, id_parameter<BatchId>(context, "bat"));
    GODWIT_API_TRY(wanted, action_parameter(context));
    GODWIT_API_TRY(changed, co_await context.services.store.act(default_tenant, id, wanted.action, wanted.parameters));
    wake_after(context, wanted.action);
    co_return json_response(json::object{{"id", id.value}, {"action", name_of(wanted.action)}, {"changed", changed}});
}

}  // namespace

void add_batch_routes(Router& router) {
    router.add({"POST", "/api/v1/batches", create});
    router.add({"GET", "/api/v1/batches", list});
    router.add({"GET", "/api/v1/batches/{id}", show});
    router.add({"POST", "/api/v1/batches/{id}/actions/{action}", act});
}

}  // namespace godwit::api
