#include "engine/sync/folder_listing.h"

#include <algorithm>
#include <numeric>

namespace godwit::sync {

const MessageKey& KeyTable::at(std::uint32_t index) const {
    static constexpr MessageKey none;
    const auto page = index / Page().size();
    return page < pages_.size() && pages_[page] ? (*pages_[page])[index % Page().size()] : none;
}

void KeyTable::set(std::uint32_t index, const MessageKey& key) {
    const auto page = index / Page().size();
    if (page >= pages_.size()) pages_.resize(page + 1);
    if (!pages_[page]) pages_[page] = std::make_unique<Page>();
    (*pages_[page])[index % Page().size()] = key;
}

void FolderListing::sort() {
    if (std::ranges::adjacent_find(messages, std::ranges::greater_equal{}, &ListedMessage::uid) ==
        messages.end())
        return;
    std::vector<std::uint32_t> order(messages.size());
    std::iota(order.begin(), order.end(), 0u);
    std::ranges::sort(order, {}, [&](std::uint32_t i) { return std::pair{messages[i].uid, i}; });
    std::deque<ListedMessage> sorted;
    KeyTable sorted_keys;
    for (const auto i : order) {
        if (!sorted.empty() && sorted.back().uid == messages[i].uid) continue;
        if (key(i) != MessageKey{}) sorted_keys.set(static_cast<std::uint32_t>(sorted.size()), key(i));
        sorted.push_back(messages[i]);
    }
    messages = std::move(sorted);
    keys = std::move(sorted_keys);
}

std::optional<std::uint32_t> index_of(const FolderListing& listing, std::uint32_t uid) {
    const auto place = std::ranges::lower_bound(listing.messages, uid, {}, &ListedMessage::uid);
    if (place == listing.messages.end() || place->uid != uid) return std::nullopt;
    return static_cast<std::uint32_t>(place - listing.messages.begin());
}

LedgerEntry ledger_entry(const FolderListing& source, std::uint32_t index, std::uint32_t destination_uid,
                         Provenance provenance) {
    const auto& message = source.messages[index];
    return {message.uid, destination_uid, provenance, flag_bits(source.flags.at(message.flags)),
            source.key(index).hash()};
}

}  // namespace godwit::sync
