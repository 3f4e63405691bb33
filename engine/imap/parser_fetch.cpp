#include <utility>

#include <boost/container/small_vector.hpp>

#include "engine/imap/parser.h"
#include "engine/imap/parser_parts.h"

namespace godwit::imap::parts {
namespace {

constexpr std::size_t worth_moving = 4096;
constexpr std::size_t usual_flags = 4;  // few messages have more

struct Fetch {
    Reader& in;
    FetchData& out;
    // Literals still in the response: which section, and where.
    boost::container::small_vector<std::pair<std::size_t, std::string_view>, 2> held;
};

// The text between the brackets; header names may be quoted or literals, which says nothing about them.
bool section_name(Reader& in, std::string& name) {
    in.accept('[');
    while (!in.accept(']')) {
        if (in.next_is('"') || in.literal_starts()) {
            std::string part;
            if (!in.string(part)) return false;
            name += ascii_upper(part);
        } else if (const std::string_view part = in.section_text(); !part.empty()) {
            name += ascii_upper(part);
        } else {
            return in.fail("section without an end");
        }
    }
    return true;
}

// "<0>"; the length that some servers repeat after a dot is ignored.
bool origin(Reader& in, std::optional<std::uint32_t>& value) {
    if (!in.accept('<')) return true;
    if (!in.number32(value.emplace())) return false;
    std::uint64_t length = 0;
    if (in.accept('.') && !in.number(length)) return false;
    return in.accept('>') || in.fail("> expected");
}

bool body(Fetch& fetch, BodySection section) {
    Reader& in = fetch.in;
    in.skip_spaces();
    if (in.literal_starts()) {
        Octets octets;
        if (!in.literal(octets)) return false;
        section.size = octets.size;
        section.streamed = octets.streamed;
        if (!octets.streamed) fetch.held.emplace_back(fetch.out.sections.size(), octets.bytes);
    } else if (!in.nil()) {
        if (!in.quoted(section.bytes.emplace())) return false;
        section.size = section.bytes->size();
    }
    fetch.out.sections.push_back(std::move(section));
    return true;
}

bool bracketed(Fetch& fetch, std::string_view name) {
    BodySection section;
    if (!section_name(fetch.in, section.section) || !origin(fetch.in, section.origin)) return false;
    const bool wanted = is_word(name, "BODY") || is_word(name, "BINARY") || is_word(name, "BODY.PEEK") ||
                        is_word(name, "BINARY.PEEK");
    return wanted ? body(fetch, std::move(section)) : fetch.in.skip_value();
}

bool named_body(Fetch& fetch, const char* section) { return body(fetch, {.section = section}); }

bool uid(Reader& in, FetchData& out) {
    if (!in.number32(out.uid.emplace().value)) return false;
    return out.uid->value != 0 || in.fail("UID 0");
}

bool modseq(Reader& in, FetchData& out) {
    if (!in.expect('(')) return false;
    in.skip_spaces();
    if (!in.number(out.modseq.emplace().value)) return false;
    in.skip_spaces();
    return in.expect(')');
}

bool flags(Reader& in, FetchData& out) {
    auto& flags = out.flags.emplace();
    flags.reserve(usual_flags);
    return flag_list(in, flags);
}

// One that cannot be read is as good as none: the message is what counts.
bool internal_date(Reader& in, FetchData& out) {
    std::optional<std::string> odd;
    std::string_view text;
    if (!in.plain_quoted(text)) {
        if (!in.nstring(odd)) return false;
        if (!odd) return true;
        text = *odd;
    }
    if (const auto date = parse_internal_date(text)) out.internal_date = *date;
    return true;
}

bool size(Reader& in, FetchData& out) { return in.nil() || in.number(out.size.emplace()); }

// "(M1234)", or NIL where the server has none.
bool email_id(Reader& in, FetchData& out) {
    if (in.nil()) return true;
    if (!in.expect('(') || !in.astring(out.email_id.emplace())) return false;
    return in.expect(')');
}

bool labels(Reader& in, FetchData& out) {
    auto& labels = out.gmail_labels.emplace();
    return in.list([&] { return in.astring(labels.emplace_back()); });
}

bool item(Fetch& fetch) {
    Reader& in = fetch.in;
    FetchData& out = fetch.out;
    const std::string_view name = in.word();
    if (name.empty()) return in.fail("item expected");
    if (in.next_is('[')) return bracketed(fetch, name);
    in.skip_spaces();
    if (is_word(name, "UID")) return uid(in, out);
    if (is_word(name, "FLAGS")) return flags(in, out);
    if (is_word(name, "RFC822.SIZE")) return size(in, out);
    if (is_word(name, "INTERNALDATE")) return internal_date(in, out);
    if (is_word(name, "MODSEQ")) return modseq(in, out);
    if (is_word(name, "RFC822")) return named_body(fetch, "");
    if (is_word(name, "RFC822.HEADER")) return named_body(fetch, "HEADER");
    if (is_word(name, "RFC822.TEXT")) return named_body(fetch, "TEXT");
    if (is_word(name, "EMAILID")) return email_id(in, out);
    if (is_word(name, "X-GM-MSGID")) return in.nstring(out.gmail_message_id);
    if (is_word(name, "X-GM-LABELS")) return labels(in, out);
    return in.skip_value();
}

// The largest literal keeps the memory it was read into; the others are copied out first.
void release(Fetch& fetch, RawResponse& raw) {
    std::size_t largest = fetch.held.size();
    for (std::size_t i = 0; i < fetch.held.size(); ++i)
        if (largest == fetch.held.size() || fetch.held[i].second.size() > fetch.held[largest].second.size())
            largest = i;
    for (std::size_t i = 0; i < fetch.held.size(); ++i) {
        const auto& [section, bytes] = fetch.held[i];
        if (i != largest || bytes.size() < worth_moving) fetch.out.sections[section].bytes = bytes;
    }
    if (largest == fetch.held.size() || fetch.held[largest].second.size() < worth_moving) return;
    const auto [section, bytes] = fetch.held[largest];
    const auto offset = static_cast<std::size_t>(bytes.data() - raw.text.data());
    raw.text.resize(offset + bytes.size());
    raw.text.erase(0, offset);
    fetch.out.sections[section].bytes = std::move(raw.text);
}

}  // namespace

bool fetch(Reader& in, RawResponse& raw, FetchData& out) {
    Fetch fetch{in, out, {}};
    in.skip_spaces();
    if (!in.list([&] { return item(fetch); }) || !in.finish()) return false;
    release(fetch, raw);
    return true;
}

}  // namespace godwit::imap::parts
