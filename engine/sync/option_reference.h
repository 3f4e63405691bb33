// The table of options for readers and for other programs: the reference page (schemas/options.md) and JSON
// Schema. Pure.
#pragma once

#include <string>

#include <boost/json/object.hpp>

namespace godwit::sync {

// Markdown: every option, and the names of imapsync that do nothing or are refused.
std::string option_reference();

// What an object of options may have, as "properties" of JSON Schema: those that rows may have, by name and
// other spellings. They refer to "#/$defs/option_flag" and the like, which option_value_schemas() has.
boost::json::object option_schemas();
boost::json::object option_value_schemas();

}  // namespace godwit::sync
