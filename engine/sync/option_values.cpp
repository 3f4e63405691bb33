#include "engine/sync/option_values.h"

#include <charconv>
#include <cmath>

#include <boost/json.hpp>

#include "engine/base/text.h"
#include "engine/base/utf8.h"

namespace godwit::sync {
namespace {

namespace json = boost::json;

constexpr std::uint64_t most_bytes = std::uint64_t{1} << 50;
constexpr double most_days = 100'000, most_rate = 1e12, most_percent = 100;
constexpr std::size_t most_text_bytes = 8192, most_list_entries = 1000;
constexpr std::array modes{ResyncFlags::exact, ResyncFlags::additive, ResyncFlags::off};

std::unexpected<Error> bad(std::string cause) {
    return fail(ErrorKind::invalid_argument, Reach::account, std::move(cause));
}

Result<std::uint64_t> parse_bytes(std::string_view text) {
    std::uint64_t unit = 1;
    constexpr std::string_view suffixes = "kmg";
    if (const auto suffix = text.empty() ? suffixes.npos : suffixes.find(lower_case(text.substr(text.size() - 1)));
        suffix != suffixes.npos) {
        unit <<= 10 * (suffix + 1);
        text.remove_suffix(1);
    }
    auto number = parse_number(text, 1, most_bytes / unit);
    if (!number) return bad("needs a number of bytes, such as 1000000 or 35M");
    return *number * unit;
}

Result<double> parse_fraction(std::string_view text, double most, std::string_view what) {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value) || value < 0 || value > most)
        return bad(fmt::format("needs a number of {} from 0 to {:.0f}", what, most));
    return value;
}

Result<std::string> parse_text(std::string_view text) {
    if (text.size() > most_text_bytes) return bad(fmt::format("may have {} bytes at most", most_text_bytes));
    if (!is_utf8(text)) return bad("is not UTF-8");
    return std::string(text);
}

Result<ResyncFlags> parse_mode(std::string_view text) {
    for (const auto mode : modes)
        if (equals_ignoring_case(text, name_of(mode))) return mode;
    if (const auto flag = parse_flag(text)) return *flag ? ResyncFlags::exact : ResyncFlags::off;
    return bad("must be exact, additive or off");
}

// Sets the member that the field names.
struct Setter {
    SyncOptions& options;
    ValueKind kind;
    std::string_view value;
    bool negated;

    Result<void> operator()(std::monostate) const { return {}; }
    Result<void> operator()(bool SyncOptions::*member) const {
        options.*member = !negated;
        return {};
    }
    Result<void> operator()(std::optional<bool> SyncOptions::*member) const {
        options.*member = !negated;
        return {};
    }
    Result<void> operator()(std::uint64_t SyncOptions::*member) const {
        GODWIT_TRY(number, kind == ValueKind::bytes ? parse_bytes(value) : parse_number(value, 0, most_bytes));
        options.*member = number;
        return {};
    }
    Result<void> operator()(double SyncOptions::*member) const {
        const bool share = kind == ValueKind::percent;
        GODWIT_TRY(number, parse_fraction(value, share ? most_percent : most_rate, share ? "per cent" : "units a second"));
        options.*member = number;
        return {};
    }
    Result<void> operator()(std::optional<double> SyncOptions::*member) const {
        GODWIT_TRY(number, parse_fraction(value, most_days, "days"));
        options.*member = number;
        return {};
    }
    Result<void> operator()(std::string SyncOptions::*member) const {
        if (value.empty()) return bad("needs a value");
        GODWIT_TRY(text, parse_text(value));
        options.*member = std::move(text);
        return {};
    }
    // Nothing, too, is something to say: an empty prefix.
    Result<void> operator()(std::optional<std::string> SyncOptions::*member) const {
        GODWIT_TRY(text, parse_text(value));
        options.*member = std::move(text);
        return {};
    }
    Result<void> operator()(std::vector<std::string> SyncOptions::*member) const {
        if (value.empty()) return bad("needs a value");
        if ((options.*member).size() >= most_list_entries)
            return bad(fmt::format("may be given {} times at most", most_list_entries));
        GODWIT_TRY(text, parse_text(value));
        (options.*member).push_back(std::move(text));
        return {};
    }
    Result<void> operator()(ResyncFlags SyncOptions::*member) const {
        auto mode = negated ? ResyncFlags::off : ResyncFlags::exact;
        if (!negated && !value.empty()) {
            GODWIT_TRY(given, parse_mode(value));
            mode = given;
        }
        options.*member = mode;
        return {};
    }
};

template <class T>
json::value to_value(const T& value) {
    return json::value_from(value);
}
json::value to_value(ResyncFlags mode) { return json::string(name_of(mode)); }
template <class T>
json::value to_value(const std::optional<T>& value) {
    return value ? json::value_from(*value) : json::value();
}

template <class T>
void from_value(const json::value& value, T& out) {
    if (auto read = json::try_value_to<T>(value)) out = std::move(*read);
}
void from_value(const json::value& value, ResyncFlags& out) {
    const auto* text = value.if_string();
    if (!text) return;
    if (auto mode = parse_mode(std::string_view(*text))) out = *mode;
}
template <class T>
void from_value(const json::value& value, std::optional<T>& out) {
    if (auto read = json::try_value_to<T>(value)) out = std::move(*read);
}

// Calls `act` with the member that the option's field names; nothing where it names none.
template <class Act>
void with_member(const OptionSpec& option, Act act) {
    std::visit(
        [&](auto member) {
            if constexpr (!std::is_same_v<decltype(member), std::monostate>) act(member);
        },
        option.field);
}

}  // namespace

std::string_view name_of(ResyncFlags mode) {
    switch (mode) {
        case ResyncFlags::exact: return "exact";
        case ResyncFlags::additive: return "additive";
        case ResyncFlags::off: return "off";
    }
    return "exact";
}

Result<std::uint64_t> parse_number(std::string_view text, std::uint64_t least, std::uint64_t most) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || value < least || value > most)
        return bad(fmt::format("needs a whole number from {} to {}", least, most));
    return value;
}

std::optional<bool> parse_flag(std::string_view text) {
    for (const std::string_view word : {"yes", "true", "on", "1"})
        if (equals_ignoring_case(text, word)) return true;
    for (const std::string_view word : {"no", "false", "off", "0"})
        if (equals_ignoring_case(text, word)) return false;
    return std::nullopt;
}

Result<void> set_field(SyncOptions& options, const OptionSpec& option, std::string_view value, bool negated) {
    return std::visit(Setter{options, option.kind, value, negated}, option.field);
}

bool is_on_by_default(const OptionSpec& option) {
    if (const auto* flag = std::get_if<bool SyncOptions::*>(&option.field)) return SyncOptions().**flag;
    return std::holds_alternative<ResyncFlags SyncOptions::*>(option.field);
}

std::string options_json(const SyncOptions& options) {
    const SyncOptions defaults;
    json::object out;
    for (const auto& option : option_table())
        with_member(option, [&](auto member) {
            if (options.*member != defaults.*member) out[option.name] = to_value(options.*member);
        });
    return json::serialize(out);
}

SyncOptions options_from_json(std::string_view text) {
    SyncOptions options;
    boost::system::error_code error;
    const auto parsed = json::parse(text, error);
    if (error || !parsed.is_object()) return options;
    for (const auto& option : option_table())
        with_member(option, [&](auto member) {
            if (const auto* value = parsed.as_object().if_contains(option.name)) from_value(*value, options.*member);
        });
    return options;
}

}  // namespace godwit::sync
