#include "engine/sync/receipts.h"

#include <algorithm>

namespace godwit::sync {

Provenance Receipts::located(std::uint32_t uid) {
    if (uid <= start_ || ours_.contains(uid)) return Provenance::matched;
    ours_.add(uid);
    if (uid == watermark_ + 1) {
        const auto& ranges = ours_.ranges();
        const auto range = std::ranges::upper_bound(ranges, uid, {}, &imap::UidSet::Range::first) - 1;
        watermark_ = range->last;
    }
    return Provenance::put;
}

}  // namespace godwit::sync
