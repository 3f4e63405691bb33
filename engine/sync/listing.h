// FolderListing: what stands in one folder, in compact arrays; and how it is fetched.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "engine/imap/commands.h"
#include "engine/sync/ledger.h"
#include "engine/sync/message_key.h"

namespace godwit::sync {

// Distinct sets of flags, so that a message holds an index. Sets are sorted, without \Recent, system flags as RFC 9051
// spells them.
class FlagTable {
public:
    std::uint32_t add(std::vector<std::string> flags);
    const std::vector<std::string>& at(std::uint32_t id) const { return *sets_[id]; }

private:
    std::map<std::vector<std::string>, std::uint32_t> ids_;
    std::vector<const std::vector<std::string>*> sets_;
};

FlagBits flag_bits(const std::vector<std::string>& flags);

struct ListedMessage {
    std::uint32_t uid = 0;
    std::uint32_t flags = 0;          // in the listing's FlagTable
    std::uint64_t size = 0;           // RFC822.SIZE
    std::int64_t internal_date = 0;   // seconds since the epoch
    std::int16_t zone_minutes = 0;
    MessageKey key;                   // zero when keys were not asked for
};

struct FolderListing {
    std::vector<ListedMessage> messages;   // by UID
    FlagTable flags;
    bool has_keys = false;
};

// Fetches UID, flags, size, date and, if asked, the key of every message with uid >= `first`. A message that the server
// lists twice counts once; an answer outside the range is dropped ("n:*" past the end names the last message).
Awaitable<Result<FolderListing>> list_folder(imap::Session& session, std::uint32_t first, bool with_keys);

// UIDs above `watermark`, sorted: the listing that settles what became of appends.
Awaitable<Result<std::vector<std::uint32_t>>> list_uids_above(imap::Session& session, std::uint32_t watermark);

}  // namespace godwit::sync
