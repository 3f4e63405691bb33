#include "tools/fakeimap/header.h"

#include "engine/base/text.h"

namespace godwit::fakeimap {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t'; }
bool is_empty(std::string_view line) { return line == "\r\n" || line == "\n"; }

std::string_view next_line(std::string_view text) {
    const auto end = text.find('\n');
    return text.substr(0, end == std::string_view::npos ? end : end + 1);
}

}  // namespace

std::string_view header_part(std::string_view octets) {
    for (std::size_t at = 0; at < octets.size();) {
        const auto line = next_line(octets.substr(at));
        at += line.size();
        if (is_empty(line)) return octets.substr(0, at);
    }
    return octets;
}

std::vector<HeaderField> fields_of(std::string_view header) {
    std::vector<HeaderField> fields;
    while (!header.empty() && !is_empty(next_line(header))) {
        auto size = next_line(header).size();
        while (size < header.size() && is_blank(header[size])) size += next_line(header.substr(size)).size();
        const auto text = header.substr(0, size);
        fields.push_back({text.substr(0, std::min(text.find(':'), text.size())), text});
        header.remove_prefix(size);
    }
    return fields;
}

std::string value_of(const HeaderField& field) {
    std::string value(field.text.substr(std::min(field.name.size() + 1, field.text.size())));
    std::erase_if(value, [](char c) { return c == '\r' || c == '\n'; });
    const auto first = value.find_first_not_of(" \t");
    if (first == std::string::npos) return {};
    return value.substr(first, value.find_last_not_of(" \t") - first + 1);
}

std::optional<std::string> header_value(std::string_view header, std::string_view name) {
    for (const auto& field : fields_of(header))
        if (equals_ignoring_case(field.name, name)) return value_of(field);
    return std::nullopt;
}

std::string header_fields(std::string_view header, const std::vector<std::string>& names, bool others) {
    std::string out;
    for (const auto& field : fields_of(header)) {
        const bool named = std::ranges::any_of(
            names, [&](const auto& name) { return equals_ignoring_case(name, field.name); });
        if (named != others) out += field.text;
    }
    return out + "\r\n";
}

}  // namespace godwit::fakeimap
