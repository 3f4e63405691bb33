// Reader: a cursor over one response that knows IMAP's tokens. Internal to the parser.
//
// Methods say whether they succeeded; the first failure is remembered (fail(), error()) and the caller just
// returns false. Nothing is consumed beyond the response, nesting and counts are bounded by WireLimits, no
// method recurses.
#pragma once

#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "engine/imap/ascii.h"
#include "engine/imap/fragmenter.h"
#include "engine/imap/limits.h"

namespace godwit::imap {

// A set of octets, to find the end of a run.
class OctetSet {
public:
    constexpr explicit OctetSet(std::string_view octets) {
        for (const char c : octets) set_[static_cast<unsigned char>(c)] = true;
    }
    // How many octets of `text` come before one of the set.
    constexpr std::size_t before(std::string_view text) const {
        std::size_t at = 0;
        while (at < text.size() && !set_[static_cast<unsigned char>(text[at])]) ++at;
        return at;
    }

private:
    std::array<bool, 256> set_{};
};

inline constexpr OctetSet ends_atom(" ()\r\n");
inline constexpr OctetSet ends_word(" ()\r\n\"{[]");
inline constexpr OctetSet ends_section("\r\n\"{[]");
inline constexpr OctetSet ends_quoted_run("\"\\\r\n");

// A string of the wire before it is copied. `bytes` points into the response for literals.
struct Octets {
    std::string_view bytes;
    std::uint64_t size = 0;
    bool streamed = false;
};

class Reader {
public:
    // Both must outlive the reader.
    Reader(const RawResponse& raw, const WireLimits& limits);
    // Over text that cannot hold literals.
    Reader(std::string_view text, const WireLimits& limits);

    bool at_end() const { return at_ == text_.size(); }
    bool next_is(char c) const { return at_ < text_.size() && text_[at_] == c; }
    bool accept(char c) {
        if (!next_is(c)) return false;
        ++at_;
        return true;
    }
    bool expect(char c);
    void skip_spaces() {
        while (next_is(' ')) ++at_;
    }
    std::size_t position() const { return at_; }
    // Another try from `position`: a failure since then is forgotten.
    void move_to(std::size_t position) {
        at_ = position;
        failure_ = nullptr;
    }

    // What is left; for parts without literals.
    std::string_view rest() const { return text_.substr(at_); }
    // Up to a space, a parenthesis, a quote, a bracket or a line end; may be empty.
    std::string_view word() { return run(ends_word); }
    // Up to a space, a parenthesis or a line end: flags, capabilities and other atoms that servers bend; may
    // be empty.
    std::string_view atom() { return run(ends_atom); }
    // Up to a quote, a brace, a bracket or a line end: part of what is between the brackets of BODY[…]; may
    // be empty.
    std::string_view section_text() { return run(ends_section); }

    bool number(std::uint64_t& value) { return any_number(value); }
    bool number32(std::uint32_t& value) { return any_number(value); }
    bool nil();  // NIL as a whole word: consumed

    bool literal_starts() const;
    bool literal(Octets& value);
    bool quoted(std::string& value);
    // A quoted string without backslashes, where it stands. False: something else is next, nothing was
    // consumed.
    bool plain_quoted(std::string_view& value);
    bool string(std::string& value);   // quoted or literal
    bool astring(std::string& value);  // or an atom
    bool nstring(std::optional<std::string>& value);
    bool skip_value();  // a number, atom, string, or list of such, nested up to the limit

    // Calls `item` for each element of a parenthesised list, the reader at its first octet.
    template <class Item>
    bool list(Item item) {
        if (!expect('(')) return false;
        for (std::size_t count = 0;; ++count) {
            skip_spaces();
            if (accept(')')) return true;
            if (count == limits_.list_items) return fail("list too long");
            if (!item()) return false;
        }
    }

    // Only spaces are left, and every literal was met where the framing says it is.
    bool finish();
    const WireLimits& limits() const { return limits_; }

    bool fail(const char* what);
    Error error(std::string_view response_name) const;

private:
    std::string_view run(const OctetSet& ends) {
        const auto found = text_.substr(at_, ends.before(text_.substr(at_)));
        at_ += found.size();
        return found;
    }
    template <class Number>
    bool any_number(Number& value) {
        const auto [next, error] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), value);
        if (error == std::errc::result_out_of_range) return fail("number too large");
        if (error != std::errc{}) return fail("number expected");
        at_ = static_cast<std::size_t>(next - text_.data());
        return true;
    }

    std::string_view text_;
    const RawResponse* raw_ = nullptr;
    const WireLimits& limits_;
    std::size_t at_ = 0;
    std::size_t literals_met_ = 0;
    const char* failure_ = nullptr;
    std::size_t failed_at_ = 0;
};

}  // namespace godwit::imap
