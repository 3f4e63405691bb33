#include "api/json.h"

#include <ctime>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "engine/base/text.h"

namespace godwit::api {

namespace json = boost::json;

namespace {

bool is_json_type(std::string_view content_type) {
    auto type = content_type.substr(0, content_type.find(';'));
    while (!type.empty() && type.back() == ' ') type.remove_suffix(1);
    return equals_ignoring_case(type, "application/json");
}

std::string escaped(std::string_view name) {
    std::string out;
    for (const char c : name) {
        if (c == '~') out += "~0";
        else if (c == '/') out += "~1";
        else out += c;
    }
    return out;
}

}  // namespace

std::expected<json::object, Problem> json_body(const Request& request) {
    if (request.body.empty()) return json::object{};
    if (!is_json_type(request.header("content-type")))
        return refuse(415, "unsupported_media_type", "Send the body as application/json.");
    json::error_code error;
    json::parse_options options;
    options.max_depth = 16;
    auto value = json::parse(request.body, error, {}, options);
    if (error) return refuse(400, "malformed_json", "The body is not JSON: " + printable(error.message()) + ".");
    if (!value.is_object()) return refuse(400, "malformed_json", "The body must be a JSON object.");
    return std::move(value.as_object());
}

const json::value* FieldReader::find(std::string_view name) {
    known_.emplace_back(name);
    const auto* value = object_.if_contains(name);
    return value == nullptr || value->is_null() ? nullptr : value;
}

void FieldReader::wrong(std::string_view name, std::string code, std::string detail) {
    errors_.push_back({.pointer = pointer_ + "/" + escaped(name), .code = std::move(code), .detail = std::move(detail)});
}

std::optional<std::string> FieldReader::text(std::string_view name, std::size_t min, std::size_t max) {
    const auto* value = find(name);
    if (value == nullptr) return std::nullopt;
    if (!value->is_string()) {
        wrong(name, "wrong_type", "This must be a string.");
        return std::nullopt;
    }
    const std::string_view text(value->as_string().data(), value->as_string().size());
    if (text.size() < min || text.size() > max) {
        wrong(name, text.size() < min ? "too_short" : "too_long",
              fmt::format("This must have {} to {} bytes.", min, max));
        return std::nullopt;
    }
    if (std::ranges::any_of(text, [](unsigned char c) { return c < 0x20 || c == 0x7f; })) {
        wrong(name, "control_characters", "Control characters are not allowed here.");
        return std::nullopt;
    }
    return std::string(text);
}

std::optional<std::int64_t> FieldReader::integer(std::string_view name, std::int64_t min, std::int64_t max) {
    const auto* value = find(name);
    if (value == nullptr) return std::nullopt;
    json::error_code error;
    const auto number = value->is_number() ? value->to_number<std::int64_t>(error) : 0;
    if (!value->is_number() || error) {
        wrong(name, "wrong_type", "This must be an integer.");
        return std::nullopt;
    }
    if (number < min || number > max) {
        wrong(name, "out_of_range", fmt::format("This must be from {} to {}.", min, max));
        return std::nullopt;
    }
    return number;
}

std::optional<double> FieldReader::number(std::string_view name, double min, double max) {
    const auto* value = find(name);
    if (value == nullptr) return std::nullopt;
    if (!value->is_number()) {
        wrong(name, "wrong_type", "This must be a number.");
        return std::nullopt;
    }
    const auto number = value->to_number<double>();
    if (number >= min && number <= max) return number;
    wrong(name, "out_of_range", fmt::format("This must be from {} to {}.", min, max));
    return std::nullopt;
}

std::optional<bool> FieldReader::flag(std::string_view name) {
    const auto* value = find(name);
    if (value == nullptr) return std::nullopt;
    if (value->is_bool()) return value->get_bool();
    wrong(name, "wrong_type", "This must be true or false.");
    return std::nullopt;
}

const json::object* FieldReader::object(std::string_view name) {
    const auto* value = find(name);
    if (value == nullptr) return nullptr;
    if (value->is_object()) return &value->as_object();
    wrong(name, "wrong_type", "This must be an object.");
    return nullptr;
}

void FieldReader::require(std::string_view name) {
    const auto* value = object_.if_contains(name);
    if (value == nullptr || value->is_null()) wrong(name, "required", "This must be given.");
}

void FieldReader::absorb(FieldReader&& nested) {
    if (auto finished = nested.finish(); !finished)
        for (auto& error : finished.error().errors) errors_.push_back(std::move(error));
}

std::expected<void, Problem> FieldReader::finish() {
    for (const auto& member : object_) {
        const std::string_view key(member.key().data(), member.key().size());
        if (std::ranges::find(known_, key) == known_.end()) wrong(key, "unknown_field", "No such field is known here.");
    }
    if (errors_.empty()) return {};
    return refuse(422, "invalid_body", "Some fields of the body are wrong.", std::move(errors_));
}

std::string rfc3339(WallTime time) {
    const auto milliseconds = std::chrono::floor<std::chrono::milliseconds>(time.time_since_epoch());
    const auto seconds = std::chrono::floor<std::chrono::seconds>(milliseconds);
    const std::time_t whole = seconds.count();
    std::tm parts{};
    gmtime_r(&whole, &parts);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", parts.tm_year + 1900, parts.tm_mon + 1,
                       parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec, (milliseconds - seconds).count());
}

Response json_response(const json::value& value, unsigned status) {
    return Response{status, "application/json", {}, json::serialize(value)};
}

}  // namespace godwit::api
