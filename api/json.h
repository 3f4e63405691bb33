// Reading request bodies strictly: every field is checked, every mistake is reported with its JSON pointer, and a field
// that nobody knows is a mistake too.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "api/problem.h"

namespace godwit::api {

// The object in a body; an empty body is an empty object. 415 when the content type is not JSON, 400 when it does not
// parse or is no object.
std::expected<boost::json::object, Problem> json_body(const Request& request);

// Takes fields out of an object. A getter gives nothing when the field is absent, null or wrong; the last is noted.
class FieldReader {
public:
    explicit FieldReader(const boost::json::object& object, std::string pointer = {})
        : object_(object), pointer_(std::move(pointer)) {}

    // UTF-8 without control characters, min to max bytes.
    std::optional<std::string> text(std::string_view name, std::size_t min, std::size_t max);
    std::optional<std::int64_t> integer(std::string_view name, std::int64_t min, std::int64_t max);
    std::optional<double> number(std::string_view name, double min, double max);
    std::optional<bool> flag(std::string_view name);
    const boost::json::object* object(std::string_view name);
    // Notes "required" when the field is absent or null.
    void require(std::string_view name);
    void wrong(std::string_view name, std::string code, std::string detail);
    void absorb(FieldReader&& nested);

    // 422 with all mistakes; unknown fields are among them.
    std::expected<void, Problem> finish();

private:
    const boost::json::value* find(std::string_view name);

    const boost::json::object& object_;
    std::string pointer_;
    std::vector<std::string> known_;
    std::vector<FieldError> errors_;
};

std::string rfc3339(WallTime time);
Response json_response(const boost::json::value& value, unsigned status = 200);

}  // namespace godwit::api
