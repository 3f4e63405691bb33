// Folder maps for tests of the pure parts.
#pragma once

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "engine/sync/folder_map.h"
#include "tests/engine/sync/folder_trees.h"

namespace godwit::sync {

inline FolderMap map_of(const FolderTree& source, const FolderTree& destination, const SyncOptions& options = {}) {
    const auto rules = FolderRules::make(options);
    if (!rules) throw std::runtime_error(rules.error().to_string());
    auto map = map_folders(source, destination, *rules);
    if (!map) throw std::runtime_error(map.error().to_string());
    return std::move(*map);
}

inline const MappedFolder& folder(const FolderMap& map, std::string_view source) {
    const auto found = std::ranges::find(map.folders, source, &MappedFolder::source);
    if (found == map.folders.end()) throw std::runtime_error("not mapped: " + std::string(source));
    return *found;
}

inline std::vector<std::pair<std::string, std::string>> pairs(const FolderMap& map) {
    std::vector<std::pair<std::string, std::string>> out;
    for (const auto& folder : map.folders) out.emplace_back(folder.source, folder.destination);
    return out;
}

}  // namespace godwit::sync
