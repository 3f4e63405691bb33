// LIST, LSUB and STATUS.
#include "engine/base/text.h"
#include "tools/fakeimap/connection.h"

namespace godwit::fakeimap {
namespace {

struct ListRequest {
    std::vector<std::string> selection, patterns, answer,
        status;  // words in upper case, but for the patterns
    bool has(const std::vector<std::string>& words, std::string_view word) const {
        return std::ranges::find(words, word) != words.end();
    }
    bool extended() const { return !selection.empty() || !answer.empty() || patterns.size() > 1; }
};

// Reads the arguments of LIST one after the other.
class ListReader {
public:
    explicit ListReader(const std::vector<Word>& words) : words_(words) {}

    std::optional<ListRequest> read() {
        ListRequest request;
        if (next_is('(')) request.selection = group(true);
        const auto reference = one();
        if (!reference) return std::nullopt;
        auto patterns = next_is('(') ? group(false) : std::vector<std::string>();
        if (patterns.empty()) patterns.push_back(one().value_or(""));
        for (const auto& pattern : patterns) request.patterns.push_back(*reference + pattern);
        if (at_ == words_.size()) return request;
        if (upper_case(one().value_or("")) != "RETURN" || !next_is('(')) return std::nullopt;
        for (++at_; at_ < words_.size() && !next_is(')');) {
            request.answer.push_back(upper_case(words_[at_++].text));
            if (request.answer.back() == "STATUS" && next_is('(')) request.status = group(true);
        }
        return request;
    }

private:
    bool next_is(char parenthesis) const { return at_ < words_.size() && words_[at_].is(parenthesis); }
    std::optional<std::string> one() {
        if (at_ == words_.size() || words_[at_].syntax) return std::nullopt;
        return words_[at_++].text;
    }
    std::vector<std::string> group(bool keywords) {
        std::vector<std::string> out;
        for (++at_; at_ < words_.size() && !next_is(')'); ++at_)
            out.push_back(keywords ? upper_case(words_[at_].text) : words_[at_].text);
        if (at_ < words_.size()) ++at_;
        return out;
    }

    const std::vector<Word>& words_;
    std::size_t at_ = 0;
};

// "*" is anything, "%" anything within one level.
bool matches(std::string_view pattern, std::string_view name, char delimiter) {
    if (pattern.empty()) return name.empty();
    if (pattern[0] != '*' && pattern[0] != '%')
        return name.starts_with(pattern[0]) && matches(pattern.substr(1), name.substr(1), delimiter);
    for (std::size_t i = 0; i <= name.size(); ++i) {
        if (matches(pattern.substr(1), name.substr(i), delimiter)) return true;
        if (i < name.size() && pattern[0] == '%' && name[i] == delimiter) return false;
    }
    return false;
}

std::string quoted(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out += '"';
}

std::uint64_t count_flag(const Folder& folder, std::string_view flag, bool present) {
    return static_cast<std::uint64_t>(std::ranges::count_if(
        folder.messages, [&](const Message& message) { return message.has_flag(flag) == present; }));
}

}  // namespace

std::string Connection::list_attributes(const std::string& name, const Folder& folder,
                                        bool subscribed) const {
    std::string out = folder.attributes;
    const auto add = [&](std::string_view attribute) { (out += out.empty() ? "" : " ") += attribute; };
    if (subscribed && folder.subscribed) add("\\Subscribed");
    if (has("CHILDREN")) {
        const std::string below = name + server_.persona_.delimiter;
        const auto child = account_->folders.lower_bound(below);
        add(child != account_->folders.end() && child->first.starts_with(below) ? "\\HasChildren"
                                                                                : "\\HasNoChildren");
    }
    return out;
}

Connection::Status Connection::list(const ClientCommand& command) {
    const auto request = ListReader(command.words).read();
    if (!request || (request->extended() && !has("LIST-EXTENDED"))) return "BAD arguments";
    if (!request->status.empty() && !has("LIST-STATUS")) return "BAD arguments";
    condstore_ |= has("CONDSTORE") && request->has(request->status, "HIGHESTMODSEQ");
    const char delimiter = server_.persona_.delimiter;
    if (request->patterns == std::vector<std::string>{""}) {
        out_ += fmt::format("* {} (\\Noselect) \"{}\" \"\"\r\n", command.name, delimiter);
        return "OK done";
    }
    const bool only_subscribed = command.name == "LSUB" || request->has(request->selection, "SUBSCRIBED");
    const bool tell_subscribed =
        request->has(request->answer, "SUBSCRIBED") || request->has(request->selection, "SUBSCRIBED");
    const bool special = request->has(request->selection, "SPECIAL-USE");
    for (const auto& [name, folder] : account_->folders) {
        if ((only_subscribed && !folder.subscribed) ||
            (special && (folder.attributes.empty() || !folder.selectable())))
            continue;
        if (std::ranges::none_of(request->patterns, [&](const auto& pattern) {
                return matches(canonical(pattern), name, delimiter);
            }))
            continue;
        out_ += fmt::format("* {} ({}) \"{}\" {}\r\n", command.name,
                            list_attributes(name, folder, tell_subscribed), delimiter, quoted(name));
        if (request->status.empty() || !folder.selectable()) continue;
        const auto row = status_row(name, folder, request->status);
        if (!row) return "BAD unknown item";
        out_ += *row;
    }
    return "OK done";
}

Connection::Status Connection::status(const ClientCommand& command) {
    const Folder* found = open_folder(command.argument(0));
    if (!found) return "NO [NONEXISTENT] no such folder";
    std::vector<std::string> items;
    for (std::size_t i = 1; i < command.words.size(); ++i)
        if (!command.words[i].syntax) items.push_back(upper_case(command.words[i].text));
    const auto row = status_row(command.argument(0), *found, items);
    if (!row) return "BAD unknown item";
    condstore_ |= std::ranges::find(items, "HIGHESTMODSEQ") != items.end();
    out_ += *row;
    return "OK done";
}

std::optional<std::string> Connection::status_row(const std::string& name, const Folder& folder,
                                                  const std::vector<std::string>& items) const {
    std::string row;
    for (const auto& item : items) {
        std::uint64_t value = 0;
        if (item == "MESSAGES")
            value = folder.messages.size();
        else if (item == "UIDNEXT")
            value = folder.uidnext;
        else if (item == "UIDVALIDITY")
            value = folder.uidvalidity;
        else if (item == "UNSEEN")
            value = count_flag(folder, "\\Seen", false);
        else if (item == "DELETED")
            value = count_flag(folder, "\\Deleted", true);
        else if (item == "HIGHESTMODSEQ" && has("CONDSTORE"))
            value = shown_modseq(folder);
        else if (item == "SIZE" && has("STATUS=SIZE"))
            for (const auto& message : folder.messages) value += shown_size(message);
        else if (item != "RECENT")
            return std::nullopt;
        row += fmt::format("{}{} {}", row.empty() ? "" : " ", item, value);
    }
    return fmt::format("* STATUS {} ({})\r\n", quoted(name), row);
}

}  // namespace godwit::fakeimap
