// MessageKey: the identity of a message across servers, computed from headers. Pure.
//
// The normalised Message-ID; without one, a digest of Date, From, To and Subject. Never size, never Received: servers
// change both. Two messages may share a key (plan.h handles that).
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace godwit::sync {

struct MessageKey {
    std::array<std::uint64_t, 2> words{};
    friend auto operator<=>(const MessageKey&, const MessageKey&) = default;
    std::uint64_t hash() const { return words[0]; }
};

// What has to be fetched for it.
inline constexpr std::string_view key_header_fields = "MESSAGE-ID DATE FROM TO SUBJECT";

// `header` is a header block (or the start of a whole message: everything after the first empty line is ignored).
MessageKey message_key(std::string_view header);

// The unfolded, trimmed value of the first field with that name, ignoring case.
std::optional<std::string> header_field(std::string_view header, std::string_view name);

}  // namespace godwit::sync
