// How receipts become segments: the same in every database that keeps a ledger.
#pragma once

#include <map>
#include <optional>

#include "engine/sync/ledger.h"

namespace godwit::sync {

// Receipts written since the last compaction, from which on a large folder is compacted before its end.
inline constexpr std::size_t receipts_at_most = 16'384;

// Sorts by source UID; of several rows with one (entries or intents) the last one stays.
template <class Row>
void keep_last_of_each_uid(std::vector<Row>& rows) {
    std::map<std::uint32_t, Row> kept;
    for (auto& row : rows) kept.insert_or_assign(row.source_uid, row);
    rows.clear();
    for (auto& [uid, row] : kept) rows.push_back(row);
}

struct StoredSegment {
    std::optional<std::uint32_t> first_uid;  // absent: the folder has no segments
    std::vector<LedgerEntry> entries;
    std::int64_t end = INT64_MAX;  // UIDs from here on belong to the next one
    bool last() const { return end == INT64_MAX; }
};

// The rows of one ledger folder, inside one transaction.
class SegmentRows {
public:
    virtual ~SegmentRows() = default;
    // By source UID, at most some thousand; empty: there are no more.
    virtual Result<std::vector<LedgerEntry>> receipts_after(std::int64_t uid) = 0;
    virtual Result<void> drop_receipts() = 0;
    // The segment that holds a UID, else the one before it, else the first.
    virtual Result<StoredSegment> segment_at(std::uint32_t uid) = 0;
    virtual Result<void> drop_segment(std::uint32_t first_uid) = 0;
    virtual Result<void> add_segment(std::span<const LedgerEntry> entries) = 0;
};

// What the entries of all segments, in order, and the receipts beside them add up to.
Result<std::vector<LedgerEntry>> with_receipts(SegmentRows& rows, std::vector<LedgerEntry> segments);
// Moves all receipts into segments, and `last`, which never were receipts. Only segments that change are rewritten, one at a
// time.
Result<void> compact_receipts(SegmentRows& rows, std::vector<LedgerEntry> last = {});
// Forgets entries of segments; receipts must have been compacted before.
Result<void> drop_entries(SegmentRows& rows, std::vector<std::uint32_t> source_uids);

}  // namespace godwit::sync
