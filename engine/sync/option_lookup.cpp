// Which option a name stands for, and what a value does to it.
#include <map>

#include "engine/base/text.h"
#include "engine/sync/imapsync_names.h"
#include "engine/sync/option_table.h"
#include "engine/sync/option_values.h"

namespace godwit::sync {

namespace {

std::unexpected<Error> bad(std::string cause, std::string context = {}) {
    return fail(ErrorKind::invalid_argument, Reach::account, std::move(cause), std::move(context));
}

// Getopt::Long's spelling: any case, "no-x" for "nox".
std::string canonical(std::string_view name) {
    auto out = lower_case(name);
    if (out.starts_with("no-")) out.erase(2, 1);
    return out;
}

std::unexpected<Error> not_supported(std::string_view name) {
    return bad(fmt::format("--{} is not supported by this version", name));
}

bool can_be_negated(const OptionSpec& option) {
    return option.kind == ValueKind::flag || option.kind == ValueKind::choice;
}

// Every name, with its negation; those that imapsync alone has stand for no option.
using Names = std::map<std::string, GivenOption, std::less<>>;

void add_name(Names& names, std::string_view name, const OptionSpec& option) {
    names.try_emplace(std::string(name), &option, false);
    if (can_be_negated(option)) names.try_emplace("no" + std::string(name), &option, true);
}

Names all_names() {
    Names names;
    for (const auto& option : option_table()) {
        add_name(names, option.name, option);
        for (const auto alias : option.aliases)
            if (!alias.empty()) add_name(names, alias, option);
    }
    for (const auto& option : ignored_options()) add_name(names, option.name, option);
    for (const auto name : unsupported_options()) names.try_emplace(std::string(name), nullptr, false);
    return names;
}

const Names& known_names() {
    static const Names names = all_names();
    return names;
}

// A name of imapsync's that no table has: the negation of one of its options.
bool is_negation(std::string_view name) {
    return name.starts_with("no") && known_names().contains(name.substr(2));
}

// Without what people put between words.
std::string run_together(std::string_view name) {
    auto out = lower_case(name);
    std::erase_if(out, [](char c) { return c == '-' || c == '_'; });
    return out;
}

using RowNames = std::map<std::string, const OptionSpec*, std::less<>>;

RowNames row_names() {
    RowNames names;
    for (const auto& option : option_table()) {
        if (!option.allowed_in_rows) continue;
        names.emplace(run_together(option.name), &option);
        for (const auto alias : option.aliases)
            if (!alias.empty()) names.emplace(run_together(alias), &option);
    }
    return names;
}

Result<void> in_context(Result<void> applied, const OptionSpec& option) {
    if (applied) return applied;
    return pass_on(std::move(applied.error()), fmt::format("--{}", option.name));
}

}  // namespace

Result<GivenOption> find_option(std::string_view name) {
    const auto wanted = canonical(name);
    if (wanted.empty()) return bad("an option has no name");
    const auto& names = known_names();
    auto place = names.lower_bound(wanted);
    const bool exact = place != names.end() && place->first == wanted;
    if (!exact && is_negation(wanted)) return not_supported(wanted);
    const auto shown = printable(name, 60);
    if (!exact && (place == names.end() || !place->first.starts_with(wanted)))
        return bad(fmt::format("--{} is unknown", shown));
    if (const auto next = std::next(place); !exact && next != names.end() && next->first.starts_with(wanted))
        return bad(
            fmt::format("--{} is ambiguous: it could be --{} or --{}", shown, place->first, next->first));
    if (!place->second.spec) return not_supported(place->first);
    return place->second;
}

const OptionSpec* find_row_option(std::string_view name) {
    static const RowNames names = row_names();
    const auto place = names.find(run_together(name));
    return place == names.end() ? nullptr : place->second;
}

bool takes_value(const OptionSpec& option) {
    return option.kind != ValueKind::none && !can_be_negated(option);
}

Result<void> apply_option(OptionTarget& target, GivenOption given, std::string_view value) {
    const auto& option = *given.spec;
    const bool is_field = !std::holds_alternative<std::monostate>(option.field);
    if (!is_field && !option.apply) return in_context(bad("is not known here"), option);
    if (!value.empty() && (given.negated || (!takes_value(option) && option.kind != ValueKind::choice)))
        return in_context(bad("takes no value"), option);
    if (!is_field) return in_context(option.apply(target, value, given.negated), option);
    return in_context(set_field(target.options, option, value, given.negated), option);
}

Result<void> apply_cell(OptionTarget& target, const OptionSpec& option, std::string_view value) {
    if (option.kind != ValueKind::flag && option.kind != ValueKind::none)
        return apply_option(target, {&option, false}, value);
    const auto wish = parse_flag(value);
    if (!wish) return in_context(bad("must be yes or no"), option);
    if (option.kind == ValueKind::none && !*wish) return {};
    return apply_option(target, {&option, !*wish}, {});
}

}  // namespace godwit::sync
