#include "engine/imap/parser.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "engine/imap/parser_parts.h"

namespace godwit::imap {
namespace {

constexpr std::size_t unknown_shown = 300;

std::optional<Status> status_of(std::string_view word) {
    if (is_word(word, "OK")) return Status::ok;
    if (is_word(word, "NO")) return Status::no;
    if (is_word(word, "BAD")) return Status::bad;
    if (is_word(word, "BYE")) return Status::bye;
    if (is_word(word, "PREAUTH")) return Status::preauth;
    return std::nullopt;
}

std::string_view trim(std::string_view text) {
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    return text.substr(0, text.find_last_not_of(' ') + 1);
}

// Where the code ends: its closing bracket, outside of quotes, lists and brackets of its own.
std::size_t balanced_code_end(std::string_view text) {
    std::size_t lists = 0;
    std::size_t brackets = 0;
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (quoted) {
            if (c == '\\') ++i;
            if (c == '"') quoted = false;
        } else if (c == '"') {
            quoted = true;
        } else if (c == '(') {
            ++lists;
        } else if (c == ')' && lists > 0) {
            --lists;
        } else if (c == '[' && lists == 0) {
            ++brackets;
        } else if (c == ']' && lists == 0 && brackets-- == 0) {
            return i;
        }
    }
    return std::string_view::npos;
}

Response unknown(const RawResponse& raw) { return UnknownData{printable(raw.text, unknown_shown)}; }

StatusResponse status_response(std::string_view tag, Status status, std::string_view text) {
    StatusResponse out{.tag = std::string(tag), .status = status};
    parts::status_text(text, out);
    return out;
}

// Reads the rest of a response named `name` into a T.
template <class T, class Parse>
Result<Response> read_as(Reader& in, std::string_view name, Parse parse, T out = {}) {
    if (!parse(in, out) || !in.finish()) return std::unexpected(in.error(name));
    return Response(std::move(out));
}

template <class T>
Result<Response> read_count(Reader& in, std::string_view name, std::uint32_t count) {
    return read_as<T>(in, name, [](Reader&, T&) { return true; }, T{count});
}

Result<Response> read_numbered(Reader& in, RawResponse& raw) {
    std::uint32_t number = 0;
    if (!in.number32(number)) return std::unexpected(in.error("numbered"));
    in.skip_spaces();
    const std::string_view name = in.word();
    if (is_word(name, "FETCH")) {
        // Made where it is returned: it is large, and there are millions.
        Result<Response> out(std::in_place, std::in_place_type<FetchData>);
        auto& data = std::get<FetchData>(*out);
        data.sequence = number;
        if (!parts::fetch(in, raw, data)) return std::unexpected(in.error("FETCH"));
        return out;
    }
    if (is_word(name, "EXISTS")) return read_count<ExistsData>(in, name, number);
    if (is_word(name, "RECENT")) return read_count<RecentData>(in, name, number);
    if (is_word(name, "EXPUNGE")) return read_count<ExpungeData>(in, name, number);
    return unknown(raw);
}

Result<Response> read_named(Reader& in, const RawResponse& raw) {
    const std::string_view name = in.word();
    if (const auto status = status_of(name)) return status_response({}, *status, in.rest());
    const auto is = [&](std::string_view word) { return is_word(name, word); };
    if (is("LIST") || is("XLIST")) return read_as<ListData>(in, name, parts::list);
    if (is("LSUB")) return read_as<ListData>(in, name, parts::list, {.lsub = true});
    if (is("STATUS")) return read_as<StatusData>(in, name, parts::status);
    if (is("SEARCH")) return read_as<SearchData>(in, name, parts::search);
    if (is("ESEARCH")) return read_as<EsearchData>(in, name, parts::esearch);
    if (is("VANISHED")) return read_as<VanishedData>(in, name, parts::vanished);
    if (is("NAMESPACE")) return read_as<NamespaceData>(in, name, parts::name_space);
    if (is("ID")) return read_as<IdData>(in, name, parts::id);
    if (is("QUOTA")) return read_as<QuotaData>(in, name, parts::quota);
    if (is("QUOTAROOT")) return read_as<QuotaRootData>(in, name, parts::quota_root);
    if (is("CAPABILITY"))
        return read_as<CapabilityData>(
            in, name, [](Reader& from, CapabilityData& out) { return parts::capability(from, out.names); });
    if (is("ENABLED"))
        return read_as<EnabledData>(
            in, name, [](Reader& from, EnabledData& out) { return parts::capability(from, out.names); });
    if (is("FLAGS"))
        return read_as<FlagsData>(in, name, [](Reader& from, FlagsData& out) {
            from.skip_spaces();
            return parts::flag_list(from, out.flags);
        });
    return unknown(raw);
}

// Strict: a line that is nothing known may be the inside of a message that lost its frame.
Result<Response> read_tagged(const RawResponse& raw) {
    const std::string_view text = raw.text;
    const std::size_t space = text.find(' ');
    if (space == 0 || space == std::string_view::npos)
        return fail(ErrorKind::protocol_error, Reach::account, "a line that is no response");
    std::string_view rest = text.substr(space);
    rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
    const std::string_view word = rest.substr(0, rest.find(' '));
    const auto status = status_of(word);
    if (!status) return fail(ErrorKind::protocol_error, Reach::account, "a line that is no response");
    return status_response(text.substr(0, space), *status, rest.substr(word.size()));
}

}  // namespace

void parts::status_text(std::string_view text, StatusResponse& out) {
    text = trim(text);
    if (text.starts_with('[')) {
        const std::string_view inside = text.substr(1);
        std::size_t end = balanced_code_end(inside);
        if (end == std::string_view::npos) end = inside.find(']');
        const std::string_view code = inside.substr(0, std::min(end, inside.size()));
        const std::string_view name = code.substr(0, code.find(' '));
        if (end != std::string_view::npos && !name.empty()) {
            out.code = {ascii_upper(name), std::string(trim(code.substr(name.size())))};
            text = trim(inside.substr(end + 1));
        }
    }
    out.text = text;
}

Result<Response> parse_response(RawResponse&& raw, const WireLimits& limits) {
    const std::string_view text = raw.text;
    if (text.find_first_not_of(' ') == std::string_view::npos) return unknown(raw);
    if (text.starts_with('+')) {
        std::string_view after = text.substr(1);
        if (after.starts_with(' ')) after.remove_prefix(1);
        return Continuation{std::string(after)};
    }
    if (!text.starts_with("* ")) return read_tagged(raw);
    Reader in(raw, limits);
    in.move_to(2);
    in.skip_spaces();
    if (!in.at_end() && is_digit(in.rest().front())) return read_numbered(in, raw);
    return read_named(in, raw);
}

std::optional<AnnouncedMessage> announces_message(std::string_view begun) {
    const WireLimits limits;
    Reader in(begun, limits);
    std::uint32_t number = 0;
    if (!in.accept('*') || !in.accept(' ') || !in.number32(number)) return std::nullopt;
    in.skip_spaces();
    if (!is_word(in.word(), "FETCH")) return std::nullopt;
    const std::string_view before = trim(begun.substr(0, begun.rfind('{')));
    const std::string_view item = before.substr(before.find_last_of(" (") + 1);
    if (!is_word(item, "BODY[]") && !is_word(item, "BODY.PEEK[]") && !is_word(item, "RFC822")) return std::nullopt;
    AnnouncedMessage message;
    in.skip_spaces();
    in.accept('(');
    // Nearly all servers name the UID first.
    if (is_word(in.word(), "UID")) {
        in.skip_spaces();
        if (!in.number32(message.uid)) message.uid = 0;
    }
    return message;
}

Result<AppendUid> parse_append_uid(std::string_view arguments, std::size_t limit) {
    arguments = trim(arguments);
    AppendUid out;
    const char* const end = arguments.data() + arguments.size();
    const auto [at, error] = std::from_chars(arguments.data(), end, out.uidvalidity.value);
    if (error != std::errc{} || at == end || *at != ' ')
        return fail(ErrorKind::protocol_error, Reach::account, "bad APPENDUID: UIDVALIDITY expected");
    GODWIT_TRY(uids, parse_uid_list(trim({at, static_cast<std::size_t>(end - at)}), limit));
    out.uids = std::move(uids);
    return out;
}

}  // namespace godwit::imap
