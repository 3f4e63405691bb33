// Ledger: what was copied, folder by folder. One of the two calls that leave the engine sideways.
//
// An accelerator and a memory of provenance, never the only truth: without it a full comparison finds what is missing.
// Bound to one migration and one generation of its lease; a write by a stale generation fails with lease_lost, and the
// pass must stop. Called on the pass's executor; for one folder one call at a time but for intend(), which may overlap. Every
// write is durable when it returns.
// Implementations: MemoryLedger, scheduler/pg/pg_ledger, tools/godwit/file_ledger.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/run_context.h"
#include "engine/imap/sequence_set.h"
#include "engine/sync/finding.h"

namespace godwit::sync {

// put: our append, our receipt. matched: found on the destination. removed: was one of the two, and somebody else took it
// away from the destination since; it is not copied again. filtered: the destination answered OK to our append and has never
// shown the message; likewise.
enum class Provenance : std::uint8_t { put = 0, matched = 1, removed = 2, filtered = 3 };
inline bool has_copy(Provenance provenance) { return provenance == Provenance::put || provenance == Provenance::matched; }

// Flags both servers know, as bits, as they were last synced; bit 7 says that there were keywords as well.
using FlagBits = std::uint8_t;

// 17 bytes of information for each message.
struct LedgerEntry {
    std::uint32_t source_uid = 0;
    std::uint32_t destination_uid = 0;   // 0: not known (answered without APPENDUID, not listed yet)
    Provenance provenance = Provenance::put;
    FlagBits flags = 0;
    std::uint64_t key_hash = 0;          // first 64 bits of the message key

    friend bool operator==(const LedgerEntry&, const LedgerEntry&) = default;
};

// An append that may reach the destination without an answer that we hear of (append_state.h).
struct LedgerIntent {
    std::uint32_t source_uid = 0;
    std::uint64_t key_hash = 0;
    std::uint64_t size = 0;          // octets
    std::uint32_t doubts = 0;        // earlier appends of it that were given up as not arrived, and may still do so
    bool open = true;                // false: it has its receipt or was refused; kept for the sake of `doubts` only

    friend bool operator==(const LedgerIntent&, const LedgerIntent&) = default;
};

// How the last whole pass left a folder pair. While both servers say the same of their folders, there is nothing to do; what
// they say now tells how much has changed.
struct FolderRest {
    std::uint64_t options = 0;           // digest of the options the pass had (SyncOptions); 0: no pass has ended here
    std::uint32_t source_messages = 0;   // as listed
    std::uint64_t source_bytes = 0;
    std::uint32_t without_entry = 0;     // of those: left out by options, or failed
    std::uint32_t removed = 0;           // of those: their copies were removed at the destination, or filtered
    std::uint32_t destination_messages = 0;
    std::uint32_t destination_uidnext = 0;
    std::uint64_t destination_highestmodseq = 0;   // 0: flags may have changed there unseen
    std::uint32_t foreign = 0;           // of the destination's: without an entry

    friend bool operator==(const FolderRest&, const FolderRest&) = default;
};

// Cursors of a folder pair; those of the source are of the SELECT that opened the listing.
struct FolderCursor {
    std::uint64_t source_uidvalidity = 0;
    std::uint32_t source_uidnext = 0;
    std::uint64_t source_highestmodseq = 0;
    std::uint64_t destination_uidvalidity = 0;
    std::uint32_t watermark = 0;         // every destination UID up to here is accounted for
    std::uint32_t slowest_append_ms = 0; // the slowest answer to an APPEND so far: what settling waits by
    std::uint8_t key_rung = 0;           // of the ladder in message_key.h; key hashes are of this rung
    FolderRest rest;

    friend bool operator==(const FolderCursor&, const FolderCursor&) = default;
};

// Raw names on the wire: the identity of a folder.
struct FolderPair {
    std::string source;
    std::string destination;
    friend auto operator<=>(const FolderPair&, const FolderPair&) = default;
};

// Of rows by source UID (entries or intents), the one of that UID, or null.
template <class Row>
const Row* find_by_source_uid(const std::vector<Row>& rows, std::uint32_t uid) {
    const auto place = std::ranges::lower_bound(rows, uid, {}, &Row::source_uid);
    return place == rows.end() || place->source_uid != uid ? nullptr : &*place;
}

struct LedgerFolder {
    FolderCursor cursor;
    std::vector<LedgerEntry> entries;    // by source UID
    std::vector<LedgerIntent> intents;   // by source UID: open ones of passes that never ended, and closed ones
};

// A folder pair that the ledger knows, without its rows.
struct LedgerPair {
    FolderPair pair;
    FolderCursor cursor;
    bool in_doubt = false;               // it has open intents
};

// Cold facts about messages, and what their UIDs and values are (ledger_facts.h reads and writes them):
// note: why a source message has no copy, in words, of the last pass that tried; by source UID.
// digest: SHA-256 of the octets that were sent for a source message; by source UID.
// flags_before: what a matched message had before its flags were first changed; by destination UID.
// made: a destination folder was created or subscribed by this migration; numbered, of the pair of two empty names.
// moved_from: the raw name of the destination folder that a matched message stood in before it was first moved; by
// destination UID.
enum class FactKind : std::uint8_t { note = 0, digest = 1, flags_before = 2, made = 3, moved_from = 4 };
struct LedgerFact {
    std::uint32_t uid = 0;
    std::string value;                   // octets

    friend bool operator==(const LedgerFact&, const LedgerFact&) = default;
};

// Closing an intent drops it, but for one with doubts: that stays, not open, so that a late copy is known for what it is.
class Ledger {
public:
    virtual ~Ledger() = default;

    // Empty when the folder is new.
    virtual Awaitable<Result<LedgerFolder>> load(const FolderPair& pair) = 0;
    // Before the bytes that complete these appends are written. One with a known source UID takes the place of the older.
    virtual Awaitable<Result<void>> intend(const FolderPair& pair, std::span<const LedgerIntent> intents) = 0;
    // Receipts and matches; closes the intents with the same source UIDs. The cursor is stored with them, at once.
    virtual Awaitable<Result<void>> record(const FolderPair& pair, const FolderCursor& cursor,
                                           std::span<const LedgerEntry> entries) = 0;
    // These appends are known not to have happened: closes their intents.
    virtual Awaitable<Result<void>> withdraw(const FolderPair& pair, std::span<const std::uint32_t> source_uids) = 0;
    // The folder is done: the last receipts and matches and the cursor stored, all intents closed, rows compacted. Forgets
    // entries in `gone` (source UIDs).
    virtual Awaitable<Result<void>> finish(const FolderPair& pair, const FolderCursor& cursor,
                                           std::span<const LedgerEntry> last, std::span<const std::uint32_t> gone) = 0;
    // UIDVALIDITY changed or the ledger is not to be believed: forgets the folder, intents and facts included.
    virtual Awaitable<Result<void>> forget(const FolderPair& pair) = 0;

    // Whether another pass may ask for what this one writes down.
    virtual bool lasts() const { return true; }

    // All pairs, by name.
    virtual Awaitable<Result<std::vector<LedgerPair>>> pairs() = 0;

    // Facts of one kind, by UID. The first fact of a UID stays where `keep_first`, else the last one does.
    virtual Awaitable<Result<std::vector<LedgerFact>>> facts(const FolderPair& pair, FactKind kind) = 0;
    virtual Awaitable<Result<void>> keep_facts(const FolderPair& pair, FactKind kind, std::span<const LedgerFact> facts,
                                               bool keep_first = false) = 0;
    virtual Awaitable<Result<void>> drop_facts(const FolderPair& pair, FactKind kind, std::span<const std::uint32_t> uids) = 0;

    // What a verify or undo pass has found; of this pass only.
    virtual Awaitable<Result<void>> add_findings(std::span<const Finding> findings) = 0;
};

}  // namespace godwit::sync
