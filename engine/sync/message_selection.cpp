#include "engine/sync/message_selection.h"

#include <algorithm>

#include "engine/sync/search_keys.h"

namespace godwit::sync {

bool MessageSelection::selects(const ListedMessage& message) const {
    if (facts_.found && !std::ranges::binary_search(*facts_.found, message.uid)) return false;
    return !facts_.ages_by_arrival || is_of_age(message.internal_date, options_.maxage, options_.minage, facts_.now);
}

std::optional<SkipReason> MessageSelection::left_out(Index index, const ListedMessage& message) const {
    if (!selects(message)) return SkipReason::not_selected;
    if (options_.maxsize > 0 && message.size > options_.maxsize) return SkipReason::too_large;
    if (options_.minsize > 0 && message.size <= options_.minsize) return SkipReason::too_small;
    const auto arrives = options_.truncmess > 0 ? std::min(message.size, options_.truncmess) : message.size;
    if (facts_.append_limit > 0 && arrives > facts_.append_limit) return SkipReason::append_limit;
    if (std::ranges::binary_search(facts_.duplicates, index)) return SkipReason::duplicate;
    if (std::ranges::binary_search(facts_.cross_duplicates, index)) return SkipReason::cross_duplicate;
    return std::nullopt;
}

}  // namespace godwit::sync
