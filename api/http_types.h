// A request and an answer as handlers see them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/run_context.h"

namespace godwit::api {

using Pairs = std::vector<std::pair<std::string, std::string>>;

struct Request {
    std::string method;
    std::string target;                          // as sent, "/api/v1/batches?limit=5"
    std::vector<std::string> path;               // its segments, decoded
    Pairs query;                                 // decoded, in order
    Pairs headers;                               // names in lower case
    std::optional<std::uint64_t> content_length;
    std::string id;                              // X-Request-Id, the client's or ours
    std::string body;                            // empty where the route streams it

    // Several fields of one name are joined by ", " (RFC 9110 5.3); empty when there is none.
    std::string header(std::string_view lower_case_name) const;
    std::optional<std::string_view> query_value(std::string_view name) const;
    // "/api/v1/batches", without the query: for problem documents and links.
    std::string_view path_text() const { return std::string_view(target).substr(0, target.find('?')); }
};

struct Response {
    unsigned status = 200;
    std::string content_type = "application/json";
    Pairs headers;
    std::string body;
};

// The body of a request, pulled: nothing is read from the connection, and so from the client, before it is asked for.
class BodyReader {
public:
    virtual ~BodyReader() = default;
    // The next piece, nothing at the end. connection_lost, timeout, limit_exceeded (more than `limit()` bytes in all),
    // protocol_error, cancelled.
    virtual Awaitable<Result<std::optional<std::string>>> read_chunk() = 0;
    // Set before the first read.
    virtual void limit(std::uint64_t bytes) = 0;
};

// Splits an origin-form target (RFC 9112 3.2.1) into `path` and `query`; invalid_argument when it is none, has a broken
// percent escape, or decodes to control characters.
Result<void> parse_target(Request& request);

std::string percent_encode(std::string_view text);
std::string_view reason_phrase(unsigned status);

}  // namespace godwit::api
