#include "tools/fakeimap/fetch_item.h"

#include <charconv>
#include <sstream>

namespace godwit::fakeimap {
namespace {

using enum FetchItem::Kind;

struct Simple {
    std::string_view word;
    FetchItem::Kind kind;
    bool marks_seen = false;
};
constexpr auto simple_items = std::to_array<Simple>({
    {"UID", uid},
    {"FLAGS", flags},
    {"INTERNALDATE", internal_date},
    {"RFC822.SIZE", size},
    {"MODSEQ", modseq},
    {"X-GM-MSGID", gmail_id},
    {"X-GM-LABELS", gmail_labels},
    {"RFC822", all, true},
    {"RFC822.HEADER", header},
    {"RFC822.TEXT", text, true},
});

std::optional<std::uint64_t> number(std::string_view digits) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
    return value;
}

// "<0.100>"
bool parse_part(std::string_view word, FetchItem& item) {
    const auto dot = word.find('.');
    if (!word.starts_with('<') || !word.ends_with('>') || dot == std::string_view::npos) return false;
    const auto origin = number(word.substr(1, dot - 1)),
               octets = number(word.substr(dot + 1, word.size() - dot - 2));
    if (!origin || !octets) return false;
    item.part.emplace(*origin, *octets);
    item.label += fmt::format("<{}>", *origin);
    return true;
}

bool parse_section(const std::string& section, FetchItem& item) {
    const auto open = section.find('(');
    const std::string name = upper_case(section.substr(0, section.find(' ')));
    if (section.empty())
        item.kind = all;
    else if (name == "HEADER")
        item.kind = header;
    else if (name == "TEXT")
        item.kind = text;
    else if (name == "HEADER.FIELDS" && open != std::string::npos)
        item.kind = fields;
    else if (name == "HEADER.FIELDS.NOT" && open != std::string::npos)
        item.kind = other_fields;
    else
        return false;
    if (open == std::string::npos) return true;
    std::istringstream names(section.substr(open + 1, section.find(')') - open - 1));
    for (std::string field; names >> field;) item.fields.push_back(std::move(field));
    return true;
}

// "BODY.PEEK[HEADER.FIELDS (DATE FROM)]<0.100>"
std::optional<FetchItem> parse_body(const std::string& word) {
    const auto open = word.find('['), close = word.rfind(']');
    if (open == std::string::npos || close == std::string::npos) return std::nullopt;
    const std::string name = upper_case(word.substr(0, open));
    if (name != "BODY" && name != "BODY.PEEK") return std::nullopt;
    FetchItem item{
        .kind = all, .label = "BODY" + word.substr(open, close - open + 1), .marks_seen = name == "BODY"};
    if (!parse_section(word.substr(open + 1, close - open - 1), item)) return std::nullopt;
    const auto rest = std::string_view(word).substr(close + 1);
    if (!rest.empty() && !parse_part(rest, item)) return std::nullopt;
    return item;
}

bool add_item(const std::string& word, std::vector<FetchItem>& items) {
    const std::string name = upper_case(word);
    if (name == "FAST")
        return add_item("FLAGS", items) && add_item("INTERNALDATE", items) && add_item("RFC822.SIZE", items);
    const auto found = std::ranges::find(simple_items, name, &Simple::word);
    if (found != simple_items.end()) {
        items.push_back({.kind = found->kind, .label = name, .marks_seen = found->marks_seen});
        return true;
    }
    auto item = parse_body(word);
    if (item) items.push_back(std::move(*item));
    return item.has_value();
}

}  // namespace

std::optional<FetchRequest> parse_fetch(std::span<const Word> words) {
    FetchRequest request;
    if (words.empty()) return std::nullopt;
    const bool list = words[0].is('(');
    std::size_t at = list ? 1 : 0;
    for (; at < words.size() && !words[at].syntax; ++at) {
        if (!add_item(words[at].text, request.items)) return std::nullopt;
        if (!list) break;
    }
    if (++at > words.size() || request.items.empty()) return std::nullopt;
    if (at == words.size()) return request;
    const auto modifier = words.subspan(at);
    if (modifier.size() < 4 || upper_case(modifier[1].text) != "CHANGEDSINCE") return std::nullopt;
    request.changed_since = number(modifier[2].text);
    request.vanished = upper_case(modifier[3].text) == "VANISHED";
    if (!request.vanished && !modifier[3].is(')')) return std::nullopt;
    return request.changed_since ? std::optional(request) : std::nullopt;
}

}  // namespace godwit::fakeimap
