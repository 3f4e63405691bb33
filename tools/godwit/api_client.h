// ApiClient: requests to the daemon's REST API, with answers as JSON or as a Failure that can be shown.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include <boost/json/value.hpp>

#include "engine/net/http_client.h"
#include "tools/godwit/problem.h"
#include "tools/godwit/settings.h"

namespace godwit::cli {

struct Upload {
    std::string content_type;
    std::function<Result<std::size_t>(std::span<char>)> source;
};

class ApiClient {
public:
    // `timeout` is for connecting, and for the answer after the request is sent.
    struct Options {
        std::string server;
        std::string ca_file;
        Secret<std::string> token;  // sent as a bearer token
        std::chrono::seconds timeout{60};
    };
    // Context and dialer outlive the client.
    static Outcome<ApiClient> make(const RunContext& context, net::Dialer& dialer, Options options);

    // `path` is what follows /api/v1, "/batches?limit=5".
    Awaitable<Outcome<boost::json::value>> get(std::string path);
    // The body as it is, whatever it is.
    Awaitable<Outcome<std::string>> get_text(std::string path);
    // With an Idempotency-Key of its own.
    Awaitable<Outcome<boost::json::value>> post(std::string path, const boost::json::value& body);
    Awaitable<Outcome<boost::json::value>> upload(std::string path, Upload upload);
    // A path outside /api/v1; `status` may be any, the body is JSON or null.
    struct Probe {
        unsigned status = 0;
        boost::json::value body;
    };
    Awaitable<Outcome<Probe>> probe(std::string path);
    // Follows next_cursor; at most `most` items of `data`.
    Awaitable<Outcome<boost::json::array>> get_all(std::string path, std::size_t most);

    const std::string& server() const { return server_; }

private:
    ApiClient(const RunContext& context, std::string server, Secret<std::string> token, net::HttpClient http)
        : context_(&context), server_(std::move(server)), token_(std::move(token)), http_(std::move(http)) {}
    Awaitable<Outcome<boost::json::value>> request(net::HttpRequest request);
    Awaitable<Outcome<net::HttpResponse>> send(net::HttpRequest request);

    const RunContext* context_;
    std::string server_;
    Secret<std::string> token_;
    net::HttpClient http_;
};

// For one segment of a path or one value of a query.
std::string percent_encoded(std::string_view text);

}  // namespace godwit::cli
