// One side's folders and how its names are built. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/imap/commands.h"

namespace godwit::sync {

struct FolderTree {
    std::vector<imap::ListedFolder> folders;
    std::string prefix;  // personal namespace: "" or "INBOX."
    std::optional<char> delimiter;
    std::vector<std::string> foreign_prefixes;  // other users' and shared namespaces; "": whatever is not personal
    bool case_blind = false;                    // "trash" and "Trash" are one folder; set by who has probed the server
};

// What to ask STATUS for: how much stands in a folder, and with `whole` what tells whether it has changed.
std::string status_items(const imap::Session& session, bool whole);

// From LIST and NAMESPACE; without NAMESPACE the prefix is guessed from what LIST shows (everything below "INBOX.").
FolderTree make_tree(std::vector<imap::ListedFolder> folders, const std::optional<imap::NamespaceData>& namespaces);

// Can it stand between levels? Not what names are made of: letters, digits, "_", and the octets of modified UTF-7.
bool can_delimit(char c);

bool has_attribute(const imap::ListData& data, std::string_view attribute);
bool holds_mail(const imap::ListData& data);  // neither \Noselect nor \NonExistent

// In another user's or a shared namespace: one of their prefixes fits, and the personal one not as well.
bool is_foreign(const FolderTree& tree, std::string_view raw);

// `raw` without the personal prefix, if it has one and something follows.
std::string_view without_prefix(const FolderTree& tree, std::string_view raw);

// The raw names that must exist before `raw`, parents first, itself last, without prefix-only levels.
std::vector<std::string> creation_order(std::string_view raw, const FolderTree& destination);

}  // namespace godwit::sync
