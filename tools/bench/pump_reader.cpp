#include "tools/bench/pump_reader.h"

#include <strings.h>

#include <charconv>
#include <stdexcept>
#include <utility>

namespace godwit::bench {
namespace {

constexpr std::size_t longest_text = 1 << 20;

void append_escaped(std::string& out, std::string_view text) {
    for (const char octet : text) {
        if (octet == '"' || octet == '\\') out += '\\';
        out += octet;
    }
}

}  // namespace

Reader::Event Reader::next() {
    if (std::exchange(complete_, false)) text_.clear();
    for (;;) {
        if (mode_ != Mode::text) {
            octets_ = take(left_);
            if (octets_.empty() && left_) return Event::need_more;
            left_ -= octets_.size();
            const Mode mode = mode_;
            if (mode == Mode::collect) append_escaped(text_, octets_);
            if (!left_) {
                mode_ = Mode::text;
                text_ += '"';
            }
            if (mode == Mode::stream) return Event::octets;
        } else {
            const auto input = link_.input();
            if (input.empty()) return Event::need_more;
            const auto end = input.find('\n');
            text_ += take(end == input.npos ? end : end + 1);
            if (text_.size() > longest_text) throw std::runtime_error("the server sent too long a line");
            if (end == input.npos) return Event::need_more;
            if (announces_literal()) return Event::literal;
            while (text_.ends_with('\n') || text_.ends_with('\r')) text_.pop_back();
            complete_ = true;
            return Event::line;
        }
    }
}

std::string_view Reader::take(std::uint64_t most) {
    const auto taken = link_.input().substr(0, most);
    link_.consume(taken.size());
    return taken;
}

bool Reader::announces_literal() {
    if (!text_.ends_with("}\r\n")) return false;
    const auto open = text_.rfind('{');
    if (open == text_.npos) return false;
    const char* const end = text_.data() + text_.size() - 3;
    const auto [stop, error] = std::from_chars(text_.data() + open + 1, end, left_);
    if (error != std::errc{} || stop != end) {
        left_ = 0;
        return false;
    }
    text_.resize(open);
    text_ += '"';  // of the string that it becomes
    mode_ = Mode::collect;
    return true;
}

std::string take_token(std::string_view& text) {
    while (text.starts_with(' ')) text.remove_prefix(1);
    std::string token;
    if (text.starts_with('"')) {
        std::size_t at = 1;
        for (; at < text.size() && text[at] != '"'; ++at) {
            if (text[at] == '\\' && at + 1 < text.size()) ++at;
            token += text[at];
        }
        text.remove_prefix(std::min(at + 1, text.size()));
        return token;
    }
    std::size_t end = text.find_first_of(" )");
    if (text.starts_with('(')) end = text.find(')') == text.npos ? text.npos : text.find(')') + 1;
    token = text.substr(0, end);
    text.remove_prefix(token.size());
    return token;
}

std::uint64_t to_number(std::string_view text) {
    std::uint64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

std::string quoted(std::string_view text) {
    std::string out = "\"";
    append_escaped(out, text);
    return out += '"';
}

bool same_text(std::string_view one, std::string_view other) {
    return one.size() == other.size() && !strncasecmp(one.data(), other.data(), one.size());
}

bool has_flag(std::string_view list, std::string_view flag) {
    if (list.starts_with('(')) list.remove_prefix(1);
    for (auto name = take_token(list); !name.empty(); name = take_token(list))
        if (same_text(name, flag)) return true;
    return false;
}

namespace {

std::string without_recent(std::string_view list) {
    std::string kept = "(";
    list.remove_prefix(1);
    for (auto flag = take_token(list); !flag.empty(); flag = take_token(list)) {
        if (same_text(flag, "\\Recent")) continue;
        if (kept.size() > 1) kept += ' ';
        kept += flag;
    }
    return kept += ')';
}

}  // namespace

std::optional<FetchRow> parse_fetch(std::string_view line) {
    if (!line.starts_with("* ")) return std::nullopt;
    line.remove_prefix(2);
    take_token(line);
    if (!same_text(take_token(line), "FETCH") || !line.starts_with(" (")) return std::nullopt;
    line.remove_prefix(2);
    FetchRow row;
    while (!line.empty() && !line.starts_with(')')) {
        const auto name = take_token(line);
        if (name.empty()) break;
        if (same_text(name, "BODY[]") && line == " \"") {
            row.body_follows = true;
            break;
        }
        const bool gone = line.starts_with(" NIL");
        auto value = take_token(line);
        while (line.starts_with(' ')) line.remove_prefix(1);
        if (same_text(name, "FLAGS") && value.starts_with('('))
            row.flags = without_recent(value);
        else if (same_text(name, "INTERNALDATE"))
            row.date = std::move(value);
        else if (same_text(name, "BODY[]") && !gone)
            row.body = std::move(value);
    }
    return row;
}

}  // namespace godwit::bench
