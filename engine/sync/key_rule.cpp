#include "engine/sync/key_rule.h"

#include <algorithm>

#include "engine/base/text.h"

namespace godwit::sync {
namespace {

constexpr std::size_t most_line_bytes = 64u << 10;   // of one field, for skipheader

bool is_field_name(std::string_view name) {
    return !name.empty() && std::ranges::all_of(name, [](unsigned char c) { return c > 0x20 && c < 0x7f && c != ':'; });
}

Error bad(std::string cause, std::string_view option) {
    return {ErrorKind::invalid_argument, Reach::account, std::move(cause), "--" + std::string(option)};
}

}  // namespace

Result<KeyRule> KeyRule::make(const SyncOptions& options) {
    KeyRule rule;
    rule.no_domain_ = options.messageidnodomain;
    for (const auto& name : options.useheader) {
        if (!is_field_name(name)) return std::unexpected(bad("\"" + printable(name, 100) + "\" is no name of a header field", "useheader"));
        if (equals_ignoring_case(name, "ALL"))
            rule.use_all_ = true;
        else
            rule.use_.push_back(lower_case(name));
    }
    for (const auto& expression : options.skipheader) {
        auto regex = Regex::make("(?i)" + expression);
        if (!regex) return std::unexpected(bad(regex.error().to_string(), "skipheader"));
        rule.skip_.push_back(std::move(*regex));
    }
    return rule;
}

MessageKey KeyRule::key(std::string_view header, KeyRung rung) const {
    const bool named = use_all_ || !use_.empty();
    if (!named && !no_domain_ && skip_.empty()) return message_key(header, rung);
    const auto text = reduced(header);
    if (named && rung == 0) {
        if (const auto found = of_named_fields(text)) return *found;
        rung = 1;
    }
    return message_key(text, rung);
}

std::string KeyRule::fetch_item() const {
    if (use_all_) return "BODY.PEEK[HEADER]";
    std::string names(key_header_fields);
    for (const auto& name : use_) names += ' ' + name;
    return fmt::format("BODY.PEEK[HEADER.FIELDS ({})]", names);
}

// The header without what is not looked at.
std::string KeyRule::reduced(std::string_view header) const {
    std::string out;
    while (!header.empty()) {
        const auto field = take_header_field(header);
        if (field.empty()) break;
        const auto colon = std::min(field.find(':'), field.size());
        const auto name = field.substr(0, colon);
        const std::string line = fmt::format("{}: {}", name, collapsed(field.substr(std::min(colon + 1, field.size()))));
        const auto subject = std::string_view(line).substr(0, most_line_bytes);
        if (std::ranges::any_of(skip_, [&](const auto& regex) { return regex.matches(subject); })) continue;
        if (no_domain_ && equals_ignoring_case(name, "Message-ID"))
            out += line.substr(0, line.find('@')) + "\r\n";
        else
            out += field;
    }
    return out;
}

std::optional<MessageKey> KeyRule::of_named_fields(std::string_view header) const {
    std::vector<std::string> lines;
    while (!header.empty()) {
        const auto field = take_header_field(header);
        if (field.empty()) break;
        const auto colon = field.find(':');
        if (colon == field.npos || !is_used(field.substr(0, colon))) continue;
        lines.push_back(lower_case(field.substr(0, colon)) + ":" + collapsed(field.substr(colon + 1)));
    }
    if (lines.empty()) return std::nullopt;
    std::ranges::sort(lines);
    std::string text = "named:";
    for (const auto& line : lines) text += line + '\n';
    return digest_key(text);
}

bool KeyRule::is_used(std::string_view name) const {
    return use_all_ || std::ranges::find(use_, lower_case(name)) != use_.end();
}

}  // namespace godwit::sync
