#include "api/problem.h"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "engine/base/log.h"

namespace godwit::api {

namespace json = boost::json;

namespace {

struct Meaning {
    unsigned status;
    std::string_view code;
    std::string_view detail;   // empty: the error's own words may be shown
};

Meaning meaning_of(ErrorKind kind) {
    switch (kind) {
        case ErrorKind::not_found: return {404, "not_found", ""};
        case ErrorKind::conflict: return {409, "conflict", ""};
        case ErrorKind::invalid_argument: return {422, "invalid_argument", ""};
        case ErrorKind::limit_exceeded: return {413, "too_large", ""};
        case ErrorKind::protocol_error: return {400, "malformed_request", ""};
        case ErrorKind::timeout: return {408, "timeout", "The rest of the request did not arrive in time."};
        case ErrorKind::connection_lost: return {400, "incomplete_body", "The connection ended within the body."};
        case ErrorKind::database: return {503, "database_unavailable", "The database does not answer; try again."};
        case ErrorKind::disk_full: return {503, "disk_full", "No space is left on the server."};
        case ErrorKind::cancelled: return {503, "shutting_down", "The server is about to stop; try again."};
        default: return {500, "internal", "The request failed inside the server; its log has the request id."};
    }
}

std::string title_of(const Problem& problem) {
    std::string title = problem.code;
    std::ranges::replace(title, '_', ' ');
    if (!title.empty() && title.front() >= 'a' && title.front() <= 'z') title.front() -= 'a' - 'A';
    return title;
}

}  // namespace

Problem problem_of(const Error& error) {
    const auto meaning = meaning_of(error.kind);
    if (!meaning.detail.empty() && meaning.status >= 500)
        log_line(LogLevel::warn, "request failed", {{"error", error.to_string()}});
    std::string detail(meaning.detail.empty() ? error.cause : meaning.detail);
    return Problem{meaning.status, std::string(meaning.code), printable(detail), {}, {}};
}

json::object to_json(const FieldError& error) {
    json::object out;
    if (error.row != 0) out["row"] = error.row;
    if (!error.column.empty()) out["column"] = printable(error.column);
    if (!error.pointer.empty()) out["pointer"] = printable(error.pointer);
    if (!error.parameter.empty()) out["parameter"] = printable(error.parameter);
    out["code"] = error.code;
    out["detail"] = printable(error.detail);
    return out;
}

Response to_response(const Problem& problem, const Request& request) {
    json::object body{{"type", "/problems/" + problem.code},
                      {"title", title_of(problem)},
                      {"status", problem.status},
                      {"detail", problem.detail},
                      {"instance", printable(request.path_text(), 2000)},
                      {"code", problem.code},
                      {"request_id", request.id}};
    if (!problem.errors.empty()) {
        auto& errors = body["errors"].emplace_array();
        for (const auto& error : problem.errors) errors.push_back(to_json(error));
    }
    for (const auto& member : problem.more) body[member.key()] = member.value();
    Response response{problem.status, "application/problem+json", {}, json::serialize(body)};
    if (problem.status == 401) response.headers.emplace_back("WWW-Authenticate", "Bearer realm=\"godwit\"");
    if (problem.status == 503) response.headers.emplace_back("Retry-After", "1");
    return response;
}

}  // namespace godwit::api
