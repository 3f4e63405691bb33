// HashSet: a set of 64-bit hashes in one flat table, for "was this in the file before?": 8 to 19 bytes an
// entry.
#pragma once

#include <cstdint>
#include <vector>

namespace godwit::scheduler {

class HashSet {
public:
    // False when it was there already.
    bool insert(std::uint64_t hash);
    std::size_t size() const { return size_; }
    std::size_t bytes() const { return slots_.size() * sizeof(std::uint64_t); }

private:
    void grow();

    std::vector<std::uint64_t> slots_;  // 0: free; open addressing, a power of two, at most 7/8 full
    std::size_t size_ = 0;
};

}  // namespace godwit::scheduler
