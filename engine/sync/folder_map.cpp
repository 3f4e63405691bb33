#include "engine/sync/folder_map.h"

#include <algorithm>
#include <map>
#include <set>

#include "engine/imap/folder_name.h"
#include "engine/sync/folder_collisions.h"
#include "engine/sync/folder_names.h"
#include "engine/sync/folder_naming.h"

namespace godwit::sync {
namespace {

// What stands at the destination, by canonical name: may it hold mail?
class Existing {
public:
    explicit Existing(const FolderTree& destination) : delimiter_(destination.delimiter) {
        for (const auto& folder : destination.folders)
            if (!has_attribute(folder.data, "\\NonExistent"))
                holds_mail_[imap::canonical_name(folder.data.name, delimiter_)] |= holds_mail(folder.data);
    }
    bool has(std::string_view raw, bool for_mail) const {
        const auto found = holds_mail_.find(imap::canonical_name(raw, delimiter_));
        return found != holds_mail_.end() && (found->second || !for_mail);
    }
    const std::map<std::string, bool>& names() const { return holds_mail_; }

private:
    std::optional<char> delimiter_;
    std::map<std::string, bool> holds_mail_;
};

std::string sentence(const std::vector<std::string>& steps) {
    std::string text;
    for (const auto& step : steps) text += (text.empty() ? "" : "; ") + step;
    return text.empty() ? "the same name on both sides" : text;
}

MappedFolder mapped(NamedFolder folder, const Existing& existing) {
    auto& name = folder.name;
    MappedFolder out;
    out.source = folder.source->data.name;
    out.destination = std::move(name.destination);
    out.source_display = imap::display_name(out.source);
    out.destination_display = imap::display_name(out.destination);
    out.selectable = holds_mail(folder.source->data);
    out.subscribed = folder.source->subscribed;
    out.exists = existing.has(out.destination, out.selectable);
    if (name.special_use && !out.exists) {
        out.special_use = attribute_of(*name.special_use);
        name.steps.push_back("to be made as " + out.special_use);
    }
    out.rule = std::move(name.rule);
    out.why = sentence(name.steps);
    return out;
}

std::vector<NamedFolder*> in_wanted_order(std::vector<NamedFolder>& folders, const Selection::Places& places) {
    std::vector<NamedFolder*> order;
    for (auto& folder : folders) order.push_back(&folder);
    std::ranges::sort(order, {}, [&](const NamedFolder* folder) {
        const auto found = places.find(folder->source);
        return std::pair(found == places.end() ? Selection::Place{} : found->second, folder);
    });
    return order;
}

void name_merges(std::vector<MappedFolder>& folders) {
    std::map<std::string, std::string> first;
    for (auto& folder : folders) {
        const auto [at, added] = first.emplace(folder.destination, folder.source_display);
        if (!added) folder.merged_with = at->second;
    }
}

// What exists first: a twin that can be asked for without making anything.
void name_case_twins(std::vector<MappedFolder>& folders, const Existing& existing) {
    std::map<std::string, std::vector<std::string>> spellings;
    for (const auto& [name, unused] : existing.names()) spellings[case_key(name)].push_back(name);
    for (const auto& folder : folders) spellings[case_key(folder.destination)].push_back(folder.destination);
    for (auto& folder : folders) {
        const auto& names = spellings[case_key(folder.destination)];
        const auto twin = std::ranges::find_if(names, [&](const auto& name) { return name != folder.destination; });
        if (twin != names.end()) folder.case_twin = *twin;
    }
}

void name_unknown(FolderMap& map, const FolderRules& rules, const NameIndex& index) {
    for (const auto& rule : rules.f1f2)
        if (!index.find(rule.source)) map.unknown.push_back({"f1f2", rule.source});
}

}  // namespace

Result<FolderMap> map_folders(const FolderTree& source_tree, const FolderTree& destination_tree, const FolderRules& rules) {
    const auto source = rules.overridden(source_tree, Side::source);
    const auto destination = rules.overridden(destination_tree, Side::destination);
    const NameIndex index(source);
    GODWIT_TRY(naming, FolderNaming::make(source, destination, rules, index));
    auto chosen = rules.selection.choose(source, index);
    FolderMap map{.left_out = std::move(chosen.left_out), .unknown = std::move(chosen.unknown)};
    name_unknown(map, rules, index);
    std::vector<NamedFolder> named;
    for (const auto* folder : chosen.folders) {
        const std::string& raw = folder->data.name;
        auto name = naming.name(*folder);
        if (!name)
            map.left_out.push_back({raw, imap::display_name(raw), "not in subfolder1"});
        else if (!name->refusal.empty())
            map.refused.push_back({raw, imap::display_name(raw), std::move(name->refusal)});
        else
            named.push_back({folder, std::move(*name)});
    }
    settle_collisions(named, destination, rules.mixfolders);
    const Existing existing(destination);
    for (auto* folder : in_wanted_order(named, rules.selection.places(index)))
        map.folders.push_back(mapped(std::move(*folder), existing));
    name_merges(map.folders);
    if (!destination.case_blind) name_case_twins(map.folders, existing);
    return map;
}

bool rename_refused(FolderMap& map, const std::string& refused, const FolderTree& destination) {
    const auto first = std::ranges::find(map.folders, refused, &MappedFolder::destination);
    if (first == map.folders.end()) return false;
    // Others count with the name they would get in their turn, so that the order of the refusals does not matter.
    std::set<std::string> taken;
    for (auto other = map.folders.begin(); other != map.folders.end(); ++other) {
        if (other->destination == refused) continue;
        taken.insert(collision_key(other->destination, destination));
        if (other < first) taken.insert(collision_key(acceptable_name(other->destination, destination), destination));
    }
    std::string name = acceptable_name(refused, destination);
    for (unsigned attempt = 0; taken.contains(collision_key(name, destination)); ++attempt)
        name = acceptable_name(acceptable_name(refused, destination) + name_suffix(first->source, attempt), destination);
    if (name == refused) return false;
    const Existing existing(destination);
    for (auto folder = first; folder != map.folders.end(); ++folder) {
        if (folder->destination != refused) continue;
        folder->why += fmt::format("; the destination refuses \"{}\"", folder->destination_display);
        folder->destination = name;
        folder->destination_display = imap::display_name(name);
        folder->rule = "renamed";
        folder->exists = existing.has(name, folder->selectable);
        folder->case_twin.clear();
    }
    return true;
}

}  // namespace godwit::sync
