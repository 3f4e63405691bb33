// Reading the API's answers: absent, null and mistyped fields read as empty, so that an older or newer daemon
// is shown as far as it is understood.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <boost/json/value.hpp>

#include "engine/sync/report.h"

namespace godwit::cli {

// Nested fields are named with dots: "progress.messages_copied".
const boost::json::value* field(const boost::json::value& object, std::string_view path);
std::string text_field(const boost::json::value& object, std::string_view path);
std::uint64_t number_field(const boost::json::value& object, std::string_view path);
bool flag_field(const boost::json::value& object, std::string_view path);
// An empty array when there is none.
const boost::json::array& array_field(const boost::json::value& object, std::string_view path);

// "auth_failed: NO wrong", of an error as the API has them.
std::string error_field(const boost::json::value& object, std::string_view path);
sync::Counters counters_field(const boost::json::value& object, std::string_view path);

}  // namespace godwit::cli
