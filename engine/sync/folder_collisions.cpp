#include "engine/sync/folder_collisions.h"

#include <algorithm>
#include <map>
#include <set>

#include "engine/imap/folder_name.h"
#include "engine/sync/folder_names.h"

namespace godwit::sync {
namespace {

using Group = std::vector<NamedFolder*>;

int precedence(const NamedFolder* folder) {
    const auto& name = folder->name;
    if (imap::is_inbox(folder->source->data.name) && imap::is_inbox(name.destination)) return 0;
    if (name.rule == "f1f2") return 1;
    if (name.rule == "automap") return 2;
    return name.lossless && !name.by_option ? 3 : 4;
}

// Those of `group` that keep the name; the first of them gives it its spelling.
Group staying(const Group& group, std::optional<bool> mix) {
    Group in_rank = group;
    std::ranges::sort(in_rank, {}, [](const auto* folder) { return std::pair(precedence(folder), folder); });
    if (mix == true) return in_rank;
    if (mix == false) return {in_rank.front()};
    Group out;
    bool one_came_by_itself = false;
    for (auto* folder : in_rank)
        if (folder->name.by_option || !std::exchange(one_came_by_itself, true)) out.push_back(folder);
    return out;
}

// What stands at the destination already, where spelling matters not.
void adopt_spelling(std::vector<NamedFolder>& folders, const FolderTree& destination) {
    std::map<std::string, std::string> spellings;
    for (const auto& folder : destination.folders) spellings.emplace(case_key(folder.data.name), folder.data.name);
    for (auto& folder : folders) {
        const auto found = spellings.find(case_key(folder.name.destination));
        if (found == spellings.end() || imap::is_inbox(found->second)) continue;
        if (found->second == folder.name.destination) continue;
        folder.name.destination = found->second;
        folder.name.steps.push_back(fmt::format("the destination writes it \"{}\"", imap::display_name(found->second)));
        if (folder.name.rule == "same") folder.name.rule = "mechanical";
    }
}

class Apart {
public:
    Apart(const FolderTree& destination, std::set<std::string> taken)
        : destination_(destination), taken_(std::move(taken)) {}

    void keep(NamedFolder& folder, const NamedFolder& owner) {
        auto& name = folder.name;
        // Beside INBOX there may be nothing, below the prefix there may.
        const std::string base = (imap::is_inbox(name.destination) ? destination_.prefix : "") + name.destination;
        for (unsigned attempt = 0;; ++attempt) {
            auto other = base + name_suffix(folder.source->data.name, attempt);
            if (!taken_.insert(collision_key(other, destination_)).second) continue;
            name.steps.push_back(fmt::format("kept apart from \"{}\", which goes to \"{}\"",
                                             imap::display_name(owner.source->data.name),
                                             imap::display_name(owner.name.destination)));
            name.destination = std::move(other);
            name.rule = "kept_apart";
            return;
        }
    }

private:
    const FolderTree& destination_;
    std::set<std::string> taken_;
};

}  // namespace

std::string collision_key(std::string_view raw, const FolderTree& destination) {
    auto name = imap::canonical_name(raw, destination.delimiter);
    return destination.case_blind ? case_key(name) : name;
}

void settle_collisions(std::vector<NamedFolder>& folders, const FolderTree& destination, std::optional<bool> mix) {
    if (destination.case_blind) adopt_spelling(folders, destination);
    std::map<std::string, Group> groups;
    std::set<std::string> keys;
    for (auto& folder : folders) {
        auto key = collision_key(folder.name.destination, destination);
        groups[key].push_back(&folder);
        keys.insert(std::move(key));
    }
    Apart apart(destination, std::move(keys));
    for (const auto& [key, group] : groups) {
        const Group stay = staying(group, mix);
        for (auto* folder : stay) folder->name.destination = stay.front()->name.destination;
        for (auto* folder : group)
            if (std::ranges::find(stay, folder) == stay.end()) apart.keep(*folder, *stay.front());
    }
}

}  // namespace godwit::sync
