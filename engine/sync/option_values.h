// From text to the fields of SyncOptions and back, by the table. Pure.
#pragma once

#include "engine/sync/option_table.h"

namespace godwit::sync {

// What --NAME VALUE or --noNAME does to its field; invalid_argument says what the value must be.
Result<void> set_field(SyncOptions& options, const OptionSpec& option, std::string_view value, bool negated);

Result<std::uint64_t> parse_number(std::string_view text, std::uint64_t least, std::uint64_t most);
// yes, true, on, 1; no, false, off, 0.
std::optional<bool> parse_flag(std::string_view text);

std::string_view name_of(ResyncFlags mode);

// Of a flag or choice.
bool is_on_by_default(const OptionSpec& option);

// One JSON object of what differs from the defaults, by name of the option.
std::string options_json(const SyncOptions& options);
// Fields that are missing or of another type keep their default, unknown names are ignored: a newer binary may have
// written them. Throws nothing but std::bad_alloc; text that is no JSON object gives the defaults.
SyncOptions options_from_json(std::string_view text);

}  // namespace godwit::sync
