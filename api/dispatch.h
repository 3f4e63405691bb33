// Dispatch: what happens to every request around its handler: route, token, body, idempotency, problems, request id,
// metrics, log.
#pragma once

#include <set>

#include "api/router.h"

namespace godwit::api {

class Dispatch {
public:
    // All references outlive this.
    Dispatch(const Router& router, Services& services, const ApiOptions& options, TaskScope& scope);

    // Never throws.
    Awaitable<Response> respond(Request& request, BodyReader& body);

private:
    Awaitable<Answer> answer(Request& request, BodyReader& body, const Match& match);
    Awaitable<Answer> run(RequestContext& context, const Route& route);
    Awaitable<Answer> run_once(RequestContext& context, const Route& route, const std::string& key);

    const Router& router_;
    Services& services_;
    const ApiOptions& options_;
    TaskScope& scope_;
    std::set<std::string> running_keys_;   // idempotency keys of requests under way in this process
};

// All routes of the API.
Router make_router();

}  // namespace godwit::api
