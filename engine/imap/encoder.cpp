#include "engine/imap/encoder.h"

#include <algorithm>
#include <cassert>
#include <cctype>
#include <utility>

#include "engine/base/utf8.h"
#include "engine/imap/ascii.h"

namespace godwit::imap {
namespace {

constexpr std::size_t longest_quoted = 1000;
constexpr std::uint64_t longest_literal_minus = 4096;  // RFC 7888 section 5
constexpr std::size_t large_piece = 16 * 1024;         // a literal above this is moved, not copied

// RFC 9051 section 9: ATOM-CHAR.
bool is_atom_char(char c) {
    if (static_cast<unsigned char>(c) <= 0x20 || static_cast<unsigned char>(c) >= 0x7f) return false;
    return std::string_view("(){%*\"\\]").find(c) == std::string_view::npos;
}

// Much is quoted that the grammar has in atoms: Courier reads "INBOX.[x]" and "~x" as two words.
bool is_astring_atom(std::string_view text) {
    const auto plain = [](unsigned char c) {
        return c < 0x80 && (std::isalnum(c) || std::string_view("-_.&+,/").contains(static_cast<char>(c)));
    };
    return !text.empty() && text.size() <= longest_quoted && !is_word(text, "NIL") && std::ranges::all_of(text, plain);
}

bool ends_a_line(char c) { return c == '\r' || c == '\n' || c == '\0'; }

bool is_quotable(std::string_view text, bool utf8_accept) {
    if (text.size() > longest_quoted || std::ranges::any_of(text, ends_a_line)) return false;
    const bool eight_bit = std::ranges::any_of(text, [](char c) { return (c & 0x80) != 0; });
    return !eight_bit || (utf8_accept && is_utf8(text));
}

}  // namespace

CommandBuilder::CommandBuilder(std::string_view name, EncoderOptions options) : options_(options) {
    tail() += name;
}

// The piece that grows: a new one after a wait, after octets of the caller, and after a large literal.
std::string& CommandBuilder::tail() {
    if (parts_.empty() || parts_.back().wait || parts_.back().external > 0 ||
        parts_.back().bytes.size() >= large_piece)
        parts_.emplace_back();
    return parts_.back().bytes;
}

void CommandBuilder::space() {
    if (needs_space_) tail() += ' ';
    needs_space_ = true;
}

CommandBuilder& CommandBuilder::atom(std::string_view text) {
    assert(std::ranges::none_of(text, ends_a_line));
    space();
    tail() += text;
    return *this;
}

CommandBuilder& CommandBuilder::number(std::uint64_t value) { return atom(std::to_string(value)); }

CommandBuilder& CommandBuilder::string(std::string_view text) {
    if (!is_quotable(text, options_.utf8_accept)) return literal(std::string(text));
    space();
    std::string& out = tail();
    out += '"';
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    out += '"';
    return *this;
}

CommandBuilder& CommandBuilder::astring(std::string_view text) {
    return is_astring_atom(text) ? atom(text) : string(text);
}

CommandBuilder& CommandBuilder::uid_set(const UidSet& set) {
    assert(!set.empty());
    return atom(set.to_string());
}

CommandBuilder& CommandBuilder::flags(std::span<const std::string> flags) {
    open();
    for (const std::string& flag : flags)
        if (is_sendable_flag(flag)) atom(flag);
    return close();
}

CommandBuilder& CommandBuilder::open() {
    space();
    tail() += '(';
    needs_space_ = false;
    return *this;
}

CommandBuilder& CommandBuilder::close() {
    tail() += ')';
    needs_space_ = true;
    return *this;
}

CommandBuilder& CommandBuilder::literal(std::string bytes) { return add_literal(std::move(bytes), ""); }

CommandBuilder& CommandBuilder::literal8(std::string bytes) { return add_literal(std::move(bytes), "~"); }

CommandBuilder& CommandBuilder::add_literal(std::string bytes, std::string_view mark) {
    announce(bytes.size(), mark);
    if (bytes.size() >= large_piece) {
        parts_.push_back({.bytes = std::move(bytes)});
    } else {
        tail() += bytes;
    }
    return *this;
}

CommandBuilder& CommandBuilder::external_literal(std::uint64_t size) {
    announce(size);
    parts_.back().external = size;
    return *this;
}

void CommandBuilder::announce(std::uint64_t size, std::string_view mark) {
    space();
    const bool at_once = options_.literal_plus || (options_.literal_minus && size <= longest_literal_minus);
    tail() += std::string(mark) + '{' + std::to_string(size) + (at_once ? "+}\r\n" : "}\r\n");
    parts_.back().wait = !at_once;
}

std::vector<CommandPart> CommandBuilder::finish() {
    tail() += "\r\n";
    return std::exchange(parts_, {});
}

bool is_sendable_flag(std::string_view flag) {
    if (is_word(flag, "\\RECENT")) return false;
    if (flag.starts_with('\\')) flag.remove_prefix(1);
    return !flag.empty() && std::ranges::all_of(flag, is_atom_char);
}

}  // namespace godwit::imap
