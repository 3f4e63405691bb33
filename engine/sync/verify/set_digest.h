// The digest over everything that a verify pass compared. Pure.
//
// A folder's digest is SHA-256 over one record for each of its source messages, by UID:
//
//   source UID, destination UID (0: no copy), size, date, digest, verdict, flags; each with a blank before the next; LF
//
// Size, date (seconds since the epoch) and flags (storable ones, sorted, with blanks between) are those of the copy, where
// there is none those of the source; digest is SHA-256 of the copy's octets in hexadecimal, "-" where they were not read;
// verdict is "same", or the finding kinds of the message with commas between. A copy that stands in another folder counts
// as what its own folder shows: removed_at_destination or missing.
//
// The set's digest is SHA-256 over one line for each folder, by the raw names of source and destination:
//
//   octets of the source's raw name, the name, octets of the destination's, the name, the folder's digest in hexadecimal; LF
#pragma once

#include <map>
#include <span>

#include "engine/sync/finding.h"
#include "engine/sync/ledger.h"
#include "engine/sync/octet_hash.h"

namespace godwit::sync {

struct SetRecord {
    std::uint32_t source_uid = 0, destination_uid = 0;
    std::uint64_t size = 0;
    std::int64_t date = 0;
    std::optional<OctetDigest> digest;
    std::span<const FindingKind> verdict;   // empty: same
    std::span<const std::string> flags;
};
std::string to_text(const SetRecord& record);

// By ascending source UID.
class FolderSetDigest {
public:
    void add(const SetRecord& record) { hash_.add(to_text(record)); }
    OctetDigest finish() { return hash_.finish(); }

private:
    OctetHash hash_;
};

// Folders in any order.
class SetDigest {
public:
    void add(const FolderPair& pair, const OctetDigest& folder) { folders_[pair] = folder; }
    std::string hex() const;

private:
    std::map<FolderPair, OctetDigest> folders_;
};

}  // namespace godwit::sync
