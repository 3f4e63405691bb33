// What the facts of a ledger mean (FactKind in ledger.h): values to octets and back, and the calls for it.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "engine/sync/ledger.h"
#include "engine/sync/octet_hash.h"

namespace godwit::sync {

// Why a source message has no copy.
struct MessageNote {
    std::uint32_t source_uid = 0;
    std::string reason;   // an ErrorKind or a SkipReason, by name
    std::string words;    // the server's
};
// By source UID; unreadable ones are left out.
Awaitable<Result<std::map<std::uint32_t, MessageNote>>> load_notes(Ledger& ledger, const FolderPair& pair);
// The notes of the folder are these from now on.
Awaitable<Result<void>> replace_notes(Ledger& ledger, const FolderPair& pair, const std::vector<MessageNote>& notes);

// SHA-256 of the octets that were sent.
Awaitable<Result<std::map<std::uint32_t, OctetDigest>>> load_digests(Ledger& ledger, const FolderPair& pair);
Awaitable<Result<void>> keep_digests(Ledger& ledger, const FolderPair& pair,
                                     const std::map<std::uint32_t, OctetDigest>& digests);

// Flags of destination messages, by their UID, before this migration first changed them. The first word stands.
using FlagsByUid = std::map<std::uint32_t, std::vector<std::string>>;
Awaitable<Result<FlagsByUid>> load_flags_before(Ledger& ledger, const FolderPair& pair);
Awaitable<Result<void>> keep_flags_before(Ledger& ledger, const FolderPair& pair, const FlagsByUid& flags);

// Where matched messages stood, by the UID that they have now. carry_facts(): what is known of messages that were there before
// us goes with them when they are moved; `uids`: old to new.
Awaitable<Result<std::map<std::uint32_t, std::string>>> load_moved_from(Ledger& ledger, const FolderPair& pair);
Awaitable<Result<void>> carry_facts(Ledger& ledger, const FolderPair& from, const FolderPair& to,
                                    const std::map<std::uint32_t, std::uint32_t>& uids);

// What this migration did to destination folders, by raw name. Noted before it is done.
enum class Made { created, subscribed };
Awaitable<Result<void>> note_made(Ledger& ledger, const std::vector<std::string>& folders, Made made);
struct MadeFolders {
    std::set<std::string> created, subscribed;
};
Awaitable<Result<MadeFolders>> load_made(Ledger& ledger);
Awaitable<Result<void>> forget_made(Ledger& ledger, const std::string& folder, Made made);

}  // namespace godwit::sync
