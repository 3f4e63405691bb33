// The one HTTP/1.1 client: the command line, and later token endpoints and webhooks.
//
// Beast's parser and serializer run without I/O over a Stream. No redirects, no cookies. A connection is kept
// open between requests of one client and reopened when the server closed it.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "engine/net/dialer.h"

namespace godwit::net {

struct HttpRequest {
    std::string method = "GET";
    std::string target;                          // path and query
    std::map<std::string, std::string> headers;
    std::string body;
    // When set, the body is streamed with chunked encoding instead: fills the buffer, returns 0 at the end.
    std::function<Result<std::size_t>(std::span<char>)> body_source;
};

struct HttpResponse {
    unsigned status = 0;
    std::map<std::string, std::string> headers;  // names in lower case
    std::string body;
};

struct HttpLimits {
    std::size_t body_bytes = 16u << 20;
    std::chrono::seconds timeout{60};
};

class HttpClient {
public:
    // `base_url`: http://host:port or https://…; `unix:/path/to/socket` is not supported.
    static Result<HttpClient> make(Dialer& dialer, std::string base_url, HttpLimits limits = {});
    ~HttpClient();
    HttpClient(HttpClient&&) noexcept;
    HttpClient& operator=(HttpClient&&) noexcept;

    Awaitable<Result<HttpResponse>> send(const RunContext& context, HttpRequest request);

private:
    struct Impl;
    explicit HttpClient(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace godwit::net
