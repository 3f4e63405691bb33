#include "engine/sync/ledger_compaction.h"

#include <algorithm>

#include "engine/sync/ledger_segment.h"

namespace godwit::sync {
namespace {

// The last segments of a folder are filled up, others are cut evenly, so that no slivers are left between
// them.
Result<void> add_segments(SegmentRows& rows, std::span<const LedgerEntry> entries, bool last) {
    const auto parts = (entries.size() + segment_messages - 1) / segment_messages;
    const auto size = last || parts == 0 ? segment_messages : (entries.size() + parts - 1) / parts;
    for (std::size_t at = 0; at < entries.size(); at += size)
        GODWIT_CHECK(rows.add_segment(entries.subspan(at, std::min(size, entries.size() - at))));
    return {};
}

Result<void> rewrite(SegmentRows& rows, const StoredSegment& segment, std::span<const LedgerEntry> entries) {
    if (segment.first_uid) GODWIT_CHECK(rows.drop_segment(*segment.first_uid));
    return add_segments(rows, entries, segment.last());
}

// Moves those of `fresh` that belong to the segment of the first one; returns the rest.
Result<std::span<const LedgerEntry>> merge_some(SegmentRows& rows, std::span<const LedgerEntry> fresh) {
    GODWIT_TRY(segment, rows.segment_at(fresh.front().source_uid));
    const auto end =
        std::ranges::find_if(fresh, [&](const auto& entry) { return entry.source_uid >= segment.end; });
    const auto mine = fresh.first(static_cast<std::size_t>(end - fresh.begin()));
    const bool full = segment.entries.size() >= segment_messages;
    if (full && segment.last() && segment.entries.back().source_uid < mine.front().source_uid) {
        GODWIT_CHECK(add_segments(rows, mine, true));
    } else {
        const auto merged = merge_entries(std::move(segment.entries), {mine.begin(), mine.end()});
        GODWIT_CHECK(rewrite(rows, segment, merged));
    }
    return fresh.subspan(mine.size());
}

Result<void> merge_all(SegmentRows& rows, std::span<const LedgerEntry> fresh) {
    while (!fresh.empty()) {
        GODWIT_TRY(rest, merge_some(rows, fresh));
        fresh = rest;
    }
    return {};
}

// All receipts, some thousand at a time.
template <class Visit>
Result<void> each_receipts(SegmentRows& rows, Visit visit) {
    for (std::int64_t after = -1;;) {
        GODWIT_TRY(some, rows.receipts_after(after));
        if (some.empty()) return {};
        after = some.back().source_uid;
        GODWIT_CHECK(visit(std::span<const LedgerEntry>(some)));
    }
}

}  // namespace

Result<std::vector<LedgerEntry>> with_receipts(SegmentRows& rows, std::vector<LedgerEntry> segments) {
    std::vector<LedgerEntry> fresh;
    GODWIT_CHECK(each_receipts(rows, [&](std::span<const LedgerEntry> some) -> Result<void> {
        fresh.insert(fresh.end(), some.begin(), some.end());
        return {};
    }));
    return fresh.empty() ? segments : merge_entries(std::move(segments), std::move(fresh));
}

Result<void> compact_receipts(SegmentRows& rows, std::vector<LedgerEntry> last) {
    GODWIT_CHECK(each_receipts(rows, [&](std::span<const LedgerEntry> some) { return merge_all(rows, some); }));
    GODWIT_CHECK(rows.drop_receipts());
    keep_last_of_each_uid(last);
    return merge_all(rows, last);
}

Result<void> drop_entries(SegmentRows& rows, std::vector<std::uint32_t> uids) {
    std::ranges::sort(uids);
    for (auto uid = uids.begin(); uid != uids.end();) {
        GODWIT_TRY(segment, rows.segment_at(*uid));
        const auto end = std::ranges::lower_bound(uid, uids.end(), segment.end, {},
                                                  [](auto value) { return std::int64_t{value}; });
        const auto gone = std::erase_if(segment.entries, [&](const auto& entry) {
            return std::binary_search(uid, end, entry.source_uid);
        });
        if (gone > 0) GODWIT_CHECK(rewrite(rows, segment, segment.entries));
        uid = end;
    }
    return {};
}

}  // namespace godwit::sync
