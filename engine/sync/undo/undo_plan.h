// What an undo pass may take back. Pure: what the ledger holds and what stands at the destination in, decisions out.
//
// A message is ours if our receipt names it and its key is still the one that we sent; it is taken away only if its flags are
// still those that it was given. Whatever cannot be told for certain is left, with the reason.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/sync/ledger.h"
#include "engine/sync/message_key.h"

namespace godwit::sync {

// A destination message, as just looked at.
struct Standing {
    std::vector<std::string> flags;   // as FlagTable keeps them
    std::array<std::uint64_t, lowest_rung + 1> key_hashes{};   // at each rung of the ladder; 0: its headers were not to be had
};

// What the destination folder allows.
struct UndoRules {
    std::string why_not;           // single messages cannot be removed, and why; empty: they can
    FlagBits storable = 0x1f;      // system flags that it keeps
};

enum class UndoAct {
    remove,    // of a message that was put
    restore,   // flags of a message that was there before
    forget,    // nothing is there to be taken back any more
    leave,
};
struct UndoStep {
    UndoAct act = UndoAct::leave;
    std::string why;   // it is left

    friend bool operator==(const UndoStep&, const UndoStep&) = default;
};

// Of an entry whose provenance is `put`; without `there` its message is gone. `shared`: other entries name its UID, too.
UndoStep undo_put(const LedgerEntry& entry, const Standing* there, bool shared, const UndoRules& rules);

// Of a message that was there before: `before` are its first flags. `entries` name it, one at least.
UndoStep undo_flags(std::span<const LedgerEntry> entries, const Standing* there, const std::vector<std::string>& before,
                    const UndoRules& rules);

// How flags differ from those last synced: "\Flagged -\Seen"; empty: not at all, as far as the ledger can tell. Flags that
// the destination does not keep count for nothing, and so do keywords that servers set by themselves.
std::string flag_changes(FlagBits synced, const std::vector<std::string>& flags, FlagBits storable);

// ---- What no entry names

// A destination message that belongs to no entry.
struct Stray {
    std::uint32_t uid = 0;
    std::uint64_t size = 0;
    Standing standing;
};

// What may stand there unnamed: an append in doubt (some copies of it, of that size), or a receipt that names no UID.
struct Unnamed {
    std::size_t pair = 0;              // the caller's
    std::uint32_t source_uid = 0;
    std::uint64_t key_hash = 0;        // 0: the message streamed, its headers were not known before
    std::uint32_t watermark = 0;       // of its pair: up to here everything is accounted for
    std::uint64_t size = 0;            // of an append
    std::uint32_t copies = 0;          // of an append, at most
    std::optional<LedgerEntry> receipt;
};

struct StrayStep {
    std::size_t stray = 0;             // indexes
    std::size_t unnamed = 0;
    UndoStep step;
};
// One step for each stray that is ours or could be, in the order of the strays. No more are taken for copies than there are
// appends; where more look alike, all are left.
std::vector<StrayStep> undo_strays(const std::vector<Stray>& strays, const std::vector<Unnamed>& unnamed,
                                   const UndoRules& rules);

}  // namespace godwit::sync
