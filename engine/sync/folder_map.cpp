#include "engine/sync/folder_map.h"

#include <set>

#include "engine/base/text.h"
#include "engine/imap/folder_name.h"

namespace godwit::sync {
namespace {

std::vector<std::string> levels_of(const FolderTree& source, std::string_view raw) {
    return imap::split_levels(without_prefix(source, raw), source.delimiter);
}

std::string destination_name(const FolderTree& source, const FolderTree& destination, std::string_view raw) {
    if (equals_ignoring_case(raw, "INBOX")) return "INBOX";
    auto levels = levels_of(source, raw);
    std::string name = destination.prefix;
    for (std::size_t i = 0; i < levels.size(); ++i) {
        if (destination.delimiter) std::ranges::replace(levels[i], *destination.delimiter, '_');
        if (i > 0) name += destination.delimiter.value_or('_');
        name += levels[i];
    }
    return destination.prefix.empty() ? imap::canonical_name(name, destination.delimiter) : name;
}

MappedFolder mapped(const FolderTree& source, const FolderTree& destination, const imap::ListedFolder& folder) {
    MappedFolder out;
    out.source = folder.data.name;
    out.destination = destination_name(source, destination, folder.data.name);
    out.source_display = imap::display_name(out.source);
    out.destination_display = imap::display_name(out.destination);
    out.selectable = !has_attribute(folder.data, "\\Noselect") && !has_attribute(folder.data, "\\NonExistent");
    out.subscribed = folder.subscribed;
    return out;
}

}  // namespace

FolderMap map_folders(const FolderTree& source, const FolderTree& destination, const Selection& selection) {
    FolderMap map;
    std::set<std::string> existing, used;
    for (const auto& folder : destination.folders)
        if (!has_attribute(folder.data, "\\NonExistent"))
            existing.insert(imap::canonical_name(folder.data.name, destination.delimiter));
    std::vector<const imap::ListedFolder*> ordered;
    for (const auto& folder : source.folders) ordered.push_back(&folder);
    std::ranges::sort(ordered, [](const auto* a, const auto* b) {
        const bool a_inbox = equals_ignoring_case(a->data.name, "INBOX"), b_inbox = equals_ignoring_case(b->data.name, "INBOX");
        return a_inbox != b_inbox ? a_inbox : a->data.name < b->data.name;
    });
    for (const auto* folder : ordered) {
        MappedFolder one = mapped(source, destination, *folder);
        if (is_foreign(source, one.source)) {
            map.outside.push_back(one.source_display);
            continue;
        }
        if (!selection.wants(one.source_display)) continue;
        one.exists = existing.contains(imap::canonical_name(one.destination, destination.delimiter));
        (used.insert(one.destination).second ? map.folders : map.collisions).push_back(std::move(one));
    }
    return map;
}

}  // namespace godwit::sync
