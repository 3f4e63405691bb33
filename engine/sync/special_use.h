// Special-use folders (RFC 6154): told by attributes, or guessed from the names that mail programs and servers give them in
// their languages. Pure; special_use_names.cpp is the table.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace godwit::sync {

enum class SpecialUse { all, archive, drafts, flagged, junk, sent, trash };
inline constexpr std::size_t special_uses = 7;

// "\Sent".
std::string_view attribute_of(SpecialUse use);

// The first of `attributes` that says one; XLIST's spellings too (\AllMail, \Starred, \Spam).
std::optional<SpecialUse> special_use_of(std::span<const std::string> attributes);

struct SpecialUseGuess {
    SpecialUse use;
    std::size_t rank;  // of two names for one use the one with the lower rank is more likely it
};

// `name`: UTF-8, without the prefix. Case and normalisation do not matter.
std::optional<SpecialUseGuess> guess_special_use(std::string_view name);

// The names of each use, the likeliest first.
struct SpecialUseNames {
    SpecialUse use;
    std::span<const std::string_view> names;
};
std::span<const SpecialUseNames> special_use_names();

}  // namespace godwit::sync
