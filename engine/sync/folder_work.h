// FolderWork: which lane works on which folder. Folders are begun in their order; those that come to one destination folder
// (merged by an option) never at once, since each is compared with what the others have put there. One executor.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/sync/crew.h"
#include "engine/sync/folder_map.h"
#include "engine/sync/report.h"

namespace godwit::sync {

class FolderWork {
public:
    FolderWork(const std::vector<MappedFolder>& folders, Crew& crew)
        : reports(folders.size()), folders_(folders), crew_(crew), begun_(folders.size()), left_(folders.size()) {
        crew_.set_folders_left(left_);
    }

    // Folders that have a report already are done.
    void leave_out_reported() {
        for (std::size_t i = 0; i < reports.size(); ++i)
            if (reports[i] && !begun_[i]) {
                begun_[i] = true;
                --left_;
            }
        crew_.set_folders_left(left_);
    }

    // The next one that may be begun; nothing if there is none at present.
    std::optional<std::size_t> begin() {
        while (first_ < begun_.size() && begun_[first_]) ++first_;
        for (std::size_t i = first_; i < folders_.size(); ++i) {
            if (begun_[i] || is_busy(folders_[i].destination)) continue;
            begun_[i] = true;
            active_.emplace(i, folders_[i].destination);
            crew_.set_folders_left(--left_);
            return i;
        }
        return std::nullopt;
    }
    void end(std::size_t folder) {
        active_.erase(folder);
        crew_.notify();
    }
    bool all_done() const { return left_ == 0 && active_.empty(); }

    std::vector<std::optional<FolderReport>> reports;   // of those begun

private:
    bool is_busy(const std::string& destination) const {
        return std::ranges::any_of(active_, [&](const auto& folder) { return folder.second == destination; });
    }

    const std::vector<MappedFolder>& folders_;
    Crew& crew_;
    std::vector<bool> begun_;
    std::map<std::size_t, std::string> active_;   // to the destination it was begun with
    std::size_t first_ = 0, left_;
};

}  // namespace godwit::sync
