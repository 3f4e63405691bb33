#include "scheduler/pg/pg_ledger.h"

#include "engine/sync/ledger_compaction.h"
#include "scheduler/pg/ledger_rows.h"
#include "scheduler/pg/sql.h"

namespace godwit::scheduler::pg {
namespace {

void set_cursor(pqxx::work& tx, std::int64_t folder, const sync::FolderCursor& cursor) {
    exec(tx, "ledger_set_cursor", folder, as_bigint(cursor.source_uidvalidity), cursor.source_uidnext,
         cursor.source_highestmodseq, as_bigint(cursor.destination_uidvalidity), cursor.watermark, cursor.slowest_append_ms,
         static_cast<int>(cursor.key_rung));
}

}  // namespace

PgLedger::PgLedger(Executor& executor, NodeId node, const ClaimedPass& pass)
    : executor_(executor),
      claim_{pass.tenant.value, pass.migration.value, pass.id.value, node.value, pass.generation} {}

PgLedger::Folder PgLedger::find(pqxx::work& tx, const Claim& claim, const sync::FolderPair& pair) {
    const auto found = exec(tx, "ledger_folder", claim.tenant, claim.pass, claim.node, claim.generation,
                            bytea(pair.source), bytea(pair.destination));
    if (found.empty())
        throw Executor::Refused{{ErrorKind::lease_lost, Reach::node, "another node has this pass", "ledger"}};
    const auto& row = found[0];
    if (row[0].is_null()) return {};
    return {row[0].as<std::int64_t>(),
            {from_bigint(row[1]), row[2].as<std::uint32_t>(), row[3].as<std::uint64_t>(),
             from_bigint(row[4]), row[5].as<std::uint32_t>(), row[6].as<std::uint32_t>(),
             static_cast<std::uint8_t>(row[7].as<int>())}};
}

std::int64_t PgLedger::find_or_add(pqxx::work& tx, const Claim& claim, const sync::FolderPair& pair) {
    if (const auto folder = find(tx, claim, pair); folder.id) return *folder.id;
    return exec(tx, "ledger_add_folder", claim.tenant, claim.migration, bytea(pair.source),
                bytea(pair.destination))[0][0]
        .as<std::int64_t>();
}

Awaitable<Result<sync::LedgerFolder>> PgLedger::load(const sync::FolderPair& pair) {
    co_return co_await executor_.run<sync::LedgerFolder>(Lane::ledger, [pair,
                                                                        claim = claim_](pqxx::work& tx) {
        const auto folder = find(tx, claim, pair);
        if (!folder.id) return sync::LedgerFolder{};
        return sync::LedgerFolder{folder.cursor, read_entries(tx, *folder.id), read_intents(tx, *folder.id)};
    });
}

Awaitable<Result<void>> PgLedger::intend(const sync::FolderPair& pair,
                                         std::span<const sync::LedgerIntent> intents) {
    std::vector<sync::LedgerIntent> copy(intents.begin(), intents.end());
    co_return co_await executor_.run<void>(Lane::ledger, [pair, copy, claim = claim_](pqxx::work& tx) {
        write_intents(tx, find_or_add(tx, claim, pair), copy);
    });
}

Awaitable<Result<void>> PgLedger::record(const sync::FolderPair& pair, const sync::FolderCursor& cursor,
                                         std::span<const sync::LedgerEntry> entries) {
    std::vector<sync::LedgerEntry> copy(entries.begin(), entries.end());
    auto& receipts = receipts_[pair];
    const bool many = (receipts += copy.size()) > sync::receipts_at_most;
    if (many) receipts = 0;
    co_return co_await executor_.run<void>(Lane::ledger,
                                           [pair, cursor, copy, many, claim = claim_](pqxx::work& tx) {
                                               const auto folder = find_or_add(tx, claim, pair);
                                               set_cursor(tx, folder, cursor);
                                               write_receipts(tx, folder, copy);
                                               if (many) compact_receipts(tx, folder);
                                           });
}

Awaitable<Result<void>> PgLedger::withdraw(const sync::FolderPair& pair,
                                           std::span<const std::uint32_t> source_uids) {
    std::vector<std::uint32_t> copy(source_uids.begin(), source_uids.end());
    co_return co_await executor_.run<void>(Lane::ledger, [pair, copy, claim = claim_](pqxx::work& tx) {
        if (const auto folder = find(tx, claim, pair); folder.id) close_intents(tx, *folder.id, copy);
    });
}

Awaitable<Result<void>> PgLedger::finish(const sync::FolderPair& pair, const sync::FolderCursor& cursor,
                                         std::span<const sync::LedgerEntry> last, std::span<const std::uint32_t> gone) {
    std::vector<sync::LedgerEntry> entries(last.begin(), last.end());
    std::vector<std::uint32_t> uids(gone.begin(), gone.end());
    receipts_.erase(pair);
    co_return co_await executor_.run<void>(Lane::ledger, [pair, cursor, entries, uids, claim = claim_](pqxx::work& tx) {
        const auto folder = find_or_add(tx, claim, pair);
        set_cursor(tx, folder, cursor);
        compact_receipts(tx, folder, entries);
        drop_entries(tx, folder, uids);
        exec(tx, "ledger_close_all_intents", folder);
    });
}

Awaitable<Result<void>> PgLedger::forget(const sync::FolderPair& pair) {
    receipts_.erase(pair);
    co_return co_await executor_.run<void>(Lane::ledger, [pair, claim = claim_](pqxx::work& tx) {
        if (const auto folder = find(tx, claim, pair); folder.id) exec(tx, "ledger_forget", *folder.id);
    });
}

}  // namespace godwit::scheduler::pg
