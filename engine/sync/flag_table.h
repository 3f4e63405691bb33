// FlagTable: the distinct sets of flags of a folder, so that a message holds a number. Sets are sorted,
// without \Recent, system flags as RFC 9051 spells them.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/sync/ledger.h"

namespace godwit::sync {

class FlagTable {
public:
    FlagTable() = default;
    FlagTable(FlagTable&&) = default;  // pointers into the map stay good when it moves
    FlagTable& operator=(FlagTable&&) = default;
    std::uint32_t add(const std::vector<std::string>& flags);
    const std::vector<std::string>& at(std::uint32_t id) const { return *sets_[id]; }
    // Every set becomes what `rule` makes of it; ids stay. Nothing is added afterwards.
    void replace(const std::function<std::vector<std::string>(std::vector<std::string>)>& rule);
    // Holds more than any mailbox needs: a server makes them up.
    bool full() const { return bytes_ > most_bytes; }

private:
    static constexpr std::size_t most_bytes = 32u << 20;
    static constexpr std::size_t most_spelled = 4096, longest_spelling = 1024;
    std::uint32_t add_spelled(const std::vector<std::string>& flags);

    std::size_t bytes_ = 0;
    std::map<std::vector<std::string>, std::uint32_t> ids_;
    std::vector<const std::vector<std::string>*> sets_;
    std::unordered_map<std::string, std::uint32_t> spelled_;  // as the server writes them, of some
    std::string spelling_;                                    // of the set in hand
};

FlagBits flag_bits(const std::vector<std::string>& flags);

}  // namespace godwit::sync
