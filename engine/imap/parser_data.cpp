#include <utility>

#include "engine/imap/parser_parts.h"

namespace godwit::imap::parts {
namespace {

void trim_end(std::string_view& text) { text = text.substr(0, text.find_last_not_of(' ') + 1); }

// NIL, a quoted character, or (sloppy) "" for none, a bare character, a backslash that nobody escaped.
bool delimiter(Reader& in, std::optional<char>& out) {
    if (in.nil()) return true;
    std::string text;
    if (in.rest().starts_with("\"\\\" ")) {
        in.move_to(in.position() + 3);
        text = "\\";
    } else if (!in.astring(text)) {
        return false;
    }
    if (text.size() > 1) return in.fail("a delimiter is one character");
    if (!text.empty()) out = text[0];
    return true;
}

// LIST extended data (RFC 5258) after a name that is not quoted: " (CHILDINFO …" or the like.
std::size_t extended_data_at(std::string_view text) {
    for (std::size_t at = text.find(" ("); at != std::string_view::npos; at = text.find(" (", at + 1)) {
        std::string_view tag = text.substr(at + 2);
        if (tag.starts_with('"')) tag.remove_prefix(1);
        if (is_word(tag.substr(0, 9), "CHILDINFO") || is_word(tag.substr(0, 7), "OLDNAME")) return at;
    }
    return text.size();
}

// The name of a LIST response. Names with spaces come unquoted from some servers, and with quotes nobody
// escaped.
bool listed_name(Reader& in, std::string& name) {
    if (in.literal_starts()) return in.string(name);
    const std::size_t start = in.position();
    std::string_view all = in.rest();
    if (in.next_is('"')) {
        if (in.quoted(name) && (in.at_end() || in.next_is(' '))) return true;
        in.move_to(start);
        trim_end(all);
        if (all.size() < 2 || !all.ends_with('"')) return in.fail("name without an end");
        name = all.substr(1, all.size() - 2);
        in.move_to(start + all.size());
        return true;
    }
    all = all.substr(0, extended_data_at(all));
    in.move_to(start + all.size());
    trim_end(all);
    name = all;
    return !name.empty() || in.fail("name expected");
}

bool name_space_entry(Reader& in, std::vector<NamespaceData::Entry>& out) {
    NamespaceData::Entry entry;
    if (!in.expect('(')) return false;
    in.skip_spaces();
    if (!in.astring(entry.prefix)) return false;
    in.skip_spaces();
    if (!delimiter(in, entry.delimiter)) return false;
    for (in.skip_spaces(); !in.accept(')'); in.skip_spaces())  // extensions
        if (!in.skip_value()) return false;
    out.push_back(std::move(entry));
    return true;
}

bool name_space_group(Reader& in, std::vector<NamespaceData::Entry>& out) {
    in.skip_spaces();
    if (in.nil() || in.at_end()) return true;
    return in.list([&] { return name_space_entry(in, out); });
}

bool modseq_in_parentheses(Reader& in, std::optional<ModSeq>& out) {
    in.accept('(');
    in.skip_spaces();
    if (!is_word(in.word(), "MODSEQ")) return in.fail("MODSEQ expected");
    in.skip_spaces();
    if (!in.number(out.emplace().value)) return false;
    in.skip_spaces();
    return in.expect(')');
}

bool status_item(Reader& in, StatusData& out) {
    const std::string_view name = in.word();
    if (name.empty()) return in.fail("item expected");
    in.skip_spaces();
    if (in.at_end() || !is_digit(in.rest().front())) return in.skip_value();
    return in.number(out.items[ascii_upper(name)]);
}

bool esearch_item(Reader& in, EsearchData& out) {
    const std::string_view name = in.word();
    if (name.empty()) return in.fail("item expected");
    if (is_word(name, "UID")) {
        out.uid = true;
        return true;
    }
    in.skip_spaces();
    if (is_word(name, "MIN")) return in.number32(out.min.emplace());
    if (is_word(name, "MAX")) return in.number32(out.max.emplace());
    if (is_word(name, "COUNT")) return in.number32(out.count.emplace());
    if (is_word(name, "MODSEQ")) return in.number(out.modseq.emplace().value);
    if (!is_word(name, "ALL")) return in.skip_value();
    auto set = parse_uid_set(in.atom(), in.limits().list_items);
    if (!set) return in.fail("bad set");
    out.all = std::move(*set);
    return true;
}

bool correlator(Reader& in, std::string& tag) {
    return in.list([&] {
        const bool is_tag = is_word(in.word(), "TAG");
        in.skip_spaces();
        return is_tag ? in.astring(tag) : in.skip_value();
    });
}

// Calls `item` until the response ends, as often as a list may have items.
template <class Item>
bool until_end(Reader& in, Item item) {
    for (std::size_t count = 0;; ++count) {
        in.skip_spaces();
        if (in.at_end()) return true;
        if (count == in.limits().list_items) return in.fail("too many items");
        if (!item()) return false;
    }
}

}  // namespace

bool capability(Reader& in, std::vector<std::string>& out) {
    return until_end(in, [&] {
        const std::string_view name = in.rest().substr(0, in.rest().find(' '));
        out.push_back(ascii_upper(name));
        in.move_to(in.position() + name.size());
        return true;
    });
}

bool flag_list(Reader& in, std::vector<std::string>& out) {
    out.reserve(4);
    return in.list([&] {
        if (in.next_is('"')) return in.quoted(out.emplace_back());
        const std::string_view flag = in.atom();
        if (flag.empty()) return in.fail("flag expected");
        out.emplace_back(flag);
        return true;
    });
}

bool list(Reader& in, ListData& out) {
    in.skip_spaces();
    if (!flag_list(in, out.attributes)) return false;
    in.skip_spaces();
    if (!delimiter(in, out.delimiter)) return false;
    in.skip_spaces();
    if (!listed_name(in, out.name)) return false;
    in.skip_spaces();
    return in.at_end() || in.skip_value();
}

bool name_space(Reader& in, NamespaceData& out) {
    return name_space_group(in, out.personal) && name_space_group(in, out.other_users) &&
           name_space_group(in, out.shared);
}

namespace {

constexpr int status_name_tries = 64;

bool status_items(Reader& in, StatusData& out) {
    out.items.clear();
    in.skip_spaces();
    return in.list([&] { return status_item(in, out); });
}

}  // namespace

// Names without quotes may hold spaces and parentheses (Mailutils): then the items are what can be read as such.
bool status(Reader& in, StatusData& out) {
    in.skip_spaces();
    if (in.next_is('"') || in.literal_starts()) return in.string(out.name) && status_items(in, out);
    const std::size_t begin = in.position();
    const std::string_view rest = in.rest();
    std::size_t end = rest.find(" (");
    for (int tries = 0; end != std::string_view::npos && end > 0 && tries < status_name_tries; ++tries) {
        in.move_to(begin + end);
        out.name = rest.substr(0, end);
        const bool last = rest.find(" (", end + 1) == std::string_view::npos;
        if (status_items(in, out) && (in.at_end() || last)) return true;
        if (last) return false;
        end = rest.find(" (", end + 1);
    }
    return in.fail("name expected");
}

bool search(Reader& in, SearchData& out) {
    return until_end(in, [&] {
        if (in.next_is('(')) return modseq_in_parentheses(in, out.modseq);
        return in.number32(out.numbers.emplace_back());
    });
}

bool esearch(Reader& in, EsearchData& out) {
    in.skip_spaces();
    if (in.next_is('(') && !correlator(in, out.tag)) return false;
    return until_end(in, [&] { return esearch_item(in, out); });
}

bool vanished(Reader& in, VanishedData& out) {
    in.skip_spaces();
    if (in.accept('(')) {
        out.earlier = is_word(in.word(), "EARLIER");
        if (!in.expect(')')) return false;
        in.skip_spaces();
    }
    auto set = parse_uid_set(in.atom(), in.limits().list_items);
    if (!set) return in.fail("bad set");
    out.uids = std::move(*set);
    return true;
}

bool id(Reader& in, IdData& out) {
    in.skip_spaces();
    if (in.nil() || in.at_end()) return true;
    return in.list([&] {
        auto& [name, value] = out.fields.emplace_back();
        if (!in.astring(name)) return false;
        in.skip_spaces();
        std::optional<std::string> text;
        if (!in.nstring(text)) return false;
        value = std::move(text).value_or(std::string());
        return true;
    });
}

bool quota(Reader& in, QuotaData& out) {
    in.skip_spaces();
    if (!in.astring(out.root)) return false;
    in.skip_spaces();
    return in.list([&] {
        QuotaData::Resource& resource = out.resources.emplace_back();
        if (!in.astring(resource.name)) return false;
        in.skip_spaces();
        if (!in.number(resource.usage)) return false;
        in.skip_spaces();
        return in.number(resource.limit);
    });
}

bool quota_root(Reader& in, QuotaRootData& out) {
    in.skip_spaces();
    if (!in.astring(out.name)) return false;
    return until_end(in, [&] { return in.astring(out.roots.emplace_back()); });
}

}  // namespace godwit::imap::parts
