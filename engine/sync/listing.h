// How the listing of a folder is fetched.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/imap/commands.h"
#include "engine/sync/folder_listing.h"
#include "engine/sync/key_rule.h"
#include "engine/sync/request.h"

namespace godwit::sync {

// Fetches UID, flags, size, date and, if asked, the key of every message with uid >= `first`. A message that the server
// lists twice counts once; an answer outside the range is dropped ("n:*" past the end names the last message).
Awaitable<Result<FolderListing>> list_folder(imap::Session& session, std::uint32_t first, std::optional<KeyMaker> keys);

// A listing that is shorter than the folder is no listing: a partial one never looks like an empty folder. Messages that
// arrive while it runs raise EXISTS, so it is taken again, some times.
Awaitable<Result<FolderListing>> list_whole_folder(imap::Session& session, Side side, std::optional<KeyMaker> keys);

// Add rows to `listing`, whose sort() is then due: of messages that are new or were changed since a mod-sequence
// (CHANGEDSINCE, RFC 7162), and of some by UID.
Awaitable<Result<void>> add_changed_since(imap::Session& session, std::uint64_t modseq, FolderListing& listing);
Awaitable<Result<void>> add_messages(imap::Session& session, const imap::UidSet& uids, FolderListing& listing,
                                     std::optional<KeyMaker> keys = {});

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
    std::uint64_t highestmodseq = 0;    // of these messages, where it was asked for
};
Awaitable<Result<FlaggedUids>> list_flags_above(imap::Session& session, std::uint32_t watermark, bool modseq = false);
// Of messages up to a UID whose flags were changed since a mod-sequence.
Awaitable<Result<FlaggedUids>> list_flags_changed_since(imap::Session& session, std::uint32_t last, std::uint64_t modseq);

}  // namespace godwit::sync
