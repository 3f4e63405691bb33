#include "api/http_types.h"

#include <boost/url/encode.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>
#include <boost/url/url_view.hpp>

namespace godwit::api {
namespace {

bool has_control_characters(std::string_view text) {
    return std::ranges::any_of(text, [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

std::unexpected<Error> bad_target() {
    return fail(ErrorKind::invalid_argument, Reach::message, "the request target is no path");
}

}  // namespace

std::string Request::header(std::string_view lower_case_name) const {
    std::string joined;
    bool found = false;
    for (const auto& [name, value] : headers) {
        if (name != lower_case_name) continue;
        if (found) joined += ", ";
        joined += value;
        found = true;
    }
    return joined;
}

std::optional<std::string_view> Request::query_value(std::string_view name) const {
    for (const auto& [key, value] : query)
        if (key == name) return value;
    return std::nullopt;
}

Result<void> parse_target(Request& request) {
    const auto parsed = boost::urls::parse_origin_form(request.target);
    if (!parsed) return bad_target();
    for (const auto& segment : parsed->segments()) request.path.push_back(segment);
    for (const auto& parameter : parsed->params())
        request.query.emplace_back(parameter.key, parameter.has_value ? parameter.value : std::string());
    for (const auto& segment : request.path)
        if (has_control_characters(segment)) return bad_target();
    for (const auto& [key, value] : request.query)
        if (has_control_characters(key) || has_control_characters(value)) return bad_target();
    return {};
}

std::string percent_encode(std::string_view text) {
    return boost::urls::encode(boost::urls::string_view(text.data(), text.size()), boost::urls::unreserved_chars);
}

std::string_view reason_phrase(unsigned status) {
    switch (status) {
        case 200: return "OK";
        case 201: return "Created";
        case 204: return "No Content";
        case 400: return "Bad Request";
        case 401: return "Unauthorized";
        case 404: return "Not Found";
        case 405: return "Method Not Allowed";
        case 408: return "Request Timeout";
        case 409: return "Conflict";
        case 413: return "Content Too Large";
        case 415: return "Unsupported Media Type";
        case 417: return "Expectation Failed";
        case 422: return "Unprocessable Content";
        case 431: return "Request Header Fields Too Large";
        case 500: return "Internal Server Error";
        case 501: return "Not Implemented";
        case 503: return "Service Unavailable";
        case 505: return "HTTP Version Not Supported";
        default: return status < 400 ? "OK" : "Error";
    }
}

}  // namespace godwit::api
