// Folder trees for tests of the pure parts.
#pragma once

#include <string>
#include <vector>

#include "engine/sync/folder_tree.h"

namespace godwit::sync {

// One LIST response, with the delimiter of its tree.
struct Listed {
    std::string name;
    std::vector<std::string> attributes = {};
    bool subscribed = false;

    Listed(const char* raw) : name(raw) {}
    Listed(std::string raw, std::vector<std::string> said = {}, bool wanted = false)
        : name(std::move(raw)), attributes(std::move(said)), subscribed(wanted) {}
};

inline FolderTree folder_tree(std::optional<char> delimiter, std::string prefix, std::vector<Listed> rows,
                              std::vector<std::string> foreign = {}) {
    std::vector<imap::ListedFolder> folders;
    for (auto& row : rows)
        folders.push_back({{std::move(row.attributes), delimiter, std::move(row.name), false}, row.subscribed});
    imap::NamespaceData spaces;
    spaces.personal.push_back({std::move(prefix), delimiter});
    for (auto& other : foreign) spaces.shared.push_back({std::move(other), delimiter});
    return make_tree(std::move(folders), spaces);
}

}  // namespace godwit::sync
