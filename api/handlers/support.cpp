#include "api/handlers/support.h"

#include <charconv>

namespace godwit::api {

namespace json = boost::json;
using scheduler::Action;

namespace {
constexpr std::uint64_t page_limit = 1000;
constexpr std::uint64_t page_default = 100;
constexpr std::size_t cursor_bytes = 512;
}  // namespace

std::unexpected<Problem> bad_parameter(std::string_view name, std::string detail) {
    return refuse(400, "invalid_parameter", "A query parameter is wrong.",
                  {FieldError{.parameter = std::string(name), .code = "invalid", .detail = std::move(detail)}});
}

std::expected<void, Problem> check_query(const Request& request, std::initializer_list<std::string_view> known) {
    for (std::size_t i = 0; i < request.query.size(); ++i) {
        const auto& name = request.query[i].first;
        if (std::ranges::find(known, name) == known.end())
            return bad_parameter(name, "No such query parameter is known here.");
        for (std::size_t j = 0; j < i; ++j)
            if (request.query[j].first == name) return bad_parameter(name, "This may be given once.");
    }
    return {};
}

std::expected<bool, Problem> query_flag(const Request& request, std::string_view name) {
    const auto value = request.query_value(name);
    if (!value || *value == "false") return false;
    if (*value == "true") return true;
    return bad_parameter(name, "This is true or false.");
}

std::expected<std::uint64_t, Problem> query_number(const Request& request, std::string_view name, std::uint64_t min,
                                                   std::uint64_t max, std::uint64_t absent) {
    const auto value = request.query_value(name);
    if (!value) return absent;
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(value->data(), value->data() + value->size(), number);
    if (error != std::errc() || end != value->data() + value->size() || number < min || number > max)
        return bad_parameter(name, fmt::format("This is a number from {} to {}.", min, max));
    return number;
}

std::expected<scheduler::PageRequest, Problem> page_request(const Request& request) {
    const auto limit = query_number(request, "limit", 1, page_limit, page_default);
    if (!limit) return std::unexpected(limit.error());
    const auto cursor = request.query_value("cursor").value_or("");
    if (cursor.size() > cursor_bytes) return bad_parameter("cursor", "This is no cursor of ours.");
    return scheduler::PageRequest{std::string(cursor), static_cast<std::size_t>(*limit)};
}

Response page_response(const Request& request, json::array data, const std::string& next_cursor) {
    json::object body{{"data", std::move(data)}, {"next_cursor", nullptr}, {"has_more", !next_cursor.empty()}};
    if (!next_cursor.empty()) body["next_cursor"] = next_cursor;
    auto response = json_response(body);
    if (next_cursor.empty()) return response;
    std::string link = "<" + std::string(request.path_text()) + "?";
    for (const auto& [name, value] : request.query)
        if (name != "cursor") link += percent_encode(name) + "=" + percent_encode(value) + "&";
    response.headers.emplace_back("Link", link + "cursor=" + percent_encode(next_cursor) + ">; rel=\"next\"");
    return response;
}

std::expected<WantedAction, Problem> action_parameter(const RequestContext& context) {
    const auto action = scheduler::action_of(context.parameter("action"));
    if (!action) return refuse(404, "not_found", "There is no action of this name.");
    auto body = json_body(context.request);
    if (!body) return std::unexpected(body.error());
    FieldReader fields(*body);
    scheduler::PassParameters given;
    if (*action == Action::verify) given.verifybytes = fields.number("verifybytes", 0, 100);
    if (*action == Action::undo) given.dry = fields.flag("dry");
    if (auto finished = fields.finish(); !finished) return std::unexpected(finished.error());
    return WantedAction{*action, scheduler::parameters_of(*action, given)};
}

void wake_after(const RequestContext& context, Action action) {
    const bool may_run = action != Action::pause && action != Action::cancel;
    if (may_run && context.services.wake_dispatcher) context.services.wake_dispatcher();
}

}  // namespace godwit::api
