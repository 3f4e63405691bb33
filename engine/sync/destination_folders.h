// DestinationFolders: what stands at the destination, and how a folder of the map comes to stand there: made with the levels
// above it, under another name where its own is refused, subscribed.
#pragma once

#include "engine/sync/folder_map.h"
#include "engine/sync/ledger_facts.h"
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
    // Raw names of all that can hold mail.
    std::vector<std::string> names() const;
    // For passes that make nothing: a folder (of mapped()) that is not there under its own name may stand under the one that
    // make() gives it where its own is refused.
    void find_under_another_name(MappedFolder& folder);

    // Before the folders are gone through one by one: makes and subscribes what is missing, many at a time, and asks both
    // sides how much stands where, as far as they have not told with their lists. What is refused here is left to make() and
    // subscribe(), which look closer.
    Awaitable<Result<void>> prepare();
    // As told with the lists or asked for by prepare(); null: not known.
    const imap::FolderStatus* status_at_source(const std::string& raw) const { return find(source_status_, raw); }
    bool is_at_source(const std::string& raw) const { return at_source_.contains(raw); }   // and holds mail there
    const imap::FolderStatus* status_there(const std::string& raw) const { return find(status_, raw); }
    // Nothing stands on either side: there is nothing to compare.
    bool is_empty(const MappedFolder& folder) const { return is_empty_at_source(folder) && is_empty_there(folder); }
    bool is_empty_there(const MappedFolder& folder) const {
        return !has(folder.destination) || made_ahead_.contains(folder.destination) || holds_nothing(status_there(folder.destination));
    }
    bool is_empty_at_source(const MappedFolder& folder) const { return holds_nothing(status_at_source(folder.source)); }

    // Afterwards `folder` (of mapped()) exists; its destination may be another than before. Counts what was made.
    Awaitable<Result<void>> make(MappedFolder& folder, FolderReport& report);
    Awaitable<Result<void>> subscribe(const MappedFolder& folder);

private:
    Result<void> map_again();
    Awaitable<Result<void>> look_for_case();
    Awaitable<Result<bool>> is_known_as(const std::string& raw);
    Awaitable<Result<void>> settle_case(MappedFolder& folder);
    // destination_prepare.cpp
    bool is_made_ahead(const MappedFolder& folder) const;
    Awaitable<Result<void>> make_ahead();
    Awaitable<Result<void>> subscribe_ahead();
    Awaitable<Result<void>> measure();

    // For an undo pass, before it is done: one call for all that is made at once. With the levels above `names` that are not
    // there, which the server may make as well.
    Awaitable<Result<void>> note_created(const std::vector<std::string>& names);
    Awaitable<Result<void>> note(std::vector<std::string> names, Made made);

    using Statuses = std::unordered_map<std::string, imap::FolderStatus>;
    static const imap::FolderStatus* find(const Statuses& statuses, const std::string& raw) {
        const auto found = statuses.find(raw);
        return found == statuses.end() ? nullptr : &found->second;
    }
    static bool holds_nothing(const imap::FolderStatus* status) { return status && status->messages == 0; }
    bool wants_subscription(const MappedFolder& folder) const;
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
    std::set<std::string> made_ahead_;    // by prepare()
    std::set<std::string> uncounted_;     // of those, not yet counted for their folder
    std::unordered_set<std::string> at_source_;   // raw names of folders that hold mail
    Statuses source_status_, status_;
    bool noting_ = false;
    Signal noted_;
};

}  // namespace godwit::sync
