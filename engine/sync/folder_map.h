// Where each source folder goes. Pure: two folder lists and the options in, pairs of raw names out, each with the reason in
// words. Every folder of the source is in exactly one of `folders`, `refused` and `left_out`.
//
// selection.h says which folders, folder_naming.h which names, folder_collisions.h what becomes of two with one name.
#pragma once

#include <string>
#include <vector>

#include "engine/sync/folder_rules.h"
#include "engine/sync/folder_tree.h"
#include "engine/sync/selection.h"

namespace godwit::sync {

struct MappedFolder {
    std::string source, destination;             // raw names
    std::string source_display, destination_display;
    bool selectable = true;                      // \Noselect folders are only made
    bool subscribed = false;
    bool exists = false;                         // at the destination already, and holds mail there if it is to
    std::string special_use;                     // "\Sent": the destination has none, so that it is to be made as one
    std::string rule;                            // same, mechanical, f1f2, automap, regextrans2, subfolder, kept_apart, renamed
    std::string why;                             // every step that changed the name
    std::string merged_with;                     // display name of the first folder that goes there; empty: this is it
    bool merged = false;                         // another folder goes there too
    std::string case_twin;                       // raw: another folder there whose name differs only in case
};

struct FolderMap {
    std::vector<MappedFolder> folders;           // as they are to be copied; parents before children if nothing else is asked
    std::vector<UnmappedFolder> left_out;        // not wanted
    std::vector<UnmappedFolder> refused;         // wanted, but there is no name for them
    std::vector<UnknownName> unknown;
};

// folder_missing: the source has nothing in subfolder1.
Result<FolderMap> map_folders(const FolderTree& source, const FolderTree& destination, const FolderRules& rules);

// The destination has refused the name `refused` (raw): those who go there get an acceptable one instead (folder_names.h), with
// a suffix where another folder would get it too. False: there is no other name to try.
bool rename_refused(FolderMap& map, const std::string& refused, const FolderTree& destination);

}  // namespace godwit::sync
