// SEARCH programs (RFC 9051 section 6.4.4) with the keys that clients who copy mail use. Pure.
#pragma once

#include <functional>
#include <optional>
#include <span>

#include "tools/fakeimap/command_reader.h"
#include "tools/fakeimap/selection.h"

namespace godwit::fakeimap {

// Whether a message with this sequence number fits.
using SearchKey = std::function<bool(const Message& message, std::uint32_t sequence)>;

// Nothing if a key is unknown or malformed.
std::optional<SearchKey> parse_search(std::span<const Word> words, const Selection& selection);

}  // namespace godwit::fakeimap
