#include "scheduler/pg/pg_ledger.h"

#include "scheduler/pg/segment_codec.h"
#include "scheduler/pg/sql.h"

namespace godwit::scheduler::pg {
namespace {

using Entries = std::vector<sync::LedgerEntry>;

std::int64_t as_bigint(std::uint64_t value) { return static_cast<std::int64_t>(value); }

Entries segments_from(pqxx::work& tx, std::int64_t folder, std::uint32_t first_uid) {
    Entries entries;
    for (const auto& row : exec(tx, "ledger_segments", folder, first_uid)) {
        auto segment = decode_segment(bytes_of(row[1]));
        if (!segment) throw Executor::Refused{segment.error()};
        entries.insert(entries.end(), segment->begin(), segment->end());
    }
    return entries;
}

Entries receipts(pqxx::work& tx, std::int64_t folder) {
    Entries entries;
    for (const auto& row : exec(tx, "ledger_receipts", folder))
        entries.push_back({row[0].as<std::uint32_t>(), row[1].as<std::uint32_t>(),
                           row[2].as<int>() ? sync::Provenance::matched : sync::Provenance::put,
                           static_cast<sync::FlagBits>(row[3].as<int>()),
                           static_cast<std::uint64_t>(row[4].as<std::int64_t>())});
    return entries;
}

void set_cursor(pqxx::work& tx, std::int64_t folder, const sync::FolderCursor& cursor) {
    exec(tx, "ledger_set_cursor", folder, cursor.source_uidvalidity, cursor.source_uidnext,
         cursor.source_highestmodseq, cursor.destination_uidvalidity, cursor.watermark);
}

// Receipts into segments: those from the first touched UID on are rewritten.
void compact(pqxx::work& tx, std::int64_t folder, std::span<const std::uint32_t> gone) {
    Entries fresh = receipts(tx, folder);
    if (fresh.empty() && gone.empty()) return;
    std::uint32_t first = fresh.empty() ? UINT32_MAX : fresh.front().source_uid;
    for (const auto uid : gone) first = std::min(first, uid);
    Entries entries = merge_entries(segments_from(tx, folder, first), std::move(fresh));
    const std::set<std::uint32_t> dropped(gone.begin(), gone.end());
    std::erase_if(entries, [&](const auto& entry) { return dropped.contains(entry.source_uid); });
    exec(tx, "ledger_drop_segments", folder, first);
    for (std::size_t at = 0; at < entries.size(); at += segment_messages) {
        const auto part = std::span(entries).subspan(at, std::min(segment_messages, entries.size() - at));
        exec(tx, "ledger_add_segment", folder, part.front().source_uid, part.back().source_uid,
             bytea(encode_segment(part)));
    }
    exec(tx, "ledger_drop_receipts", folder);
}

}  // namespace

PgLedger::PgLedger(Executor& executor, NodeId node, const ClaimedPass& pass)
    : executor_(executor),
      claim_{pass.tenant.value, pass.migration.value, pass.id.value, node.value, pass.generation} {}

void PgLedger::check(pqxx::work& tx, const Claim& claim) {
    if (exec(tx, "fence", claim.tenant, claim.pass, claim.node, claim.generation).empty())
        throw Executor::Refused{{ErrorKind::lease_lost, Reach::node, "another node has this pass", "ledger"}};
}

std::int64_t PgLedger::folder_id(pqxx::work& tx, const Claim& claim, const sync::FolderPair& pair) {
    return exec(tx, "ledger_add_folder", claim.tenant, claim.migration, bytea(pair.source),
                bytea(pair.destination))[0][0].as<std::int64_t>();
}

Awaitable<Result<sync::LedgerFolder>> PgLedger::load(const sync::FolderPair& pair) {
    co_return co_await executor_.run<sync::LedgerFolder>(Lane::ledger, [pair, claim = claim_](pqxx::work& tx) {
        check(tx, claim);
        sync::LedgerFolder out;
        const auto found =
            exec(tx, "ledger_folder", claim.tenant, claim.migration, bytea(pair.source), bytea(pair.destination));
        if (found.empty()) return out;
        const auto& row = found[0];
        const auto folder = row[0].as<std::int64_t>();
        out.cursor = {row[1].as<std::uint32_t>(), row[2].as<std::uint32_t>(), row[3].as<std::uint64_t>(),
                      row[4].as<std::uint32_t>(), row[5].as<std::uint32_t>()};
        out.entries = merge_entries(segments_from(tx, folder, 0), receipts(tx, folder));
        for (const auto& intent : exec(tx, "ledger_intents", folder))
            out.intents.push_back({intent[0].as<std::uint32_t>(),
                                   static_cast<std::uint64_t>(intent[1].as<std::int64_t>()),
                                   intent[2].as<std::uint64_t>()});
        return out;
    });
}

Awaitable<Result<void>> PgLedger::intend(const sync::FolderPair& pair, std::span<const sync::LedgerIntent> intents) {
    std::vector<sync::LedgerIntent> copy(intents.begin(), intents.end());
    co_return co_await executor_.run<void>(Lane::ledger, [pair, copy, claim = claim_](pqxx::work& tx) {
        check(tx, claim);
        exec(tx, "ledger_intend", folder_id(tx, claim, pair), number_array(copy, &sync::LedgerIntent::source_uid),
             number_array(copy, [](const auto& intent) { return as_bigint(intent.key_hash); }),
             number_array(copy, &sync::LedgerIntent::size));
    });
}

Awaitable<Result<void>> PgLedger::record(const sync::FolderPair& pair, const sync::FolderCursor& cursor,
                                         std::span<const sync::LedgerEntry> entries) {
    Entries copy(entries.begin(), entries.end());
    co_return co_await executor_.run<void>(Lane::ledger, [pair, cursor, copy, claim = claim_](pqxx::work& tx) {
        check(tx, claim);
        const auto folder = folder_id(tx, claim, pair);
        set_cursor(tx, folder, cursor);
        exec(tx, "ledger_record", folder, number_array(copy, &sync::LedgerEntry::source_uid),
             number_array(copy, &sync::LedgerEntry::destination_uid),
             number_array(copy, [](const auto& entry) { return static_cast<int>(entry.provenance); }),
             number_array(copy, [](const auto& entry) { return static_cast<int>(entry.flags); }),
             number_array(copy, [](const auto& entry) { return as_bigint(entry.key_hash); }));
    });
}

Awaitable<Result<void>> PgLedger::finish(const sync::FolderPair& pair, const sync::FolderCursor& cursor,
                                         std::span<const std::uint32_t> gone) {
    std::vector<std::uint32_t> copy(gone.begin(), gone.end());
    co_return co_await executor_.run<void>(Lane::ledger, [pair, cursor, copy, claim = claim_](pqxx::work& tx) {
        check(tx, claim);
        const auto folder = folder_id(tx, claim, pair);
        set_cursor(tx, folder, cursor);
        compact(tx, folder, copy);
        exec(tx, "ledger_drop_intents", folder);
    });
}

Awaitable<Result<void>> PgLedger::forget(const sync::FolderPair& pair) {
    co_return co_await executor_.run<void>(Lane::ledger, [pair, claim = claim_](pqxx::work& tx) {
        check(tx, claim);
        exec(tx, "ledger_forget", claim.tenant, claim.migration, bytea(pair.source), bytea(pair.destination));
    });
}

}  // namespace godwit::scheduler::pg
