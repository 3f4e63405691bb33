#include "engine/sync/folder_map.h"

#include <set>

#include "engine/base/text.h"
#include "engine/imap/folder_name.h"

namespace godwit::sync {
namespace {

bool has_attribute(const imap::ListData& data, std::string_view attribute) {
    return std::ranges::any_of(data.attributes, [&](const auto& a) { return equals_ignoring_case(a, attribute); });
}

bool starts_with_prefix(std::string_view name, std::string_view prefix) {
    return name.size() >= prefix.size() && equals_ignoring_case(name.substr(0, prefix.size()), prefix);
}

// "INBOX." and every folder under it: a server without NAMESPACE that keeps all folders below INBOX.
std::string guessed_prefix(const FolderTree& tree) {
    if (!tree.delimiter) return {};
    const std::string prefix = std::string("INBOX") + *tree.delimiter;
    bool any = false;
    for (const auto& folder : tree.folders) {
        if (imap::is_inbox(folder.data.name) && folder.data.name.size() == 5) continue;
        if (!starts_with_prefix(folder.data.name, prefix)) return {};
        any = true;
    }
    return any ? prefix : std::string();
}

bool is_foreign(const FolderTree& tree, std::string_view name) {
    return std::ranges::any_of(tree.foreign_prefixes, [&](const auto& prefix) {
        const std::string_view bare = tree.delimiter && prefix.ends_with(*tree.delimiter)
                                          ? std::string_view(prefix).substr(0, prefix.size() - 1)
                                          : std::string_view(prefix);
        return name.starts_with(prefix) || name == bare;
    });
}

std::vector<std::string> levels_of(const FolderTree& source, std::string_view raw) {
    if (!source.prefix.empty() && starts_with_prefix(raw, source.prefix) && raw.size() > source.prefix.size())
        raw.remove_prefix(source.prefix.size());
    return imap::split_levels(raw, source.delimiter);
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

FolderTree make_tree(std::vector<imap::ListedFolder> folders, const std::optional<imap::NamespaceData>& namespaces) {
    FolderTree tree;
    tree.folders = std::move(folders);
    for (const auto& folder : tree.folders)
        if (!tree.delimiter) tree.delimiter = folder.data.delimiter;
    if (!namespaces || namespaces->personal.empty()) {
        tree.prefix = guessed_prefix(tree);
        return tree;
    }
    tree.prefix = namespaces->personal.front().prefix;
    if (namespaces->personal.front().delimiter) tree.delimiter = namespaces->personal.front().delimiter;
    for (const auto* group : {&namespaces->other_users, &namespaces->shared})
        for (const auto& entry : *group)
            if (!entry.prefix.empty() && entry.prefix != tree.prefix) tree.foreign_prefixes.push_back(entry.prefix);
    return tree;
}

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

std::vector<std::string> creation_order(std::string_view raw, const FolderTree& destination) {
    std::vector<std::string> names;
    if (!destination.delimiter) return {std::string(raw)};
    const std::size_t from = starts_with_prefix(raw, destination.prefix) ? destination.prefix.size() : 0;
    for (auto at = raw.find(*destination.delimiter, from); at != std::string_view::npos;
         at = raw.find(*destination.delimiter, at + 1))
        if (at > from) names.emplace_back(raw.substr(0, at));
    names.emplace_back(raw);
    return names;
}

}  // namespace godwit::sync
