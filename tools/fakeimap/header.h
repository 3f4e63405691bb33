// The header of a message (RFC 5322) as fields. Pure; views are into the text given.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace godwit::fakeimap {

struct HeaderField {
    std::string_view name;
    std::string_view text;  // the whole field: name, colon, folded lines, the last line's end
};

// Up to and with the empty line; all of it if there is none.
std::string_view header_part(std::string_view octets);
std::vector<HeaderField> fields_of(std::string_view header);
// Without the name and outer blanks, on one line.
std::string value_of(const HeaderField& field);
// Of the first field of that name, in any case.
std::optional<std::string> header_value(std::string_view header, std::string_view name);
// The fields of these names, or all others, and an empty line: what BODY[HEADER.FIELDS (…)] answers.
std::string header_fields(std::string_view header, const std::vector<std::string>& names, bool others);

}  // namespace godwit::fakeimap
