#include "scheduler/pg/pg_ledger.h"

#include "engine/sync/ledger_compaction.h"
#include "scheduler/pg/ledger_rows.h"
#include "scheduler/pg/sql.h"

namespace godwit::scheduler::pg {
namespace {

void set_cursor(pqxx::work& tx, std::int64_t folder, const sync::FolderCursor& cursor) {
    exec(tx, "ledger_set_cursor", folder, as_bigint(cursor.source_uidvalidity), cursor.source_uidnext,
         cursor.source_highestmodseq, as_bigint(cursor.destination_uidvalidity), cursor.watermark, cursor.slowest_append_ms,
         static_cast<int>(cursor.key_rung), as_bigint(cursor.rest.options), cursor.rest.source_messages,
         as_bigint(cursor.rest.source_bytes), cursor.rest.without_entry, cursor.rest.removed,
         cursor.rest.destination_messages, cursor.rest.destination_uidnext, cursor.rest.destination_highestmodseq,
         cursor.rest.foreign);
}

// Sixteen fields from `first`.
sync::FolderCursor cursor_of(const pqxx::row& row, int first) {
    const auto number = [&](int at) { return row[first + at].as<std::uint32_t>(); };
    return {from_bigint(row[first]),
            number(1),
            row[first + 2].as<std::uint64_t>(),
            from_bigint(row[first + 3]),
            number(4),
            number(5),
            static_cast<std::uint8_t>(number(6)),
            {from_bigint(row[first + 7]), number(8), from_bigint(row[first + 9]), number(10), number(11), number(12),
             number(13), row[first + 14].as<std::uint64_t>(), number(15)}};
}

std::unexpected<Error> stale() { return fail(ErrorKind::lease_lost, Reach::node, "another node has this pass", "ledger"); }

}  // namespace

PgLedger::PgLedger(Executor& executor, NodeId node, const ClaimedPass& pass)
    : executor_(executor),
      claim_{pass.tenant.value, pass.migration.value, pass.id.value, node.value, pass.generation} {}

PgLedger::Folder PgLedger::find(pqxx::work& tx, const Claim& claim, const sync::FolderPair& pair) {
    const auto found = exec(tx, "ledger_folder", claim.tenant, claim.pass, claim.node, claim.generation,
                            bytea(pair.source), bytea(pair.destination));
    if (found.empty()) throw Executor::Refused{stale().error()};
    const auto& row = found[0];
    if (row[0].is_null()) return {};
    return {row[0].as<std::int64_t>(), cursor_of(row, 1)};
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

Awaitable<Result<std::vector<sync::LedgerPair>>> PgLedger::pairs() {
    co_return co_await executor_.run<std::vector<sync::LedgerPair>>(Lane::ledger, [claim = claim_](pqxx::work& tx) {
        const auto rows = exec(tx, "ledger_pairs", claim.tenant, claim.pass, claim.node, claim.generation);
        if (rows.empty()) throw Executor::Refused{stale().error()};
        std::vector<sync::LedgerPair> pairs;
        for (const auto& row : rows)
            if (!row[0].is_null())
                pairs.push_back({{bytes_of(row[0]), bytes_of(row[1])}, cursor_of(row, 2), row[18].as<bool>()});
        return pairs;
    });
}

Awaitable<Result<std::vector<sync::LedgerFact>>> PgLedger::facts(const sync::FolderPair& pair, sync::FactKind kind) {
    co_return co_await executor_.run<std::vector<sync::LedgerFact>>(
        Lane::ledger, [pair, kind, claim = claim_](pqxx::work& tx) {
            const auto folder = find(tx, claim, pair);
            return folder.id ? read_facts(tx, *folder.id, kind) : std::vector<sync::LedgerFact>{};
        });
}

Awaitable<Result<void>> PgLedger::keep_facts(const sync::FolderPair& pair, sync::FactKind kind,
                                             std::span<const sync::LedgerFact> facts, bool keep_first) {
    if (facts.empty()) co_return Result<void>{};
    std::vector<sync::LedgerFact> copy(facts.begin(), facts.end());
    co_return co_await executor_.run<void>(Lane::ledger, [=, claim = claim_](pqxx::work& tx) {
        write_facts(tx, find_or_add(tx, claim, pair), kind, copy, keep_first);
    });
}

Awaitable<Result<void>> PgLedger::drop_facts(const sync::FolderPair& pair, sync::FactKind kind,
                                             std::span<const std::uint32_t> uids) {
    std::vector<std::uint32_t> copy(uids.begin(), uids.end());
    co_return co_await executor_.run<void>(Lane::ledger, [=, claim = claim_](pqxx::work& tx) {
        if (const auto folder = find(tx, claim, pair); folder.id)
            exec(tx, "ledger_drop_facts", *folder.id, static_cast<int>(kind), number_array(copy, std::identity{}));
    });
}

Awaitable<Result<void>> PgLedger::add_findings(std::span<const sync::Finding> findings) {
    std::vector<sync::Finding> copy(findings.begin(), findings.end());
    auto added = co_await executor_.run<void>(Lane::ledger, [copy, claim = claim_, first = !has_findings_](pqxx::work& tx) {
        if (exec(tx, "pass_is_ours", claim.tenant, claim.pass, claim.node, claim.generation).empty())
            throw Executor::Refused{stale().error()};
        if (first) exec(tx, "drop_stale_findings", claim.tenant, claim.migration, claim.generation);
        write_findings(tx, {claim.tenant, claim.migration, claim.pass, claim.generation}, copy);
    });
    if (added) has_findings_ = true;
    co_return added;
}

}  // namespace godwit::scheduler::pg
