#include "scheduler/import/batch_schema.h"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "engine/sync/option_reference.h"
#include "engine/sync/option_table.h"
#include "scheduler/import/columns.h"

namespace godwit::scheduler {

namespace {

namespace json = boost::json;

constexpr std::size_t line_bytes = 118;

// Two spaces a level; what fits into a line stands in one.
void write(std::string& out, const json::value& value, std::size_t indent) {
    const auto line = json::serialize(value);
    const bool is_simple = !value.is_structured() || indent + line.size() <= line_bytes;
    if (is_simple) {
        out += line;
        return;
    }
    const std::string inner(indent + 2, ' ');
    std::string_view separator = "\n";
    const auto entry = [&](std::string_view key, const json::value& child) {
        out += fmt::format("{}{}{}", separator, inner, key);
        write(out, child, indent + 2);
        separator = ",\n";
    };
    out += value.is_object() ? '{' : '[';
    if (const auto* object = value.if_object())
        for (const auto& [key, child] : *object) entry(json::serialize(json::string(key)) + ": ", child);
    else
        for (const auto& child : value.as_array()) entry("", child);
    out += "\n" + std::string(indent, ' ') + (value.is_object() ? '}' : ']');
}

json::object reference_to(std::string_view place) { return {{"$ref", fmt::format("#/$defs/{}", place)}}; }

struct ColumnText {
    std::string_view schema, description;
};

// Of the source or of both; the columns of the destination are the same.
ColumnText text_of(Column column) {
    switch (column) {
        case Column::source_host: return {"text", "name or address, also with :PORT behind"};
        case Column::source_port: return {"port", "993, or 143 with starttls or none"};
        case Column::source_tls: return {"tls", "implicit, or starttls on port 143"};
        case Column::source_user: return {"text", "user"};
        case Column::source_password: return {"text", "password"};
        case Column::source_auth_user: return {"text", "who signs in, with this password, for the user"};
        case Column::external_id: return {"text", "a key of your own"};
        case Column::options: return {"options_or_text", "options by name, or as on a command line"};
        default: return text_of(static_cast<Column>(static_cast<std::size_t>(column) - side_columns));
    }
}

json::object column_schemas() {
    json::object out;
    for (std::size_t i = 0; i < column_count; ++i) {
        const auto column = static_cast<Column>(i);
        const auto text = text_of(column);
        auto schema = reference_to(text.schema);
        schema["description"] = text.description;
        out[name_of(column)] = std::move(schema);
    }
    for (std::size_t i = 0; i < column_count; ++i) {
        const auto column = static_cast<Column>(i);
        for (const auto& name : names_of(column))
            if (!out.contains(name))
                out[name] = reference_to(fmt::format("row/properties/{}", name_of(column)));
    }
    return out;
}

json::object row_schema(const json::object& options) {
    auto properties = column_schemas();
    for (const auto& [name, schema] : options)
        if (!column_of(name))
            properties[name] = reference_to(fmt::format("options/properties/{}", std::string_view(name)));
    return {{"type", "object"}, {"properties", std::move(properties)}, {"additionalProperties", false}};
}

json::object definitions() {
    auto options = sync::option_schemas();
    json::object out{
        {"row", row_schema(options)},
        {"options_or_text", {{"anyOf", json::array{reference_to("text"), reference_to("options")}}}},
        {"options",
         {{"type", "object"}, {"properties", std::move(options)}, {"additionalProperties", false}}},
        {"text",
         {{"type", json::array{"string", "number", "boolean", "null"}},
          {"description", "taken as it is written; null or empty: not given"}}},
        {"port",
         {{"type", json::array{"integer", "string", "null"}},
          {"minimum", 1},
          {"maximum", 65535},
          {"pattern", "^[0-9]*$"}}},
        {"tls", {{"enum", json::array{"implicit", "starttls", "none", "ssl", "tls", "plain", "", nullptr}}}}};
    for (auto& [name, schema] : sync::option_value_schemas()) out[name] = schema;
    return out;
}

json::object has_one_of(const std::vector<std::string>& names) {
    json::array any;
    for (const auto& name : names) any.push_back(json::object{{"required", json::array{json::string(name)}}});
    return {{"anyOf", std::move(any)}};
}

// A column that rows must have where the defaults have not. (Hosts may also be given with the request.)
json::object required(Column column) {
    const auto named = has_one_of(names_of(column));
    auto in_defaults = named;
    in_defaults["type"] = "object";
    return {{"anyOf", json::array{json::object{{"properties", {{"defaults", std::move(in_defaults)}}},
                                               {"required", json::array{"defaults"}}},
                                  json::object{{"properties", {{"migrations", {{"items", named}}}}}}}}};
}

}  // namespace

std::string batch_schema() {
    json::array rules;
    for (const auto column : {Column::source_user, Column::source_password, Column::destination_user,
                              Column::destination_password})
        rules.push_back(required(column));
    const json::object schema{
        {"$schema", "https://json-schema.org/draft/2020-12/schema"},
        {"title", "Accounts for godwit import"},
        {"description",
         "A YAML document of account pairs. Made from Godwit's tables of columns and options."},
        {"type", "object"},
        {"properties",
         {{"defaults",
           {{"description", "what rows may leave out; all but external_id"},
            {"anyOf", json::array{reference_to("row"), json::object{{"type", "null"}}}}}},
          {"migrations", {{"type", "array"}, {"items", reference_to("row")}}}}},
        {"required", json::array{"migrations"}},
        {"additionalProperties", false},
        {"allOf", std::move(rules)},
        {"$defs", definitions()}};
    std::string out;
    write(out, schema, 0);
    return out + "\n";
}

}  // namespace godwit::scheduler
