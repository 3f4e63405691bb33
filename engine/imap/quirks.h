// What servers say, understood: response codes (RFC 5530, 9051) first, then the texts of servers that send no code.
//
// Trusts answers, never a server's name. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/base/error.h"
#include "engine/imap/types.h"

namespace godwit::imap {

// The error that a NO, BAD or BYE answer to `command` means. Reach follows the kind: a refused message is
// Reach::message, a missing folder Reach::folder, a throttle Reach::host.
Error classify(const StatusResponse& answer, std::string_view command);
// The same for the text of an untagged BYE.
Error classify_bye(std::string_view text);

// Whether this is no message but what Courier gives, with OK, for one that was expunged meanwhile.
bool is_stand_in(std::string_view octets);

std::vector<std::string> split_words(std::string_view text);  // by spaces, in upper case

}  // namespace godwit::imap
