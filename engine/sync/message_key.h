// MessageKey: the identity of a message across servers, computed from headers. Pure.
//
// A ladder: rung 0 is the normalised Message-ID, without one (or with one that --addheader made up) a digest of Date, From, To and Subject. Where a destination
// rewrites what a rung is made of, the next one is taken for that account: rung 1 leaves Message-ID aside, rung 2 is Date
// and Subject alone. Never size, never Received: servers change both. Octets above 127 count as one and the same (Cyrus
// stores "X" for each), folding and blanks do not count. Two messages may share a key (match.h handles that).
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace godwit::sync {

struct MessageKey {
    std::array<std::uint64_t, 2> words{};
    friend auto operator<=>(const MessageKey&, const MessageKey&) = default;
    std::uint64_t hash() const { return words[0]; }
};

using KeyRung = std::uint8_t;
inline constexpr KeyRung lowest_rung = 2;

// What has to be fetched for it, whatever the rung.
inline constexpr std::string_view key_header_fields = "MESSAGE-ID DATE FROM TO SUBJECT";

// `header` is a header block (or the start of a whole message: everything after the first empty line is ignored).
MessageKey message_key(std::string_view header, KeyRung rung = 0);

// Tells messages of one key apart: the upper half is a digest of the body, the lower half one of the header fields that
// servers leave alone. Line ends and empty lines at the end do not count. Never 0, which means "not known".
using BodyDigest = std::uint64_t;
BodyDigest body_digest(std::string_view octets);

// The same, of a message that comes in pieces and is too large to hold. Keeps the header, up to 256 KiB of it.
class BodyDigester {
public:
    BodyDigester();
    ~BodyDigester();
    BodyDigester(const BodyDigester&) = delete;
    void add(std::string_view octets);
    BodyDigest finish();   // once

private:
    void add_body(std::string_view octets);
    struct State;
    std::unique_ptr<State> state_;
};

// The next field of `header`, folded lines and the line end included; empty at the end of the block.
std::string_view take_header_field(std::string_view& header);
bool is_header_field(std::string_view field, std::string_view name);

// The parts that keys are made of: the digest of a text, the value of a field with blanks and octets above 127 made one.
MessageKey digest_key(std::string_view text);
std::string collapsed(std::string_view value);

// The unfolded, trimmed value of the first field with that name, ignoring case.
std::optional<std::string> header_field(std::string_view header, std::string_view name);

}  // namespace godwit::sync
