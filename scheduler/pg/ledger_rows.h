// The rows of one ledger folder: receipts on their way into segments, and what they add up to.
#pragma once

#include <span>

#include <pqxx/pqxx>

#include "engine/sync/ledger.h"

namespace godwit::scheduler::pg {

std::vector<sync::LedgerEntry> read_entries(pqxx::work& transaction, std::int64_t folder);
std::vector<sync::LedgerIntent> read_intents(pqxx::work& transaction, std::int64_t folder);

// Of several with one source UID the last counts.
void write_receipts(pqxx::work& transaction, std::int64_t folder, std::vector<sync::LedgerEntry> entries);
// Drops those without doubts, keeps the others as closed.
void close_intents(pqxx::work& transaction, std::int64_t folder, const std::vector<std::uint32_t>& source_uids);
void write_intents(pqxx::work& transaction, std::int64_t folder, std::vector<sync::LedgerIntent> intents);

// By UID. Of several with one UID the last counts; of one that is there already it stays with `keep_first`.
std::vector<sync::LedgerFact> read_facts(pqxx::work& transaction, std::int64_t folder, sync::FactKind kind);
void write_facts(pqxx::work& transaction, std::int64_t folder, sync::FactKind kind, const std::vector<sync::LedgerFact>& facts,
                 bool keep_first);

struct FindingOwner {
    std::string tenant, migration, pass;
    std::int64_t generation;
};
void write_findings(pqxx::work& transaction, const FindingOwner& owner, const std::vector<sync::Finding>& findings);

// As in engine/sync/ledger_compaction.h.
void compact_receipts(pqxx::work& transaction, std::int64_t folder, const std::vector<sync::LedgerEntry>& last = {});
void drop_entries(pqxx::work& transaction, std::int64_t folder, std::vector<std::uint32_t> source_uids);

}  // namespace godwit::scheduler::pg
