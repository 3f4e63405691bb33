// FileLedger: the ledger of `godwit sync --ledger FILE`, a SQLite database that may hold many pairs of
// accounts.
//
// Every call blocks for as long as the disk takes; the foreground command has nothing else to do meanwhile.
// Errors are those of tools/godwit/sqlite.h.
#pragma once

#include <deque>
#include <map>
#include <optional>

#include "engine/sync/ledger.h"
#include "tools/godwit/account_key.h"
#include "tools/godwit/sqlite.h"

namespace godwit::cli {

class FileLedger final : public sync::Ledger {
public:
    // Makes the file (mode 0600) if there is none. conflict: another process has it open; invalid_argument:
    // it is no ledger, or of a newer version. What is in a file that is refused stays as it is.
    static Result<std::unique_ptr<FileLedger>> open(const std::string& path, const AccountKey& source,
                                                    const AccountKey& destination);

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
    // Kept in memory: the file remembers what was copied, not what a pass had to say.
    Awaitable<Result<void>> add_findings(std::span<const sync::Finding> findings) override;
    const std::deque<sync::Finding>& findings() const { return findings_; }

private:
    struct Folder {
        std::optional<std::int64_t> id;  // absent: new
        sync::FolderCursor cursor;
    };
    explicit FileLedger(Sqlite database) : database_(std::move(database)) {}
    Result<void> start(const AccountKey& source, const AccountKey& destination);
    Result<void> check_format();
    Result<Folder> find(const sync::FolderPair& pair);
    Result<std::int64_t> find_or_add(const sync::FolderPair& pair);
    Result<void> set_cursor(std::int64_t folder, const sync::FolderCursor& cursor);
    Result<bool> has_intents(std::int64_t folder);
    Result<void> close_intent(std::int64_t folder, std::uint32_t source_uid);

    Sqlite database_;
    std::int64_t pair_id_ = 0;
    std::deque<sync::Finding> findings_;
    std::map<sync::FolderPair, std::size_t> receipts_;  // written since the last compaction
};

}  // namespace godwit::cli
