// MemoryLedger: a ledger for as long as the process lives; what `godwit sync` uses without --ledger. Nobody asks it for a
// folder again that has been finished, so there it keeps unfinished ones only.
#pragma once

#include <deque>
#include <map>

#include "engine/sync/ledger.h"

namespace godwit::sync {

class MemoryLedger final : public Ledger {
public:
    enum class Keeps { everything, unfinished_folders };
    explicit MemoryLedger(Keeps keeps = Keeps::everything) : keeps_(keeps) {}

    Awaitable<Result<LedgerFolder>> load(const FolderPair& pair) override;
    Awaitable<Result<void>> intend(const FolderPair& pair, std::span<const LedgerIntent> intents) override;
    Awaitable<Result<void>> record(const FolderPair& pair, const FolderCursor& cursor,
                                   std::span<const LedgerEntry> entries) override;
    Awaitable<Result<void>> withdraw(const FolderPair& pair, std::span<const std::uint32_t> source_uids) override;
    Awaitable<Result<void>> finish(const FolderPair& pair, const FolderCursor& cursor,
                                   std::span<const LedgerEntry> last, std::span<const std::uint32_t> gone) override;
    Awaitable<Result<void>> forget(const FolderPair& pair) override;
    bool lasts() const override { return keeps_ == Keeps::everything; }
    Awaitable<Result<std::vector<LedgerPair>>> pairs() override;
    Awaitable<Result<std::vector<LedgerFact>>> facts(const FolderPair& pair, FactKind kind) override;
    Awaitable<Result<void>> keep_facts(const FolderPair& pair, FactKind kind, std::span<const LedgerFact> facts,
                                       bool keep_first = false) override;
    Awaitable<Result<void>> drop_facts(const FolderPair& pair, FactKind kind, std::span<const std::uint32_t> uids) override;
    Awaitable<Result<void>> add_findings(std::span<const Finding> findings) override;

    // In their order; of all passes since the ledger was made.
    const std::deque<Finding>& findings() const { return findings_; }

private:
    Keeps keeps_;
    struct Folder {
        FolderCursor cursor;
        std::deque<LedgerEntry> entries;   // a vector that grows would need room for three
        std::vector<LedgerIntent> intents;
        std::map<std::pair<FactKind, std::uint32_t>, std::string> facts;
    };
    std::map<FolderPair, Folder> folders_;
    std::deque<Finding> findings_;
};

}  // namespace godwit::sync
