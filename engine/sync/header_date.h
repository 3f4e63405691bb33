// The Date header of real mail: RFC 5322 section 3.3, its obsolete forms, and what else is found in mailboxes. Pure.
#pragma once

#include <optional>
#include <string_view>

#include "engine/imap/parser.h"

namespace godwit::sync {

// `value` is the field without its name, unfolded or not. Weekdays are optional and not believed; years of two digits are
// 1950 to 2049; a missing or unknown zone is UTC, and so are single letters; a missing time is noon. Understood are also
// asctime's form, dots in times, AM and PM, 2001-02-03T04:05:06Z, 2001/02/03, 02/03/01 (the month first, unless that is
// none), 3.2.2001. Nothing where no instant can be made of it, or one outside 1900 to 9999.
std::optional<imap::InternalDate> parse_header_date(std::string_view value);

}  // namespace godwit::sync
