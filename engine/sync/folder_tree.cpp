#include "engine/sync/folder_tree.h"

#include <algorithm>
#include <cctype>

#include "engine/base/text.h"
#include "engine/imap/folder_name.h"

namespace godwit::sync {
namespace {

// The whole of it is there, INBOX in any case.
bool starts_with(const FolderTree& tree, std::string_view name, std::string_view prefix) {
    return name.starts_with(prefix) ||
           imap::canonical_name(name, tree.delimiter).starts_with(imap::canonical_name(prefix, tree.delimiter));
}

// Octets of `prefix` that fit `name`; the name of its last level alone ("user" for "user.") fits too.
std::optional<std::size_t> fit(const FolderTree& tree, std::string_view name, std::string_view prefix) {
    if (starts_with(tree, name, prefix)) return prefix.size();
    if (tree.delimiter && prefix == std::string(name) + *tree.delimiter) return prefix.size();
    return std::nullopt;
}

// "INBOX." and every folder under it: a server without NAMESPACE that keeps all folders below INBOX.
std::string guessed_prefix(const FolderTree& tree) {
    if (!tree.delimiter) return {};
    const std::string prefix = std::string("INBOX") + *tree.delimiter;
    bool any = false;
    for (const auto& folder : tree.folders) {
        if (imap::is_inbox(folder.data.name)) continue;
        if (!starts_with(tree, folder.data.name, prefix)) return {};
        any = true;
    }
    return any ? prefix : std::string();
}

std::optional<char> usable(std::optional<char> delimiter) {
    return delimiter && can_delimit(*delimiter) ? delimiter : std::nullopt;
}

}  // namespace

std::string status_items(const imap::Session& session, bool whole) {
    if (!whole) return "MESSAGES";
    const bool modseq = session.has("CONDSTORE") || session.has("QRESYNC");
    return modseq ? "MESSAGES UIDNEXT UIDVALIDITY HIGHESTMODSEQ" : "MESSAGES UIDNEXT UIDVALIDITY";
}

FolderTree make_tree(std::vector<imap::ListedFolder> folders, const std::optional<imap::NamespaceData>& namespaces) {
    FolderTree tree;
    tree.folders = std::move(folders);
    for (const auto& folder : tree.folders)
        if (!tree.delimiter) tree.delimiter = usable(folder.data.delimiter);
    if (namespaces && !namespaces->personal.empty()) {
        const auto& personal = namespaces->personal.front();
        tree.prefix = personal.prefix;
        if (const auto delimiter = usable(personal.delimiter)) tree.delimiter = delimiter;
    } else {
        tree.prefix = guessed_prefix(tree);
    }
    if (!namespaces) return tree;
    for (const auto* group : {&namespaces->other_users, &namespaces->shared})
        for (const auto& entry : *group)
            if (entry.prefix != tree.prefix) tree.foreign_prefixes.push_back(entry.prefix);
    return tree;
}

bool can_delimit(char c) {
    const auto octet = static_cast<unsigned char>(c);
    constexpr std::string_view in_names = "_&+,-";
    return octet > 0x20 && octet < 0x7f && !std::isalnum(octet) && !in_names.contains(c);
}

bool has_attribute(const imap::ListData& data, std::string_view attribute) {
    return std::ranges::any_of(data.attributes, [&](const auto& a) { return equals_ignoring_case(a, attribute); });
}

bool holds_mail(const imap::ListData& data) {
    return !has_attribute(data, "\\Noselect") && !has_attribute(data, "\\NonExistent");
}

bool is_foreign(const FolderTree& tree, std::string_view raw) {
    if (imap::is_inbox(raw)) return false;
    const auto ours = fit(tree, raw, tree.prefix);
    return std::ranges::any_of(tree.foreign_prefixes, [&](const auto& prefix) {
        const auto theirs = fit(tree, raw, prefix);
        return theirs && (!ours || *theirs > *ours);
    });
}

std::string_view without_prefix(const FolderTree& tree, std::string_view raw) {
    if (raw.size() > tree.prefix.size() && starts_with(tree, raw, tree.prefix)) raw.remove_prefix(tree.prefix.size());
    return raw;
}

std::vector<std::string> creation_order(std::string_view raw, const FolderTree& destination) {
    std::vector<std::string> names;
    if (!destination.delimiter) return {std::string(raw)};
    const std::size_t from = starts_with(destination, raw, destination.prefix) ? destination.prefix.size() : 0;
    for (auto at = raw.find(*destination.delimiter, from); at != std::string_view::npos;
         at = raw.find(*destination.delimiter, at + 1))
        if (at > from) names.emplace_back(raw.substr(0, at));
    names.emplace_back(raw);
    return names;
}

}  // namespace godwit::sync
