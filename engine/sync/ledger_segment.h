// Ledger segments as bytes. Pure.
//
// Format 1: a byte 1, then 18 bytes a message, sorted by source UID: source UID, destination UID (big-endian
// 32 bits each), provenance in the top bits of a byte (0x80 matched, 0x40 removed, 0xc0 filtered), flags in the next, 64 bits of key hash.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/sync/ledger.h"

namespace godwit::sync {

inline constexpr std::size_t segment_messages = 4096;

std::string encode_segment(std::span<const LedgerEntry> entries);
// ErrorKind::database for an unknown format, a wrong length, or entries out of order.
Result<std::vector<LedgerEntry>> decode_segment(std::string_view bytes);

// Later entries win over earlier ones with the same source UID; both are sorted by it.
std::vector<LedgerEntry> merge_entries(std::vector<LedgerEntry> older, std::vector<LedgerEntry> newer);

}  // namespace godwit::sync
