// Reader: a cursor over one response that knows IMAP's tokens. Internal to the parser.
//
// Methods say whether they succeeded; the first failure is remembered (fail(), error()) and the caller just
// returns false. Nothing is consumed beyond the response, nesting and counts are bounded by WireLimits, no
// method recurses.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "engine/imap/ascii.h"
#include "engine/imap/fragmenter.h"
#include "engine/imap/limits.h"

namespace godwit::imap {

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
    bool accept(char c);
    bool expect(char c);
    void skip_spaces();
    std::size_t position() const { return at_; }
    // Another try from `position`: a failure since then is forgotten.
    void move_to(std::size_t position) {
        at_ = position;
        failure_ = nullptr;
    }

    // What is left; for parts without literals.
    std::string_view rest() const { return text_.substr(at_); }
    // Up to a space, a parenthesis, a quote, a bracket or a line end; may be empty.
    std::string_view word();
    // Up to a space, a parenthesis or a line end: flags, capabilities and other atoms that servers bend; may
    // be empty.
    std::string_view atom();

    bool number(std::uint64_t& value);
    bool number32(std::uint32_t& value);
    bool nil();  // NIL as a whole word: consumed

    bool literal_starts() const;
    bool literal(Octets& value);
    bool quoted(std::string& value);
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
    std::string_view text_;
    const RawResponse* raw_ = nullptr;
    const WireLimits& limits_;
    std::size_t at_ = 0;
    std::size_t literals_met_ = 0;
    const char* failure_ = nullptr;
    std::size_t failed_at_ = 0;
};

}  // namespace godwit::imap
