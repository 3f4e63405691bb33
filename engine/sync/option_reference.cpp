#include "engine/sync/option_reference.h"

#include <boost/json.hpp>

#include "engine/sync/imapsync_names.h"
#include "engine/sync/option_values.h"

namespace godwit::sync {

namespace {

namespace json = boost::json;

constexpr std::string_view introduction =
    R"(# Options

This page is made from the tables of `engine/sync/option_table.cpp` and `imapsync_names.cpp`; `engine_sync_test` makes it
again with `GODWIT_UPDATE_GOLDEN=1`.

`godwit sync` takes all options as `--NAME VALUE`. Those marked *rows* may also be said of all account pairs of a file, with
`godwit import --options "--automap --exclude '^Junk'"` or among the defaults of YAML, and of one pair: in its options
column, in a column of CSV that has the option's name, or by name in YAML. What is said later in this order counts; an
option that may be repeated adds to what was said before.

- Names may be in any case, and on a command line cut short as long as they are unambiguous. `--[no]NAME` can be taken
  back with `--noNAME`; in a column or in YAML its value is yes or no (true, on, 1; false, off, 0).
- An empty cell says nothing.
- BYTES may end in k, M or G, powers of 1024. DAYS may have a fraction.
- REGEX is Perl's, as PCRE2 has it.
- `--ledger`, `--statedir`, `--justlogin` and `--json` belong to `godwit sync` alone: see `godwit sync --help`.
)";

bool can_be_negated(const OptionSpec& option) {
    return option.kind == ValueKind::flag || option.kind == ValueKind::choice;
}

std::string dashed(const OptionSpec& option, std::string_view name) {
    return fmt::format("`--{}{}`", can_be_negated(option) ? "[no]" : "", name);
}

std::string names_of(const OptionSpec& option) {
    auto out = dashed(option, option.name);
    for (const auto alias : option.aliases)
        if (!alias.empty()) out += ", " + dashed(option, alias);
    return out;
}

std::string default_of(const OptionSpec& option) {
    if (std::holds_alternative<bool SyncOptions::*>(option.field))
        return is_on_by_default(option) ? "on" : "off";
    if (const auto* mode = std::get_if<ResyncFlags SyncOptions::*>(&option.field))
        return std::string(name_of(SyncOptions().**mode));
    return "";
}

std::string in_cell(std::string_view text) {
    std::string out;
    for (const char c : text) out += c == '|' ? "\\|" : std::string{c};
    return out;
}

std::string table_of_options() {
    std::string out;
    std::string_view group;
    for (const auto& option : option_table()) {
        if (option.group != group)
            out += fmt::format(
                "\n## {}\n\n| option | value | default | where | what it does |\n|---|---|---|---|---|\n",
                option.group);
        group = option.group;
        out += fmt::format("| {} | {} | {} | {} | {} |\n", names_of(option), in_cell(option.value),
                           default_of(option), option.allowed_in_rows ? "rows" : "command line",
                           in_cell(option.help));
    }
    return out;
}

// A paragraph of names.
std::string wrapped(std::vector<std::string_view> names) {
    constexpr std::size_t width = 120;
    std::ranges::sort(names);
    std::string out;
    std::size_t line = 0;
    for (const auto name : names) {
        const auto word = fmt::format("`--{}`{}", name, name == names.back() ? "." : ",");
        const bool breaks = line + 1 + word.size() > width;
        if (line > 0) out += breaks ? '\n' : ' ';
        line = line == 0 || breaks ? word.size() : line + 1 + word.size();
        out += word;
    }
    return out + "\n";
}

json::object reference_to(std::string_view place) { return {{"$ref", fmt::format("#/$defs/{}", place)}}; }

std::string_view value_schema_of(ValueKind kind) {
    switch (kind) {
        case ValueKind::none:
        case ValueKind::flag: return "option_flag";
        case ValueKind::choice: return "option_choice";
        case ValueKind::number: return "option_number";
        case ValueKind::bytes: return "option_bytes";
        case ValueKind::days:
        case ValueKind::percent:
        case ValueKind::rate: return "option_fraction";
        case ValueKind::text: return "option_text";
        case ValueKind::list: return "option_list";
    }
    return "option_text";
}

// A number, also as text that `pattern` describes; null says nothing.
json::object numeric(std::string_view type, int least, std::string_view pattern) {
    return {{"type", json::array{type, "string", "null"}}, {"minimum", least}, {"pattern", pattern}};
}

}  // namespace

std::string option_reference() {
    std::vector<std::string_view> ignored;
    for (const auto& option : ignored_options()) ignored.push_back(option.name);
    const auto refused = unsupported_options();
    return std::string(introduction) + table_of_options() +
           "\n## Accepted, without effect\n\nWhat these options of imapsync ask for is done anyway, or "
           "concerns only its "
           "own workings. They may stand\nin an options column, too.\n\n" +
           wrapped(std::move(ignored)) +
           "\n## Refused\n\nThese options of imapsync, and what takes them back, would change what is copied "
           "or what "
           "happens beside it, and Godwit has\nnot got them (`--justlogin`: not in rows).\n\n" +
           wrapped({refused.begin(), refused.end()});
}

json::object option_schemas() {
    json::object out;
    for (const auto& option : option_table()) {
        if (!option.allowed_in_rows) continue;
        auto schema = reference_to(value_schema_of(option.kind));
        schema["description"] = option.help;
        if (option.kind == ValueKind::flag && !std::holds_alternative<std::monostate>(option.field) &&
            !default_of(option).empty())
            schema["default"] = is_on_by_default(option);
        if (option.kind == ValueKind::choice) schema["default"] = default_of(option);
        out[option.name] = std::move(schema);
        for (const auto alias : option.aliases)
            if (!alias.empty()) out[alias] = reference_to(fmt::format("options/properties/{}", option.name));
    }
    return out;
}

json::object option_value_schemas() {
    const json::array words{true, false, 1, 0, "yes", "no", "true", "false", "on", "off", "1", "0", nullptr};
    json::array choices{"exact", "additive", "off"};
    for (const auto& word : words)
        if (word != "off") choices.push_back(word);
    return {
        {"option_flag", {{"enum", words}}},
        {"option_choice", {{"enum", choices}}},
        {"option_number", numeric("integer", 0, "^[0-9]+$")},
        {"option_bytes", numeric("integer", 1, "^[0-9]+[kKmMgG]?$")},
        {"option_fraction", numeric("number", 0, "^[0-9]+([.][0-9]*)?$")},
        {"option_text", {{"type", json::array{"string", "number", "boolean", "null"}}}},
        {"option_list",
         {{"anyOf", json::array{reference_to("option_text"),
                                json::object{{"type", "array"}, {"items", reference_to("option_text")}}}}}}};
}

}  // namespace godwit::sync
