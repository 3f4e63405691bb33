// Folder names: raw bytes on the wire against text for people (RFC 9051 section 5.1, RFC 3501 section 5.1.3).
// Pure.
//
// Identity is always the raw bytes: invalid modified UTF-7 exists on real servers and must round-trip
// untouched.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

namespace godwit::imap {

// For display: UTF-8. Invalid input comes back as it is, made printable.
std::string display_name(std::string_view raw, bool utf8_accept = false);

// Strict decoding (glibc's UTF-7-IMAP). ErrorKind::invalid_argument if `raw` is not modified UTF-7, or not in
// the one form that encode_modified_utf7 makes of the result.
Result<std::string> decode_modified_utf7(std::string_view raw);
// From valid UTF-8; ErrorKind::invalid_argument otherwise.
Result<std::string> encode_modified_utf7(std::string_view utf8);

// INBOX in any case is one folder (RFC 9051 section 5.1). The whole name: "inbox/x" is not it (see
// canonical_name).
bool is_inbox(std::string_view raw);
// INBOX (or INBOX as its first level) in upper case, the rest untouched.
std::string canonical_name(std::string_view raw, std::optional<char> delimiter);

// "a/b/c" to {"a", "b", "c"}; without a delimiter, one level. Empty levels stay.
std::vector<std::string> split_levels(std::string_view raw, std::optional<char> delimiter);

}  // namespace godwit::imap
