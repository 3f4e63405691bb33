// FolderListing: what stands in one folder, in compact arrays; and how it is fetched.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/imap/commands.h"
#include "engine/sync/ledger.h"
#include "engine/sync/key_rule.h"
#include "engine/sync/request.h"

namespace godwit::sync {

// Distinct sets of flags, so that a message holds an index. Sets are sorted, without \Recent, system flags as RFC 9051
// spells them.
class FlagTable {
public:
    FlagTable() = default;
    FlagTable(FlagTable&&) = default;             // pointers into the map stay good when it moves
    FlagTable& operator=(FlagTable&&) = default;
    std::uint32_t add(std::vector<std::string> flags);
    const std::vector<std::string>& at(std::uint32_t id) const { return *sets_[id]; }
    // Every set becomes what `rule` makes of it; ids stay.
    void replace(const std::function<std::vector<std::string>(std::vector<std::string>)>& rule);
    // Holds more than any mailbox needs: a server makes them up.
    bool full() const { return bytes_ > most_bytes; }

private:
    static constexpr std::size_t most_bytes = 32u << 20;
    std::size_t bytes_ = 0;
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
};

// The index of the message with that UID, if it is listed.
std::optional<std::uint32_t> index_of(const FolderListing& listing, std::uint32_t uid);

// What the ledger is to hold of a listed message.
LedgerEntry ledger_entry(const FolderListing& source, std::uint32_t index, std::uint32_t destination_uid,
                         Provenance provenance);

// Fetches UID, flags, size, date and, if asked, the key of every message with uid >= `first`. A message that the server
// lists twice counts once; an answer outside the range is dropped ("n:*" past the end names the last message).
Awaitable<Result<FolderListing>> list_folder(imap::Session& session, std::uint32_t first, std::optional<KeyMaker> keys);

// A listing that is shorter than the folder is no listing: a partial one never looks like an empty folder. Messages that
// arrive while it runs raise EXISTS, so it is taken again, some times.
Awaitable<Result<FolderListing>> list_whole_folder(imap::Session& session, Side side, std::optional<KeyMaker> keys);

// Fills in the keys of some messages of a listing (indexes, ascending). One that is gone meanwhile keeps a zero key.
Awaitable<Result<void>> fetch_keys(imap::Session& session, FolderListing& listing, std::span<const std::uint32_t> indexes,
                                   KeyMaker keys);

// Puts the dates of Date headers in the place of internal dates, where there is one that can be read.
Awaitable<Result<void>> fetch_header_dates(imap::Session& session, FolderListing& listing,
                                           std::span<const std::uint32_t> indexes);

// Body digests by UID; messages that are gone are left out. Reads every octet, holds none of large messages.
Awaitable<Result<std::map<std::uint32_t, BodyDigest>>> fetch_digests(imap::Session& session,
                                                                     std::vector<std::uint32_t> uids);

// UIDs above `watermark`, sorted: the listing that settles what became of appends.
Awaitable<Result<std::vector<std::uint32_t>>> list_uids_above(imap::Session& session, std::uint32_t watermark);

// The same with the flags of each.
struct FlaggedUids {
    std::vector<std::uint32_t> uids;    // ascending
    std::vector<std::uint32_t> flags;   // of each, in the table
    FlagTable table;
};
Awaitable<Result<FlaggedUids>> list_flags_above(imap::Session& session, std::uint32_t watermark);

}  // namespace godwit::sync
