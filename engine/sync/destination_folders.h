// DestinationFolders: what stands at the destination, and how a folder of the map comes to stand there: made with the levels
// above it, under another name where its own is refused, subscribed.
#pragma once

#include "engine/sync/folder_map.h"
#include "engine/sync/pass.h"

namespace godwit::sync {

class DestinationFolders {
public:
    // `source` as discovered, `destination` with the options' prefix and delimiter; `rules` outlives it.
    DestinationFolders(Pass& pass, FolderTree source, FolderTree destination, const FolderRules& rules);

    // Maps; asks the server whether it is blind to case where that decides something. Changes nothing there.
    Awaitable<Result<void>> map();
    FolderMap& mapped() { return map_; }
    // That it can hold mail, too.
    bool has(const std::string& raw) const { return there_.contains(raw); }

    // Afterwards `folder` (of mapped()) exists; its destination may be another than before. Counts what was made.
    Awaitable<Result<void>> make(MappedFolder& folder, FolderReport& report);
    Awaitable<Result<void>> subscribe(const MappedFolder& folder);

private:
    Result<void> map_again();
    Awaitable<Result<void>> look_for_case();
    Awaitable<Result<bool>> is_known_as(const std::string& raw);
    Awaitable<Result<void>> settle_case(MappedFolder& folder);
    Awaitable<Result<void>> create(const MappedFolder& folder);
    Awaitable<Result<bool>> create_or_find(const MappedFolder& folder);
    Awaitable<Result<void>> is_listed(const std::string& raw);
    Awaitable<Result<void>> create_under_another_name(MappedFolder& folder, const Error& refused);

    Pass& pass_;
    const FolderRules& rules_;
    FolderTree source_, tree_;
    FolderMap map_;
    std::map<std::string, bool> there_;   // raw names of folders that hold mail: subscribed
    std::set<std::string> levels_;        // of names that only hold other folders
};

}  // namespace godwit::sync
