// FolderListing: what stands in one folder, in compact arrays: 21 bytes a message, and 16 for a key that was
// asked for.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "engine/sync/flag_table.h"
#include "engine/sync/ledger.h"
#include "engine/sync/message_key.h"

namespace godwit::sync {

struct [[gnu::packed, gnu::aligned(4)]] ListedMessage {
    static constexpr std::uint64_t most_size =
        (std::uint64_t{1} << 44) - 1;  // a larger one is listed as this

    std::uint32_t uid = 0;
    std::uint32_t flags : 24 = 0;  // in the listing's FlagTable, which is full long before
    std::int32_t zone_minutes : 12 = 0;
    std::int64_t internal_date : 40 = 0;  // seconds since the epoch
    std::uint64_t size : 44 = 0;          // RFC822.SIZE
};
static_assert(sizeof(ListedMessage) == 20);

// Keys of messages by their index, in pages: costs what is set.
class KeyTable {
public:
    // Zero where none was set.
    const MessageKey& at(std::uint32_t index) const;
    void set(std::uint32_t index, const MessageKey& key);
    void clear() { pages_.clear(); }

private:
    using Page = std::array<MessageKey, 64>;
    std::vector<std::unique_ptr<Page>> pages_;
};

struct FolderListing {
    std::deque<ListedMessage> messages;  // by UID; a deque, since a vector that grows needs room for three
    KeyTable keys;
    FlagTable flags;

    const MessageKey& key(std::uint32_t index) const { return keys.at(index); }
    // Brings messages that came in any order into theirs; of those with one UID the first is kept.
    void sort();
};

// The index of the message with that UID, if it is listed.
std::optional<std::uint32_t> index_of(const FolderListing& listing, std::uint32_t uid);

// What the ledger is to hold of a listed message.
LedgerEntry ledger_entry(const FolderListing& source, std::uint32_t index, std::uint32_t destination_uid,
                         Provenance provenance);

}  // namespace godwit::sync
