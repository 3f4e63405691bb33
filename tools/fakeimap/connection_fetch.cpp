// FETCH and STORE of the fake server.
#include <charconv>
#include <sstream>

#include "engine/base/text.h"
#include "tools/fakeimap/connection.h"

namespace godwit::fakeimap {
namespace {

using Ranges = std::vector<std::pair<std::uint32_t, std::uint32_t>>;

// "3,5:7,9:*"; "*" is the highest UID, and "n:*" always holds it (RFC 9051 section 6.4.8).
Ranges ranges_of(const std::string& set, std::uint32_t highest) {
    Ranges ranges;
    std::stringstream parts(set);
    for (std::string part; std::getline(parts, part, ',');) {
        const auto number = [&](const std::string& text) {
            std::uint32_t value = highest;
            if (text != "*") std::from_chars(text.data(), text.data() + text.size(), value);
            return value;
        };
        const auto colon = part.find(':');
        const auto first = number(part.substr(0, colon));
        const auto last = colon == std::string::npos ? first : number(part.substr(colon + 1));
        ranges.emplace_back(std::min(first, last), std::max(first, last));
    }
    return ranges;
}

bool contains(const Ranges& ranges, std::uint32_t uid) {
    return std::ranges::any_of(ranges, [&](auto range) { return range.first <= uid && uid <= range.second; });
}

std::string joined(const std::vector<std::string>& words) {
    std::string out;
    for (const auto& word : words) out += (out.empty() ? "" : " ") + word;
    return out;
}

std::string header_of(std::string_view octets, const std::vector<std::string>& names) {
    std::string out;
    bool keep = false;
    while (!octets.empty()) {
        const auto end = std::min(octets.find('\n'), octets.size() - 1);
        const auto line = octets.substr(0, end + 1);
        octets.remove_prefix(end + 1);
        if (line == "\r\n" || line == "\n") break;
        if (line[0] != ' ' && line[0] != '\t') {
            const auto name = line.substr(0, line.find(':'));
            keep = std::ranges::any_of(names, [&](const auto& wanted) { return equals_ignoring_case(wanted, name); });
        }
        if (keep) out += line;
    }
    return out + "\r\n";
}

std::vector<std::string> names_in(const std::string& item) {
    const auto open = item.find('('), close = item.find(')');
    std::vector<std::string> names;
    std::stringstream words(item.substr(open + 1, close - open - 1));
    for (std::string name; words >> name;) names.push_back(name);
    return names;
}

std::string literal(std::string_view octets) { return fmt::format("{{{}}}\r\n{}", octets.size(), octets); }

}  // namespace

std::string Connection::fetch_row(const Message& message, std::size_t sequence, const std::vector<Word>& items) {
    std::string row = fmt::format("* {} FETCH (UID {}", sequence, message.uid);
    for (const auto& item : items) {
        if (item.text == "FLAGS") row += " FLAGS (" + joined(message.flags) + ")";
        if (item.text == "INTERNALDATE") row += " INTERNALDATE \"" + message.internal_date + "\"";
        if (item.text == "RFC822.SIZE") row += fmt::format(" RFC822.SIZE {}", message.octets.size());
        if (item.text.starts_with("BODY.PEEK[HEADER.FIELDS"))
            row += " BODY[" + item.text.substr(10) + " " + literal(header_of(message.octets, names_in(item.text)));
        if (item.text == "BODY.PEEK[]") {
            const auto& on_body = server_.persona_.on_body;
            const auto body = on_body ? on_body(message) : std::optional(message.octets);
            row += " BODY[] " + (body ? literal(*body) : "NIL");
        }
    }
    return row + ")\r\n";
}

Connection::Answer Connection::fetch(const ClientCommand& command) {
    Answer answer;
    if (command.words.empty()) return {"", "BAD arguments"};
    const auto& messages = selected_->messages;
    const auto ranges = ranges_of(command.words[0].text, messages.empty() ? 0 : messages.back().uid);
    const bool body = command.line.find("BODY.PEEK[]") != std::string::npos;
    for (std::size_t i = 0; i < messages.size(); ++i) {
        if (!contains(ranges, messages[i].uid)) continue;
        if (server_.persona_.hide && server_.persona_.hide(messages[i], body)) continue;
        answer.data += fetch_row(messages[i], i + 1, command.words);
    }
    return answer;
}

Connection::Answer Connection::store(const ClientCommand& command) {
    if (command.words.size() < 2) return {"", "BAD arguments"};
    std::vector<std::string> flags;
    for (std::size_t i = 2; i < command.words.size(); ++i)
        if (!command.words[i].syntax) flags.push_back(command.words[i].text);
    const auto ranges = ranges_of(command.words[0].text, selected_->uidnext - 1);
    for (auto& message : selected_->messages)
        if (contains(ranges, message.uid)) message.flags = flags;
    return {};
}

}  // namespace godwit::fakeimap
