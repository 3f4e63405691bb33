// The name of one source folder at the destination: f1f2, else automap, else subfolder1, prefixes, separators, regextrans2
// and subfolder2, in this order. Pure.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "engine/sync/automap.h"
#include "engine/sync/folder_rules.h"

namespace godwit::sync {

struct FolderName {
    std::string destination;  // raw
    std::string rule = "same";
    std::vector<std::string> steps;         // in words, what made the name another one
    bool by_option = false;                 // an option led there, so that another folder may be there by intent
    bool lossless = true;                   // no character had to be replaced
    std::optional<SpecialUse> special_use;  // the destination has no folder of this use
    std::string refusal;                    // why there can be no such name
};

class FolderNaming {
public:
    // The arguments must outlive it; the trees are overridden() already. folder_missing: nothing is in subfolder1.
    static Result<FolderNaming> make(const FolderTree& source, const FolderTree& destination, const FolderRules& rules,
                                     const NameIndex& index);

    // Nothing: the folder is not in subfolder1.
    std::optional<FolderName> name(const imap::ListedFolder& folder) const;

private:
    FolderNaming(const FolderTree& source, const FolderTree& destination, const FolderRules& rules)
        : source_(source), destination_(destination), rules_(rules) {}

    Result<std::string> existing_subfolder() const;
    std::optional<FolderName> mechanical(std::string_view raw) const;
    std::optional<FolderName> automapped(std::string_view raw, const FolderName& mechanical) const;
    bool has_same_name(const Automap::Found& found) const;
    std::string translated(std::string_view rest, FolderName& name) const;
    void note_prefixes(std::string_view raw, FolderName& name) const;
    void rename(FolderName& name) const;
    void put_into_subfolder(FolderName& name, bool top) const;

    const FolderTree& source_;
    const FolderTree& destination_;
    const FolderRules& rules_;
    std::unordered_map<const imap::ListedFolder*, const std::string*> exact_;
    std::string subfolder1_;                    // raw, without prefix
    std::unordered_set<std::string> existing_;  // at the destination
    std::optional<Automap> automap_;
};

}  // namespace godwit::sync
