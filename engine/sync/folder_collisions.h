// Folders of the source that would go to one folder of the destination: merged or kept apart, never lost. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/sync/folder_naming.h"

namespace godwit::sync {

struct NamedFolder {
    const imap::ListedFolder* source;
    FolderName name;
};

// What decides whether two names are one folder there.
std::string collision_key(std::string_view raw, const FolderTree& destination);

// `mix`: true merges, false keeps apart. Nothing said: folders that an option has sent there are merged into it, of the
// others one stays. Who stays: INBOX, then what f1f2 or automap sent, then names that neither a pattern nor a replaced
// character has made, then the first. The others get their name plus a suffix. `folders` are in the order of their source
// names, whatever order is asked for, so that later passes decide alike.
void settle_collisions(std::vector<NamedFolder>& folders, const FolderTree& destination, std::optional<bool> mix);

}  // namespace godwit::sync
