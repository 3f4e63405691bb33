// Search keys of UID SEARCH (RFC 9051 section 6.4.4), as users give them and as ages of messages need them. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/base/clock.h"
#include "engine/base/result.h"

namespace godwit::sync {

// What a user gave as --search: invalid_argument unless it is one line with paired quotes and parentheses that cannot end
// the command (no control characters, no literals). What the keys mean is for the server to say. At most 4000 bytes.
Result<void> check_search_keys(std::string_view keys);

// Days to keys by the Date header, as imapsync: SENTSINCE for maxage, SENTBEFORE for minage, in whole days of UTC; both, and
// one or the other where minage is more than maxage. Empty without either.
std::string age_search(std::optional<double> maxage, std::optional<double> minage, WallTime now);

// The same by an instant, for servers whose SEARCH cannot be trusted.
bool is_of_age(std::int64_t seconds, std::optional<double> maxage, std::optional<double> minage, WallTime now);

}  // namespace godwit::sync
