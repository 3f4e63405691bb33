#include "engine/sync/selection.h"

#include <algorithm>
#include <set>
#include <unordered_set>

#include "engine/imap/folder_name.h"
#include "engine/sync/folder_names.h"

namespace godwit::sync {
namespace {

bool is_below(std::string_view raw, std::string_view parent, std::optional<char> delimiter) {
    return delimiter && raw.size() > parent.size() && raw.starts_with(parent) && raw[parent.size()] == *delimiter;
}

// One row a folder, although servers may list one twice.
std::vector<const imap::ListedFolder*> in_order(const FolderTree& tree) {
    std::vector<const imap::ListedFolder*> folders;
    folders.reserve(tree.folders.size());
    for (const auto& folder : tree.folders) folders.push_back(&folder);
    const auto key = [](const auto* folder) {
        const bool inbox = imap::is_inbox(folder->data.name);
        return std::pair(!inbox, inbox ? std::string_view("INBOX") : std::string_view(folder->data.name));
    };
    std::ranges::sort(folders, {}, [&](const auto* folder) { return std::pair(key(folder), folder); });
    const auto again = std::ranges::unique(folders, {}, key);
    folders.erase(again.begin(), again.end());
    return folders;
}

}  // namespace

NameIndex::NameIndex(const FolderTree& tree) : delimiter_(tree.delimiter) {
    for (const auto& folder : tree.folders) {
        const std::string& raw = folder.data.name;
        sorted_.push_back(imap::canonical_name(raw, delimiter_));
        by_raw_.emplace(sorted_.back(), &folder);
        if (auto text = imap::decode_modified_utf7(raw)) by_text_.emplace(imap::canonical_name(*text, delimiter_), &folder);
    }
    std::ranges::sort(sorted_);
}

bool NameIndex::has_children(std::string_view parent) const {
    if (!delimiter_) return false;
    const auto beginning = imap::canonical_name(parent, delimiter_) + *delimiter_;
    const auto first = std::ranges::lower_bound(sorted_, beginning);
    return first != sorted_.end() && first->starts_with(beginning);
}

const imap::ListedFolder* NameIndex::find(std::string_view written) const {
    const auto name = imap::canonical_name(written, delimiter_);
    for (const auto* names : {&by_text_, &by_raw_})
        if (const auto found = names->find(name); found != names->end()) return found->second;
    return nullptr;
}

// The folders that folder and folderrec name.
struct Selection::Named {
    std::unordered_set<std::string> exactly;  // raw, INBOX in upper case
    std::vector<std::string> above;           // raw: and all that is below
    std::optional<char> delimiter;

    bool has(std::string_view raw) const {
        const auto name = imap::canonical_name(raw, delimiter);
        return exactly.contains(name) ||
               std::ranges::any_of(above, [&](const auto& parent) { return is_below(name, parent, delimiter); });
    }
};

bool Selection::Pattern::matches(std::string_view raw) const {
    const auto text = text_of(raw);
    return text && (regex.matches(*text) || (*text != raw && regex.matches(raw)));
}

Result<std::vector<Selection::Pattern>> Selection::compile(std::string_view option,
                                                           const std::vector<std::string>& patterns) {
    std::vector<Pattern> compiled;
    for (const auto& written : patterns) {
        auto regex = Regex::make(written);
        if (!regex)
            return fail(ErrorKind::invalid_argument, Reach::account, std::move(regex.error().cause),
                        fmt::format("--{} \"{}\"", option, printable(written, 100)));
        compiled.push_back({written, std::move(*regex)});
    }
    return compiled;
}

Result<Selection> Selection::make(const SyncOptions& options) {
    Selection selection;
    selection.folder_ = options.folder;
    selection.folderrec_ = options.folderrec;
    selection.folderfirst_ = options.folderfirst;
    selection.folderlast_ = options.folderlast;
    selection.subscribed_ = options.subscribed;
    GODWIT_TRY(include, compile("include", options.include));
    GODWIT_TRY(exclude, compile("exclude", options.exclude));
    selection.include_ = std::move(include);
    selection.exclude_ = std::move(exclude);
    return selection;
}

Selection::Named Selection::named(const FolderTree& source, const NameIndex& index,
                                  std::vector<UnknownName>& unknown) const {
    Named named{.delimiter = source.delimiter};
    const auto canonical = [&](std::string_view raw) { return imap::canonical_name(raw, source.delimiter); };
    for (const auto& name : folder_) {
        if (const auto* found = index.find(name))
            named.exactly.insert(canonical(found->data.name));
        else
            unknown.push_back({"folder", name});
    }
    for (std::string name : folderrec_) {
        if (source.delimiter && name.ends_with(*source.delimiter)) name.pop_back();
        if (const auto* found = index.find(name)) {
            named.exactly.insert(canonical(found->data.name));
            named.above.push_back(canonical(found->data.name));
            continue;
        }
        // Some servers list no parents.
        bool any = false;
        for (const auto& raw : std::set{canonical(raw_name_of(name)), canonical(name)})
            if (index.has_children(raw)) {
                named.above.push_back(raw);
                any = true;
            }
        if (!any) unknown.push_back({"folderrec", name});
    }
    return named;
}

bool Selection::wants(const imap::ListedFolder& folder, bool is_named) const {
    if (folder_.empty() && folderrec_.empty() && !subscribed_ && include_.empty()) return true;
    return is_named || (subscribed_ && folder.subscribed) ||
           std::ranges::any_of(include_, [&](const auto& pattern) { return pattern.matches(folder.data.name); });
}

std::string Selection::reason_against(const FolderTree& source, const NameIndex& index, const imap::ListedFolder& folder,
                                      const Named& named) const {
    const std::string& raw = folder.data.name;
    const bool is_named = named.has(raw);
    if (has_attribute(folder.data, "\\NonExistent")) return "it does not exist, only its name does";
    if (!is_named && is_foreign(source, raw)) return "another user's or shared namespace";
    if (!wants(folder, is_named)) return "not selected";
    for (const auto& pattern : exclude_)
        if (pattern.matches(raw)) return fmt::format("excluded by \"{}\"", printable(pattern.written, 100));
    const bool exactly = named.exactly.contains(imap::canonical_name(raw, source.delimiter));
    if (!holds_mail(folder.data) && !exactly) return index.has_children(raw) ? "it only holds other folders" : "it holds no mail";
    return {};
}

Chosen Selection::choose(const FolderTree& source, const NameIndex& index) const {
    Chosen chosen;
    const Named given = named(source, index, chosen.unknown);
    for (const auto* folder : in_order(source)) {
        auto reason = reason_against(source, index, *folder, given);
        if (reason.empty())
            chosen.folders.push_back(folder);
        else
            chosen.left_out.push_back({folder->data.name, imap::display_name(folder->data.name), std::move(reason)});
    }
    for (const auto& [option, names] : {std::pair{"folderfirst", &folderfirst_}, std::pair{"folderlast", &folderlast_}})
        for (const auto& name : *names)
            if (!index.find(name)) chosen.unknown.push_back({option, name});
    return chosen;
}

Selection::Places Selection::places(const NameIndex& index) const {
    Places places;
    for (const auto& [where, names] : {std::pair{-1, &folderfirst_}, std::pair{1, &folderlast_}})
        for (std::size_t i = 0; i < names->size(); ++i)
            if (const auto* folder = index.find((*names)[i])) places.emplace(folder, Place{where, i});
    return places;
}

}  // namespace godwit::sync
