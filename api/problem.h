// Problem documents (RFC 9457): every error of the API has a stable code, and names the field, row and column.
#pragma once

#include <boost/json/object.hpp>

#include "api/http_types.h"

namespace godwit::api {

// One thing that is wrong in what was sent. `pointer` is a JSON pointer (RFC 6901) into the body, `parameter` the name
// of a query parameter, `row` and `column` a place in an uploaded file.
struct FieldError {
    std::string pointer, parameter;
    std::uint64_t row = 0;
    std::string column;
    std::string code;
    std::string detail;
};

struct Problem {
    unsigned status = 500;
    std::string code;                 // snake case, stable
    std::string detail;               // one sentence
    std::vector<FieldError> errors;
    boost::json::object more;         // further members, e.g. "allowed"
};

// What handlers end with.
using Answer = std::expected<Response, Problem>;

inline std::unexpected<Problem> refuse(unsigned status, std::string code, std::string detail,
                                       std::vector<FieldError> errors = {}) {
    return std::unexpected(Problem{status, std::move(code), std::move(detail), std::move(errors), {}});
}

// An error of a lower layer as the client may see it: what is not the client's business is only logged.
Problem problem_of(const Error& error);
boost::json::object to_json(const FieldError& error);
Response to_response(const Problem& problem, const Request& request);

}  // namespace godwit::api

// GODWIT_API_TRY(name, expression): declares `name` as the value of a Result<T> or of an expected<T, Problem>, or ends
// the handler with the problem. GODWIT_API_CHECK: the same without a value.
namespace godwit::api {
inline Problem as_problem(Problem problem) { return problem; }
inline Problem as_problem(const Error& error) { return problem_of(error); }
}  // namespace godwit::api
#define GODWIT_API_TRY(name, ...)       \
    auto name##_result = __VA_ARGS__;   \
    if (!name##_result)                 \
        co_return std::unexpected(::godwit::api::as_problem(std::move(name##_result).error())); \
    auto name = std::move(*name##_result)
#define GODWIT_API_CHECK(...)                            \
    if (auto api_check = __VA_ARGS__; !api_check)        \
        co_return std::unexpected(::godwit::api::as_problem(std::move(api_check).error()))
