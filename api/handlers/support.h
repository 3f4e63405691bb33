// What handlers of several resources share: query parameters, pages, ids, actions.
#pragma once

#include <boost/json/array.hpp>

#include "api/handlers/views.h"
#include "api/json.h"
#include "api/router.h"

namespace godwit::api {

// Refuses with 400 a query parameter that is not in `known`, or is there twice.
std::expected<void, Problem> check_query(const Request& request, std::initializer_list<std::string_view> known);
std::expected<bool, Problem> query_flag(const Request& request, std::string_view name);
std::expected<std::uint64_t, Problem> query_number(const Request& request, std::string_view name, std::uint64_t min,
                                                   std::uint64_t max, std::uint64_t absent);
std::unexpected<Problem> bad_parameter(std::string_view name, std::string detail);

// limit (1 to 1000, default 100) and cursor.
std::expected<scheduler::PageRequest, Problem> page_request(const Request& request);
// {"data": […], "next_cursor": …, "has_more": …} and a Link header to the next page.
Response page_response(const Request& request, boost::json::array data, const std::string& next_cursor);
template <class T>
Response page_response(const Request& request, const scheduler::Page<T>& page) {
    boost::json::array data;
    for (const auto& item : page.items) data.push_back(to_json(item));
    return page_response(request, std::move(data), page.next_cursor);
}

// The typed id in the path; 404 when it cannot be one of ours.
template <class Id>
std::expected<Id, Problem> id_parameter(const RequestContext& context, std::string_view prefix) {
    const auto& text = context.parameter("id");
    if (!scheduler::is_id(text, prefix)) return refuse(404, "not_found", "There is nothing with this id.");
    return Id{text};
}

// The action in the path, 404 when there is none of that name, and the parameters of its pass in the body: verify has
// verifybytes, undo has dry.
struct WantedAction {
    scheduler::Action action;
    scheduler::PassParameters parameters;
};
std::expected<WantedAction, Problem> action_parameter(const RequestContext& context);
// A batch or migration may be claimed now that could not be before.
void wake_after(const RequestContext& context, scheduler::Action action);

}  // namespace godwit::api
