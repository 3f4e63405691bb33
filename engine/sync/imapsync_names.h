// Names of imapsync that are not in the table of option_table.h: those that do nothing here, those that
// are refused.
#pragma once

#include <span>
#include <string_view>

#include "engine/sync/option_table.h"

namespace godwit::sync {

// Accepted without effect: what they ask for is what Godwit does anyway, or concerns imapsync's own workings.
std::span<const OptionSpec> ignored_options();
// Refused by name.
std::span<const std::string_view> unsupported_options();

}  // namespace godwit::sync
