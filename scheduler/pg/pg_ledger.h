// PgLedger: the ledger of one migration in PostgreSQL, bound to one claim. Every write checks in its own
// transaction that the claim still stands.
#pragma once

#include <map>
#include <optional>

#include "engine/sync/ledger.h"
#include "scheduler/pg/executor.h"
#include "scheduler/store.h"

namespace godwit::scheduler::pg {

class PgLedger final : public sync::Ledger {
public:
    PgLedger(Executor& executor, NodeId node, const ClaimedPass& pass);

    Awaitable<Result<sync::LedgerFolder>> load(const sync::FolderPair& pair) override;
    Awaitable<Result<void>> intend(const sync::FolderPair& pair,
                                   std::span<const sync::LedgerIntent> intents) override;
    Awaitable<Result<void>> record(const sync::FolderPair& pair, const sync::FolderCursor& cursor,
                                   std::span<const sync::LedgerEntry> entries) override;
    Awaitable<Result<void>> withdraw(const sync::FolderPair& pair,
                                     std::span<const std::uint32_t> source_uids) override;
    Awaitable<Result<void>> finish(const sync::FolderPair& pair, const sync::FolderCursor& cursor,
                                   std::span<const sync::LedgerEntry> last, std::span<const std::uint32_t> gone) override;
    Awaitable<Result<void>> forget(const sync::FolderPair& pair) override;
    Awaitable<Result<std::vector<sync::LedgerPair>>> pairs() override;
    Awaitable<Result<std::vector<sync::LedgerFact>>> facts(const sync::FolderPair& pair, sync::FactKind kind) override;
    Awaitable<Result<void>> keep_facts(const sync::FolderPair& pair, sync::FactKind kind,
                                       std::span<const sync::LedgerFact> facts, bool keep_first = false) override;
    Awaitable<Result<void>> drop_facts(const sync::FolderPair& pair, sync::FactKind kind,
                                       std::span<const std::uint32_t> uids) override;
    Awaitable<Result<void>> add_findings(std::span<const sync::Finding> findings) override;

private:
    // What a statement needs to know of the claim; copied into each transaction.
    struct Claim {
        std::string tenant, migration, pass, node;
        std::int64_t generation;
    };
    struct Folder {
        std::optional<std::int64_t> id;  // absent: new
        sync::FolderCursor cursor;
    };
    // The folder, when the claim still stands; otherwise throws lease_lost.
    static Folder find(pqxx::work& transaction, const Claim& claim, const sync::FolderPair& pair);
    static std::int64_t find_or_add(pqxx::work& transaction, const Claim& claim,
                                    const sync::FolderPair& pair);

    Executor& executor_;
    Claim claim_;
    std::map<sync::FolderPair, std::size_t> receipts_;  // written since the last compaction
    bool has_findings_ = false;                         // of this pass; stale ones are gone then
};

}  // namespace godwit::scheduler::pg
