#include "engine/sync/automap.h"

#include <algorithm>

#include "engine/base/text.h"
#include "engine/imap/folder_name.h"

namespace godwit::sync {
namespace {

bool is_gmails(std::string_view level) {
    return equals_ignoring_case(level, "[Gmail]") || equals_ignoring_case(level, "[Google Mail]");
}

// Those that may have a use, by name.
std::vector<const imap::ListedFolder*> candidates(const FolderTree& tree, std::string_view below) {
    std::vector<const imap::ListedFolder*> folders;
    for (const auto& folder : tree.folders)
        if (holds_mail(folder.data) && !imap::is_inbox(folder.data.name) && !is_foreign(tree, folder.data.name) &&
            !name_below(tree, below, folder.data.name).value_or("").empty())
            folders.push_back(&folder);
    std::ranges::sort(folders, {}, [](const auto* folder) -> const std::string& { return folder->data.name; });
    return folders;
}

}  // namespace

std::optional<std::string_view> name_below(const FolderTree& tree, std::string_view below, std::string_view raw) {
    auto rest = without_prefix(tree, raw);
    if (below.empty()) return rest;
    const bool there = imap::canonical_name(rest, tree.delimiter).starts_with(imap::canonical_name(below, tree.delimiter));
    if (!there || (rest.size() > below.size() && rest[below.size()] != tree.delimiter)) return std::nullopt;
    rest.remove_prefix(std::min(rest.size(), below.size() + 1));
    return rest;
}

std::optional<SpecialUseGuess> guess_special_use(const FolderTree& tree, std::string_view below, std::string_view raw) {
    const auto name = name_below(tree, below, raw);
    if (!name) return std::nullopt;
    auto levels = imap::split_levels(*name, tree.delimiter);
    if (levels.size() == 2 && is_gmails(levels.front())) levels.erase(levels.begin());
    if (levels.size() != 1) return std::nullopt;
    const auto text = imap::decode_modified_utf7(levels.front());
    return text ? guess_special_use(*text) : std::nullopt;
}

Automap::Specials Automap::specials_of(const FolderTree& tree, std::string_view below) {
    Specials specials;
    std::array<std::size_t, special_uses> ranks{};
    const auto folders = candidates(tree, below);
    for (const auto* folder : folders)
        if (const auto use = special_use_of(folder->data.attributes))
            if (auto& special = specials[static_cast<std::size_t>(*use)]; !special) special = Special{folder->data.name};
    for (const auto* folder : folders) {
        if (special_use_of(folder->data.attributes)) continue;
        const auto guess = guess_special_use(tree, below, folder->data.name);
        if (!guess) continue;
        const auto use = static_cast<std::size_t>(guess->use);
        if (specials[use] && (!specials[use]->by_name || ranks[use] <= guess->rank)) continue;
        specials[use] = Special{folder->data.name, true};
        ranks[use] = guess->rank;
    }
    return specials;
}

Automap::Automap(const FolderTree& source, std::string_view below, const FolderTree& destination)
    : delimiter_(source.delimiter), source_(specials_of(source, below)), destination_(specials_of(destination, "")) {
    for (std::size_t use = 0; use < special_uses; ++use)
        if (source_[use]) by_name_.emplace(source_[use]->raw, static_cast<SpecialUse>(use));
}

std::optional<Automap::Found> Automap::find(std::string_view raw) const {
    std::string_view level = raw;
    for (;;) {
        if (const auto found = by_name_.find(level); found != by_name_.end()) {
            const auto use = static_cast<std::size_t>(found->second);
            return Found{found->second, &*source_[use], destination_[use] ? &*destination_[use] : nullptr,
                         raw.substr(std::min(raw.size(), level.size() + 1))};
        }
        const auto end = delimiter_ ? level.rfind(*delimiter_) : std::string_view::npos;
        if (end == std::string_view::npos) return std::nullopt;
        level = level.substr(0, end);
    }
}

}  // namespace godwit::sync
