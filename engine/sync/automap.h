// automap: special-use folders of the source, and what is below them, go to the folder of the same use at the destination,
// whatever the two are called. Pure.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "engine/sync/folder_tree.h"
#include "engine/sync/special_use.h"

namespace godwit::sync {

class Automap {
public:
    // Of each side, the first folder (by name) that has an attribute has that use; only where none has it, the folder with
    // the likeliest name. `below`: a level of the source, raw and without prefix; names are looked at from there ("": all).
    Automap(const FolderTree& source, std::string_view below, const FolderTree& destination);

    struct Special {
        std::string raw;
        bool by_name = false;
    };
    struct Found {
        SpecialUse use;
        const Special* here;
        const Special* there;   // nullptr: the destination has none
        std::string_view rest;  // of the source's name, below `here`, without its delimiter; empty: the folder itself
    };
    // The nearest level of `raw` that is special at the source.
    std::optional<Found> find(std::string_view raw) const;

private:
    using Specials = std::array<std::optional<Special>, special_uses>;
    static Specials specials_of(const FolderTree& tree, std::string_view below);

    std::optional<char> delimiter_;
    Specials source_, destination_;
    std::map<std::string, SpecialUse, std::less<>> by_name_;  // of the source
};

// The name of a folder as the table of special uses has it: one level, without prefix, or one level of Gmail's.
std::optional<SpecialUseGuess> guess_special_use(const FolderTree& tree, std::string_view below, std::string_view raw);

// `raw` without the prefix and `below`; nothing if it is not there, empty for `below` itself.
std::optional<std::string_view> name_below(const FolderTree& tree, std::string_view below, std::string_view raw);

}  // namespace godwit::sync
