#include "engine/sync/selection.h"

namespace godwit::sync {

Result<Selection> Selection::make(const SyncOptions& options) {
    Selection selection;
    selection.names_ = options.folder;
    for (const auto& text : options.include) {
        GODWIT_TRY(pattern, Regex::make(text));
        selection.include_.push_back(std::move(pattern));
    }
    for (const auto& text : options.exclude) {
        GODWIT_TRY(pattern, Regex::make(text));
        selection.exclude_.push_back(std::move(pattern));
    }
    return selection;
}

bool Selection::wants(std::string_view display_name) const {
    const auto matches = [&](const auto& pattern) { return pattern.matches(display_name); };
    if (std::ranges::any_of(exclude_, matches)) return false;
    if (names_.empty() && include_.empty()) return true;
    return std::ranges::find(names_, display_name) != names_.end() || std::ranges::any_of(include_, matches);
}

}  // namespace godwit::sync
