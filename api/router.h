// Router: from method and path to a handler. A path is matched segment by segment against templates such as
// "/api/v1/batches/{id}"; where two match, the one with the literal segment first wins.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "api/problem.h"
#include "api/server.h"
#include "engine/base/task_scope.h"

namespace godwit::api {

struct RequestContext {
    const Request& request;
    const Pairs& parameters;     // of the path, by the names in the template
    BodyReader& body;            // of routes that stream; ended otherwise
    Services& services;
    const ApiOptions& options;
    TaskScope& scope;            // for work that may outlive the answer, see api/deadline.h

    const std::string& parameter(std::string_view name) const;
};

using Handler = std::function<Awaitable<Answer>(RequestContext&)>;

struct Route {
    std::string method;          // GET also serves HEAD
    std::string pattern;
    Handler handler;
    bool needs_token = true;
    bool streams = false;        // the handler reads the body itself, up to ApiOptions::import_bytes
};

struct Match {
    const Route* route = nullptr;         // none: 405 when `allowed` has something, 404 otherwise
    Pairs parameters;
    std::vector<std::string> allowed;
};

class Router {
public:
    void add(Route route);
    Match match(std::string_view method, const std::vector<std::string>& path) const;
    const std::vector<Route>& routes() const { return routes_; }

private:
    std::vector<Route> routes_;
    std::vector<std::vector<std::string>> patterns_;   // of routes_, split
};

}  // namespace godwit::api
