#include "api/handlers/handlers.h"
#include "api/handlers/support.h"

namespace godwit::api {
namespace {

namespace json = boost::json;
using namespace scheduler;

constexpr std::int64_t most_connections = 100'000;
constexpr std::size_t hosts_a_page = 1000;

struct LimitsPatch {
    std::optional<std::int64_t> as_source, as_destination;
};

std::expected<LimitsPatch, Problem> patch_in(const Request& request) {
    auto body = json_body(request);
    if (!body) return std::unexpected(body.error());
    FieldReader fields(*body);
    fields.require("limits");
    LimitsPatch patch;
    if (const auto* limits = fields.object("limits")) {
        FieldReader nested(*limits, "/limits");
        patch.as_source = nested.integer("connections_as_source", 0, most_connections);
        patch.as_destination = nested.integer("connections_as_destination", 0, most_connections);
        fields.absorb(std::move(nested));
    }
    if (auto finished = fields.finish(); !finished) return std::unexpected(finished.error());
    return patch;
}

// The limits of a host as they are; a patch changes some of them.
Awaitable<std::expected<HostLimits, Problem>> limits_of(Store& store, const HostGroupId& id) {
    PageRequest wanted{.cursor = {}, .limit = hosts_a_page};
    for (;;) {
        GODWIT_API_TRY(page, co_await store.hosts(wanted));
        for (const auto& host : page.items)
            if (host.id == id) co_return host.limits;
        if (page.next_cursor.empty()) co_return refuse(404, "not_found", "There is no host with this id.");
        wanted.cursor = page.next_cursor;
    }
}

Awaitable<Answer> list(RequestContext& context) {
    GODWIT_API_CHECK(check_query(context.request, {"limit", "cursor"}));
    GODWIT_API_TRY(wanted, page_request(context.request));
    GODWIT_API_TRY(page, co_await context.services.store.hosts(wanted));
    co_return page_response(context.request, page);
}

Awaitable<Answer> change(RequestContext& context) {
    GODWIT_API_CHECK(check_query(context.request, {}));
    const HostGroupId id{context.parameter("id")};
    GODWIT_API_TRY(patch, patch_in(context.request));
    GODWIT_API_TRY(limits, co_await limits_of(context.services.store, id));
    if (patch.as_source) limits.connections_as_source = static_cast<std::uint32_t>(*patch.as_source);
    if (patch.as_destination) limits.connections_as_destination = static_cast<std::uint32_t>(*patch.as_destination);
    GODWIT_API_TRY(host, co_await context.services.store.set_limits(id, limits));
    // A higher limit makes room at once.
    if (context.services.wake_dispatcher) context.services.wake_dispatcher();
    co_return json_response(to_json(host));
}

}  // namespace

void add_host_routes(Router& router) {
    router.add({"GET", "/api/v1/hosts", list});
    router.add({"PATCH", "/api/v1/hosts/{id}", change});
}

}  // namespace godwit::api
