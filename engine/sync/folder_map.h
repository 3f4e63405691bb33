// Where each source folder goes. Pure: two folder lists and their namespaces in, pairs of raw names out.
//
// The personal prefix of the source is taken off, levels are joined with the destination's delimiter, its prefix is put
// on; INBOX is INBOX in any case. A level that contains the destination's delimiter gets '_' for it, as with imapsync.
// Other users' and shared namespaces are left out and named.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/sync/folder_tree.h"
#include "engine/sync/selection.h"

namespace godwit::sync {

struct MappedFolder {
    std::string source, destination;             // raw names
    std::string source_display, destination_display;
    bool selectable = true;                      // \Noselect folders are only made
    bool subscribed = false;
    bool exists = false;                         // at the destination already
};

struct FolderMap {
    std::vector<MappedFolder> folders;           // INBOX first, then by name, parents before children
    std::vector<MappedFolder> collisions;        // would go where another one goes already
    std::vector<std::string> outside;            // display names in other users' or shared namespaces
};

FolderMap map_folders(const FolderTree& source, const FolderTree& destination, const Selection& selection);

}  // namespace godwit::sync
