// The one HTTP/1.1 client: the command line, and later token endpoints and webhooks.
//
// Beast's parser runs without I/O over a Stream. No redirects, no cookies, no compression. A connection is
// kept open between requests of one client. One request at a time, on one executor.
//
// Errors: those of the dialer and of Stream; protocol_error (malformed answer), limit_exceeded (answer too
// big), invalid_argument (a request that would not be one). A status of 4xx or 5xx is an answer, not an
// error.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>

#include "engine/net/dialer.h"

namespace godwit::net {

struct HttpRequest {
    std::string method = "GET";
    std::string target;  // path and query; empty: the base URL itself
    // Besides Host, User-Agent (both may be given), Content-Length and Transfer-Encoding (neither may).
    std::map<std::string, std::string> headers;
    std::string body;
    // When set, the body is streamed with chunked encoding instead: fills the buffer, returns 0 at the end.
    // It runs on the executor and should not block for long. If the server answers before the end, that
    // answer is returned.
    std::function<Result<std::size_t>(std::span<char>)> body_source;
};

struct HttpResponse {
    unsigned status = 0;
    std::map<std::string, std::string> headers;  // names in lower case; repeated ones joined with ", "
    std::string body;
};

struct HttpLimits {
    std::size_t body_bytes = 16u << 20;
    std::size_t header_bytes = 64u << 10;
    std::chrono::milliseconds timeout{60'000};  // to connect; for each piece sent; for the whole answer
};

// The certificate policy of an https client, and where to connect instead (see Endpoint).
struct HttpPeer {
    bool verify = true;
    std::string ca_file;
    std::string connect_to;
};

class HttpClient {
public:
    // `base_url`: http://host:port or https://…, with an optional path that is put before every target; no
    // user, query or fragment. `dialer` outlives the client.
    static Result<HttpClient> make(Dialer& dialer, std::string base_url, HttpLimits limits = {},
                                   HttpPeer peer = {});
    ~HttpClient();
    HttpClient(HttpClient&&) noexcept;
    HttpClient& operator=(HttpClient&&) noexcept;

    // A kept connection that the server has closed meanwhile is replaced once, unseen, if the request may be
    // repeated (GET, HEAD, OPTIONS, PUT, DELETE without body_source) and no byte of an answer has arrived.
    Awaitable<Result<HttpResponse>> send(const RunContext& context, HttpRequest request);

private:
    struct Impl;
    explicit HttpClient(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace godwit::net
