// Parser: one complete response of a server to a value. Pure; all limits are in WireLimits.
//
// Lenient where real servers are sloppy (extra spaces, missing text, unquoted odd names, responses nobody
// asked for); strict where a mistake could alter a message: a FETCH whose literals do not add up is an error.
#pragma once

#include <optional>

#include "engine/base/result.h"
#include "engine/imap/fragmenter.h"
#include "engine/imap/types.h"

namespace godwit::imap {

// ErrorKind::protocol_error with the place; Reach::account. Large literals are moved out of `raw`, all else
// is copied.
Result<Response> parse_response(RawResponse&& raw, const WireLimits& limits = {});

// What the response that has `begun`, up to a literal, says if it is a FETCH and the literal a whole message (BODY[], RFC822).
struct AnnouncedMessage {
    std::uint32_t uid = 0;   // 0: not named before the literal
};
std::optional<AnnouncedMessage> announces_message(std::string_view begun);

// Arguments of APPENDUID (RFC 4315).
Result<AppendUid> parse_append_uid(std::string_view arguments, std::size_t limit = 100'000);

// INTERNALDATE text ("17-Jul-1996 02:44:25 -0700", day maybe space-padded). Second 60 is accepted.
Result<InternalDate> parse_internal_date(std::string_view text);
std::string format_internal_date(InternalDate date);  // zero-padded day, as dovecot and courier do

}  // namespace godwit::imap
