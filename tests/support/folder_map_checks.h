// What holds of every folder map, whatever the servers list and the options say.
#pragma once

#include <map>
#include <set>
#include <string>

#include "engine/imap/folder_name.h"
#include "engine/sync/folder_collisions.h"
#include "engine/sync/folder_map.h"
#include "engine/sync/folder_names.h"

namespace godwit::sync {

inline std::string listed_key(std::string_view raw) { return imap::is_inbox(raw) ? "INBOX" : std::string(raw); }

// What is wrong with the map; empty: nothing.
inline std::string fault_of(const FolderMap& map, const FolderTree& source, const FolderTree& destination) {
    std::set<std::string> seen;
    for (const auto& folder : map.folders)
        if (!seen.insert(listed_key(folder.source)).second) return "mapped twice: " + folder.source;
    for (const auto* group : {&map.left_out, &map.refused})
        for (const auto& folder : *group) {
            if (!seen.insert(listed_key(folder.source)).second) return "in two lists: " + folder.source;
            if (folder.reason.empty()) return "without a reason: " + folder.source;
        }
    std::set<std::string> listed;
    for (const auto& folder : source.folders) listed.insert(listed_key(folder.data.name));
    if (listed != seen) return "lost or made up a folder";

    std::map<std::string, const MappedFolder*> owners;
    for (const auto& folder : map.folders) {
        if (folder.destination.empty() || folder.rule.empty() || folder.why.empty()) return "incomplete: " + folder.source;
        const auto [owner, added] = owners.emplace(collision_key(folder.destination, destination), &folder);
        if (added != folder.merged_with.empty()) return "merged without a word: " + folder.source;
        if (!added && owner->second->destination != folder.destination) return "two spellings: " + folder.source;
        if (!added && owner->second->source_display != folder.merged_with) return "merged with another: " + folder.source;
    }
    return {};
}

// Refusing every name once changes nothing but the names, and no name is refused twice.
inline std::string fault_of_renames(FolderMap map, const FolderTree& source, const FolderTree& destination) {
    std::vector<std::string> names;
    for (const auto& folder : map.folders) names.push_back(folder.destination);
    for (const auto& name : names) {
        const auto acceptable = acceptable_name(name, destination);
        if (acceptable_name(acceptable, destination) != acceptable) return "not idempotent: " + name;
        rename_refused(map, name, destination);
    }
    return fault_of(map, source, destination);
}

inline bool same(const FolderMap& a, const FolderMap& b) {
    return std::ranges::equal(a.folders, b.folders, [](const auto& x, const auto& y) {
        return x.source == y.source && x.destination == y.destination && x.why == y.why && x.merged_with == y.merged_with &&
               x.case_twin == y.case_twin;
    });
}

}  // namespace godwit::sync
