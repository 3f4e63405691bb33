#include "scheduler/import/hash_set.h"

namespace godwit::scheduler {

bool HashSet::insert(std::uint64_t hash) {
    if (hash == 0) hash = 1;
    if ((size_ + 1) * 8 > slots_.size() * 7) grow();
    const std::size_t mask = slots_.size() - 1;
    // The low bits pick the slot: mixed, since the caller's hash may be weak there.
    std::size_t at = (hash ^ hash >> 32) & mask;
    while (slots_[at] != 0) {
        if (slots_[at] == hash) return false;
        at = (at + 1) & mask;
    }
    slots_[at] = hash;
    ++size_;
    return true;
}

void HashSet::grow() {
    std::vector<std::uint64_t> old(slots_.empty() ? 1024 : slots_.size() * 2);
    old.swap(slots_);
    size_ = 0;
    for (const auto hash : old)
        if (hash != 0) insert(hash);
}

}  // namespace godwit::scheduler
