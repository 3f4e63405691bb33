#include "scheduler/pg/ledger_rows.h"

#include <algorithm>
#include <map>

#include "scheduler/pg/segment_codec.h"
#include "scheduler/pg/sql.h"

namespace godwit::scheduler::pg {
namespace {

using Entries = std::vector<sync::LedgerEntry>;

std::int64_t as_bigint(std::uint64_t value) { return static_cast<std::int64_t>(value); }

Entries decoded(const pqxx::field& field) {
    auto segment = decode_segment(bytes_of(field));
    if (!segment) throw Executor::Refused{segment.error()};
    return std::move(*segment);
}

// The receipts after a UID; at most some thousand.
Entries some_receipts(pqxx::work& tx, std::int64_t folder, std::int64_t after) {
    Entries entries;
    for (const auto& row : exec(tx, "ledger_receipts", folder, after))
        entries.push_back({row[0].as<std::uint32_t>(), row[1].as<std::uint32_t>(),
                           static_cast<sync::Provenance>(row[2].as<int>()),
                           static_cast<sync::FlagBits>(row[3].as<int>()),
                           static_cast<std::uint64_t>(row[4].as<std::int64_t>())});
    return entries;
}

// The segment that a UID belongs to, if there is one, and the end of its range.
struct Segment {
    std::optional<std::int64_t> first_uid;
    Entries entries;
    std::int64_t end = INT64_MAX;
    bool last() const { return end == INT64_MAX; }
};

Segment segment_at(pqxx::work& tx, std::int64_t folder, std::uint32_t uid) {
    const auto row = exec(tx, "ledger_segment", folder, uid)[0];
    Segment segment;
    if (!row[0].is_null()) {
        segment.first_uid = row[0].as<std::int64_t>();
        segment.entries = decoded(row[1]);
    }
    if (!row[2].is_null()) segment.end = row[2].as<std::int64_t>();
    return segment;
}

// The last segments of a folder are filled up, others are cut evenly, so that no slivers are left between
// them.
void write_segments(pqxx::work& tx, std::int64_t folder, std::span<const sync::LedgerEntry> entries,
                    bool last) {
    const auto parts = (entries.size() + segment_messages - 1) / segment_messages;
    const auto size = last || parts == 0 ? segment_messages : (entries.size() + parts - 1) / parts;
    for (std::size_t at = 0; at < entries.size(); at += size) {
        const auto part = entries.subspan(at, std::min(size, entries.size() - at));
        exec(tx, "ledger_add_segment", folder, part.front().source_uid, part.back().source_uid,
             bytea(encode_segment(part)));
    }
}

void drop_segment(pqxx::work& tx, std::int64_t folder, const Segment& segment) {
    if (segment.first_uid) exec(tx, "ledger_drop_segment", folder, *segment.first_uid);
}

// Moves those of `fresh` that belong to the segment of the first one; returns the rest.
std::span<const sync::LedgerEntry> merge_some(pqxx::work& tx, std::int64_t folder,
                                              std::span<const sync::LedgerEntry> fresh) {
    auto segment = segment_at(tx, folder, fresh.front().source_uid);
    const auto end =
        std::ranges::find_if(fresh, [&](const auto& entry) { return entry.source_uid >= segment.end; });
    const auto mine = fresh.first(static_cast<std::size_t>(end - fresh.begin()));
    const bool full = segment.entries.size() >= segment_messages;
    if (full && segment.last() && segment.entries.back().source_uid < mine.front().source_uid) {
        write_segments(tx, folder, mine, true);
    } else {
        drop_segment(tx, folder, segment);
        write_segments(tx, folder, merge_entries(std::move(segment.entries), {mine.begin(), mine.end()}),
                       segment.last());
    }
    return fresh.subspan(mine.size());
}

template <class Row>
void keep_last_of_each_uid(std::vector<Row>& rows) {
    std::map<std::uint32_t, Row> kept;
    for (auto& row : rows) kept.insert_or_assign(row.source_uid, row);
    rows.clear();
    for (auto& [uid, row] : kept) rows.push_back(row);
}

}  // namespace

std::vector<sync::LedgerEntry> read_entries(pqxx::work& tx, std::int64_t folder) {
    Entries entries;
    for (std::int64_t after = -1;;) {
        const auto some = exec(tx, "ledger_segments", folder, after);
        if (some.empty()) break;
        for (const auto& row : some) {
            const Entries segment = decoded(row[1]);
            entries.insert(entries.end(), segment.begin(), segment.end());
            after = row[0].as<std::int64_t>();
        }
    }
    Entries fresh;
    for (std::int64_t after = -1;;) {
        const Entries some = some_receipts(tx, folder, after);
        if (some.empty()) break;
        fresh.insert(fresh.end(), some.begin(), some.end());
        after = some.back().source_uid;
    }
    return fresh.empty() ? entries : merge_entries(std::move(entries), std::move(fresh));
}

std::vector<sync::LedgerIntent> read_intents(pqxx::work& tx, std::int64_t folder) {
    std::vector<sync::LedgerIntent> intents;
    for (const auto& row : exec(tx, "ledger_intents", folder))
        intents.push_back({row[0].as<std::uint32_t>(), static_cast<std::uint64_t>(row[1].as<std::int64_t>()),
                           row[2].as<std::uint64_t>(), static_cast<std::uint64_t>(row[3].as<std::int64_t>()),
                           row[4].as<std::uint32_t>(), row[5].as<bool>()});
    return intents;
}

void write_receipts(pqxx::work& tx, std::int64_t folder, Entries entries) {
    if (entries.empty()) return;
    keep_last_of_each_uid(entries);
    exec(tx, "ledger_record", folder, number_array(entries, &sync::LedgerEntry::source_uid),
         number_array(entries, &sync::LedgerEntry::destination_uid),
         number_array(entries, [](const auto& entry) { return static_cast<int>(entry.provenance); }),
         number_array(entries, [](const auto& entry) { return static_cast<int>(entry.flags); }),
         number_array(entries, [](const auto& entry) { return as_bigint(entry.key_hash); }));
}

void write_intents(pqxx::work& tx, std::int64_t folder, std::vector<sync::LedgerIntent> intents) {
    if (intents.empty()) return;
    keep_last_of_each_uid(intents);
    exec(tx, "ledger_intend", folder, number_array(intents, &sync::LedgerIntent::source_uid),
         number_array(intents, [](const auto& intent) { return as_bigint(intent.key_hash); }),
         number_array(intents, &sync::LedgerIntent::size),
         number_array(intents, [](const auto& intent) { return as_bigint(intent.body_digest); }),
         number_array(intents, &sync::LedgerIntent::doubts),
         number_array(intents, [](const auto& intent) { return static_cast<int>(intent.open); }));
}

void close_intents(pqxx::work& tx, std::int64_t folder, const std::vector<std::uint32_t>& source_uids) {
    if (source_uids.empty()) return;
    exec(tx, "ledger_close_intents", folder, number_array(source_uids, std::identity{}));
}

void compact_receipts(pqxx::work& tx, std::int64_t folder) {
    for (std::int64_t after = -1;;) {
        const Entries some = some_receipts(tx, folder, after);
        if (some.empty()) break;
        for (std::span<const sync::LedgerEntry> left = some; !left.empty();)
            left = merge_some(tx, folder, left);
        after = some.back().source_uid;
    }
    exec(tx, "ledger_drop_receipts", folder);
}

void drop_entries(pqxx::work& tx, std::int64_t folder, std::vector<std::uint32_t> uids) {
    std::ranges::sort(uids);
    for (auto uid = uids.begin(); uid != uids.end();) {
        auto segment = segment_at(tx, folder, *uid);
        const auto end = std::ranges::lower_bound(uid, uids.end(), segment.end, {},
                                                  [](auto value) { return std::int64_t{value}; });
        const auto before = segment.entries.size();
        std::erase_if(segment.entries,
                      [&](const auto& entry) { return std::binary_search(uid, end, entry.source_uid); });
        if (segment.entries.size() != before) {
            drop_segment(tx, folder, segment);
            write_segments(tx, folder, segment.entries, segment.last());
        }
        uid = end;
    }
}

}  // namespace godwit::scheduler::pg
