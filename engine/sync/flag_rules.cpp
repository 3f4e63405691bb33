#include "engine/sync/flag_rules.h"

#include <array>

#include "engine/base/text.h"
#include "engine/imap/encoder.h"

namespace godwit::sync {
namespace {

constexpr auto system_flags =
    std::to_array<std::string_view>({"\\Answered", "\\Deleted", "\\Draft", "\\Flagged", "\\Seen"});
// What Perl's \s matches.
constexpr std::string_view blanks = " \t\r\n\f\v";

std::string joined(const std::vector<std::string>& flags) {
    std::string text;
    for (const auto& flag : flags) {
        if (equals_ignoring_case(flag, "\\Recent")) continue;
        if (!text.empty()) text += ' ';
        text += flag;
    }
    return text;
}

std::vector<std::string_view> split(std::string_view text) {
    std::vector<std::string_view> words;
    while (!text.empty()) {
        const auto end = std::min(text.find_first_of(blanks), text.size());
        if (end > 0) words.push_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return words;
}

// Its usual spelling; empty if it cannot be stored.
std::string_view storable(std::string_view flag) {
    if (!flag.starts_with('\\')) return imap::is_sendable_flag(flag) ? flag : std::string_view();
    const auto usual =
        std::ranges::find_if(system_flags, [&](auto known) { return equals_ignoring_case(known, flag); });
    return usual == system_flags.end() ? std::string_view() : *usual;
}

}  // namespace

Result<FlagRules> FlagRules::make(const SyncOptions& options) {
    FlagRules rules;
    GODWIT_TRY(replace, Substitution::parse_all("regexflag", options.regexflag, Subject::octets));
    rules.replace_ = std::move(replace);
    rules.usual_case_ = options.flagscase;
    return rules;
}

std::vector<std::string> FlagRules::apply(std::vector<std::string> flags) const {
    std::string text = joined(flags);
    for (const auto& substitution : replace_)
        if (auto changed = substitution.apply(text)) text = std::move(*changed);
    flags.clear();
    for (const auto flag : split(text))
        if (const auto usual = storable(flag); !usual.empty()) flags.emplace_back(usual_case_ ? usual : flag);
    std::ranges::sort(flags);
    flags.erase(std::ranges::unique(flags).begin(), flags.end());
    return flags;
}

}  // namespace godwit::sync
