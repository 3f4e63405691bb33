#include "tools/godwit/json_fields.h"

#include <boost/json.hpp>

namespace godwit::cli {

namespace json = boost::json;

const json::value* field(const json::value& object, std::string_view path) {
    const json::value* at = &object;
    while (at && !path.empty()) {
        const auto name = path.substr(0, path.find('.'));
        path.remove_prefix(std::min(path.size(), name.size() + 1));
        const auto* members = at->if_object();
        at = members ? members->if_contains(name) : nullptr;
    }
    return at;
}

std::string text_field(const json::value& object, std::string_view path) {
    const auto* found = field(object, path);
    const auto* text = found ? found->if_string() : nullptr;
    return text ? std::string(*text) : std::string();
}

std::uint64_t number_field(const json::value& object, std::string_view path) {
    const auto* found = field(object, path);
    if (!found) return 0;
    if (const auto* number = found->if_int64()) return *number < 0 ? 0 : static_cast<std::uint64_t>(*number);
    if (const auto* number = found->if_uint64()) return *number;
    if (const auto* number = found->if_double())
        return *number > 0 && *number < 1e18 ? static_cast<std::uint64_t>(*number) : 0;
    return 0;
}

bool flag_field(const json::value& object, std::string_view path) {
    const auto* found = field(object, path);
    const auto* flag = found ? found->if_bool() : nullptr;
    return flag && *flag;
}

const json::array& array_field(const json::value& object, std::string_view path) {
    static const json::array none;
    const auto* found = field(object, path);
    const auto* array = found ? found->if_array() : nullptr;
    return array ? *array : none;
}

std::string error_field(const json::value& object, std::string_view path) {
    const auto* error = field(object, path);
    if (!error) return {};
    const auto code = text_field(*error, "code"), cause = text_field(*error, "cause");
    return cause.empty() ? code : code + ": " + cause;
}

sync::Counters counters_field(const json::value& object, std::string_view path) {
    sync::Counters counters;
    const auto* found = field(object, path);
    if (!found) return counters;
    for (const auto& known : sync::counter_fields()) counters.*known.member = number_field(*found, known.name);
    return counters;
}

}  // namespace godwit::cli
