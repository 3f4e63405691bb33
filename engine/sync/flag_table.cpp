#include "engine/sync/flag_table.h"

#include <algorithm>
#include <array>

#include "engine/base/text.h"

namespace godwit::sync {
namespace {

constexpr auto system_flags =
    std::to_array<std::string_view>({"\\Seen", "\\Answered", "\\Flagged", "\\Deleted", "\\Draft"});

std::vector<std::string> normalised(std::vector<std::string> flags) {
    std::erase_if(flags, [](const auto& flag) { return equals_ignoring_case(flag, "\\Recent"); });
    for (auto& flag : flags)
        for (const auto known : system_flags)
            if (equals_ignoring_case(flag, known)) flag = known;
    std::ranges::sort(flags);
    const auto repeated = std::ranges::unique(flags);
    flags.erase(repeated.begin(), repeated.end());
    return flags;
}

}  // namespace

std::uint32_t FlagTable::add(const std::vector<std::string>& flags) {
    spelling_.clear();
    for (const auto& flag : flags) spelling_.append(flag) += '\0';
    const auto known = spelled_.find(spelling_);
    return known != spelled_.end() ? known->second : add_spelled(flags);
}

std::uint32_t FlagTable::add_spelled(const std::vector<std::string>& flags) {
    const auto [place, fresh] = ids_.try_emplace(normalised(flags), static_cast<std::uint32_t>(sets_.size()));
    if (fresh) {
        sets_.push_back(&place->first);
        for (const auto& flag : place->first) bytes_ += sizeof flag + flag.size();
    }
    if (spelled_.size() < most_spelled && spelling_.size() <= longest_spelling)
        spelled_.emplace(spelling_, place->second);
    return place->second;
}

void FlagTable::replace(const std::function<std::vector<std::string>(std::vector<std::string>)>& rule) {
    std::map<std::vector<std::string>, std::uint32_t> ids;
    for (std::uint32_t id = 0; id < sets_.size(); ++id)
        sets_[id] = &ids.try_emplace(normalised(rule(*sets_[id])), id).first->first;
    ids_ = std::move(ids);
    spelled_.clear();
}

FlagBits flag_bits(const std::vector<std::string>& flags) {
    FlagBits bits = 0;
    for (const auto& flag : flags) {
        const auto known = std::ranges::find(system_flags, flag);
        bits |= known == system_flags.end() ? FlagBits{0x80}
                                            : static_cast<FlagBits>(1u << (known - system_flags.begin()));
    }
    return bits;
}

}  // namespace godwit::sync
