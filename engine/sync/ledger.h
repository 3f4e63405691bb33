// Ledger: what was copied, folder by folder. One of the two calls that leave the engine sideways.
//
// An accelerator and a memory of provenance, never the only truth: without it a full comparison finds what is missing.
// Bound to one migration and one generation of its lease; a write by a stale generation fails with lease_lost, and the
// pass must stop. Called on the pass's executor, one call at a time. Every write is durable when it returns.
// Implementations: MemoryLedger, scheduler/pg/pg_ledger.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/run_context.h"
#include "engine/imap/sequence_set.h"

namespace godwit::sync {

// put: our append, our receipt. matched: found on the destination.
enum class Provenance : std::uint8_t { put = 0, matched = 1 };

// Flags both servers know, as bits, as they were last synced; bit 7 says that there were keywords as well.
using FlagBits = std::uint8_t;

// 17 bytes of information for each message.
struct LedgerEntry {
    std::uint32_t source_uid = 0;
    std::uint32_t destination_uid = 0;   // 0: not known (no UIDPLUS yet listed)
    Provenance provenance = Provenance::put;
    FlagBits flags = 0;
    std::uint64_t key_hash = 0;          // first 64 bits of the message key

    friend bool operator==(const LedgerEntry&, const LedgerEntry&) = default;
};

// An append that may have reached the destination without an answer.
struct LedgerIntent {
    std::uint32_t source_uid = 0;
    std::uint64_t key_hash = 0;
    std::uint64_t size = 0;

    friend bool operator==(const LedgerIntent&, const LedgerIntent&) = default;
};

// Cursors of a folder pair; those of the source are of the SELECT that opened the listing.
struct FolderCursor {
    std::uint32_t source_uidvalidity = 0;
    std::uint32_t source_uidnext = 0;
    std::uint64_t source_highestmodseq = 0;
    std::uint32_t destination_uidvalidity = 0;
    std::uint32_t watermark = 0;         // every destination UID up to here is accounted for

    friend bool operator==(const FolderCursor&, const FolderCursor&) = default;
};

// Raw names on the wire: the identity of a folder.
struct FolderPair {
    std::string source;
    std::string destination;
    friend auto operator<=>(const FolderPair&, const FolderPair&) = default;
};

struct LedgerFolder {
    FolderCursor cursor;
    std::vector<LedgerEntry> entries;    // by source UID
    std::vector<LedgerIntent> intents;   // of earlier passes that never ended
};

class Ledger {
public:
    virtual ~Ledger() = default;

    // Empty when the folder is new.
    virtual Awaitable<Result<LedgerFolder>> load(const FolderPair& pair) = 0;
    // Before the bytes that complete these appends are written.
    virtual Awaitable<Result<void>> intend(const FolderPair& pair, std::span<const LedgerIntent> intents) = 0;
    // Receipts and matches; ends the intents with the same source UIDs. The cursor is stored with them.
    virtual Awaitable<Result<void>> record(const FolderPair& pair, const FolderCursor& cursor,
                                           std::span<const LedgerEntry> entries) = 0;
    // The folder is done: cursor stored, intents settled, rows compacted. Forgets entries in `gone` (source UIDs).
    virtual Awaitable<Result<void>> finish(const FolderPair& pair, const FolderCursor& cursor,
                                           std::span<const std::uint32_t> gone) = 0;
    // UIDVALIDITY changed or the ledger is not to be believed: forgets the folder.
    virtual Awaitable<Result<void>> forget(const FolderPair& pair) = 0;
};

}  // namespace godwit::sync
