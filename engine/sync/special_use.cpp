#include "engine/sync/special_use.h"

#include <algorithm>
#include <array>
#include <unordered_map>

#include "engine/base/text.h"
#include "engine/sync/fold_case.h"

namespace godwit::sync {
namespace {

struct Attribute {
    std::string_view name;
    SpecialUse use;
};

// Those of RFC 6154 first, in the order of the enumeration.
constexpr std::array attributes_known{
    Attribute{"\\All", SpecialUse::all},         Attribute{"\\Archive", SpecialUse::archive},
    Attribute{"\\Drafts", SpecialUse::drafts},   Attribute{"\\Flagged", SpecialUse::flagged},
    Attribute{"\\Junk", SpecialUse::junk},       Attribute{"\\Sent", SpecialUse::sent},
    Attribute{"\\Trash", SpecialUse::trash},     Attribute{"\\AllMail", SpecialUse::all},
    Attribute{"\\Starred", SpecialUse::flagged}, Attribute{"\\Spam", SpecialUse::junk},
};

std::unordered_map<std::string, SpecialUseGuess> guesses() {
    std::unordered_map<std::string, SpecialUseGuess> table;
    for (const auto& [use, names] : special_use_names())
        for (std::size_t rank = 0; rank < names.size(); ++rank)
            table.emplace(nfc_case_folded(names[rank]), SpecialUseGuess{use, rank});
    return table;
}

}  // namespace

std::string_view attribute_of(SpecialUse use) { return attributes_known[static_cast<std::size_t>(use)].name; }

std::optional<SpecialUse> special_use_of(std::span<const std::string> attributes) {
    for (const auto& attribute : attributes)
        for (const auto& known : attributes_known)
            if (equals_ignoring_case(attribute, known.name)) return known.use;
    return std::nullopt;
}

std::optional<SpecialUseGuess> guess_special_use(std::string_view name) {
    static const auto table = guesses();
    const auto found = table.find(nfc_case_folded(name));
    return found == table.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace godwit::sync
