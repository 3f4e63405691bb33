#include "engine/sync/folder_naming.h"

#include <algorithm>

#include "engine/imap/folder_name.h"
#include "engine/sync/folder_names.h"

namespace godwit::sync {
namespace {

std::string quoted(std::string_view raw) { return '"' + imap::display_name(raw) + '"'; }
std::string quoted(char c) { return fmt::format("\"{}\"", c); }

// A name as its user wrote it, without the prefix and without a delimiter at its end.
std::string bare(const FolderTree& tree, std::string name) {
    if (tree.delimiter && name.ends_with(*tree.delimiter)) name.pop_back();
    return std::string(without_prefix(tree, name));
}

std::string join(const FolderTree& tree, std::string_view parent, std::string_view child) {
    return std::string(parent) + tree.delimiter.value_or('_') + std::string(child);
}

// What there is nothing to do about: a name of nothing, or with nothing between two delimiters.
std::string fault_of(std::string_view raw, const FolderTree& tree) {
    if (raw.empty()) return "the name that regextrans2 makes is empty";
    const auto levels = imap::split_levels(raw, tree.delimiter);
    if (std::ranges::none_of(levels, &std::string::empty)) return {};
    return fmt::format("the name that regextrans2 makes, {}, has an empty level", quoted(raw));
}

}  // namespace

Result<FolderNaming> FolderNaming::make(const FolderTree& source, const FolderTree& destination, const FolderRules& rules,
                                        const NameIndex& index) {
    FolderNaming naming(source, destination, rules);
    for (const auto& rule : rules.f1f2)
        if (const auto* folder = index.find(rule.source)) naming.exact_[folder] = &rule.destination;
    GODWIT_TRY(subfolder1, naming.existing_subfolder());
    naming.subfolder1_ = std::move(subfolder1);
    if (!rules.automap) return naming;
    naming.automap_.emplace(source, naming.subfolder1_, destination);
    for (const auto& folder : destination.folders)
        if (holds_mail(folder.data)) naming.existing_.insert(imap::canonical_name(folder.data.name, destination.delimiter));
    return naming;
}

Result<std::string> FolderNaming::existing_subfolder() const {
    if (rules_.subfolder1.empty()) return std::string();
    for (const auto& written : {raw_name_of(rules_.subfolder1), rules_.subfolder1}) {
        auto name = bare(source_, written);
        // The prefix itself: everything is in there.
        if (source_.delimiter && imap::canonical_name(name + *source_.delimiter, source_.delimiter) == source_.prefix)
            return std::string();
        if (std::ranges::any_of(source_.folders,
                                [&](const auto& f) { return name_below(source_, name, f.data.name).has_value(); }))
            return name;
    }
    return fail(ErrorKind::folder_missing, Reach::account, "the source has no such folder",
                fmt::format("subfolder1 \"{}\"", printable(rules_.subfolder1, 100)));
}

std::optional<FolderName> FolderNaming::name(const imap::ListedFolder& folder) const {
    const std::string& raw = folder.data.name;
    if (const auto found = exact_.find(&folder); found != exact_.end()) {
        FolderName exact{.destination = imap::canonical_name(*found->second, destination_.delimiter), .rule = "f1f2"};
        exact.steps.push_back(fmt::format("f1f2 names {}", quoted(exact.destination)));
        exact.by_option = true;
        return exact;
    }
    auto name = mechanical(raw);
    if (!name) return std::nullopt;
    if (raw.empty()) name->refusal = "it has no name";
    if (name->rule == "same" && name->destination != raw) name->rule = "mechanical";
    auto other = automapped(raw, *name);
    return other ? other : name;
}

std::optional<FolderName> FolderNaming::mechanical(std::string_view raw) const {
    const auto rest = name_below(source_, subfolder1_, raw);
    if (!rest) return std::nullopt;
    FolderName name;
    const bool top = rest->empty() && !raw.empty();  // subfolder1 itself
    if (!subfolder1_.empty()) {
        name.rule = "subfolder";
        name.steps.push_back(fmt::format("subfolder1 {} is taken off", quoted(subfolder1_)));
    }
    if (imap::is_inbox(raw) || top || (!subfolder1_.empty() && imap::is_inbox(*rest))) {
        name.destination = "INBOX";
        name.by_option = !imap::is_inbox(raw);
    } else if (!rest->empty()) {
        note_prefixes(raw, name);
        name.destination = destination_.prefix + translated(*rest, name);
    }
    rename(name);
    if (name.refusal.empty() && !name.destination.empty() && !rules_.subfolder2.empty()) put_into_subfolder(name, top);
    name.destination = imap::canonical_name(name.destination, destination_.delimiter);
    return name;
}

void FolderNaming::note_prefixes(std::string_view raw, FolderName& name) const {
    const std::string_view off = raw.substr(0, raw.size() - without_prefix(source_, raw).size());
    const std::string& on = destination_.prefix;
    if (off == on) return;
    if (on.empty())
        name.steps.push_back(fmt::format("prefix {} is taken off", quoted(off)));
    else if (off.empty())
        name.steps.push_back(fmt::format("prefix {} is put on", quoted(on)));
    else
        name.steps.push_back(fmt::format("prefix {} becomes {}", quoted(off), quoted(on)));
}

// The two delimiters change places, so that no two names become one; only where fixslash2 asks for it, or one side has no
// levels, is a character replaced.
std::string FolderNaming::translated(std::string_view rest, FolderName& name) const {
    const auto from = source_.delimiter, to = destination_.delimiter;
    if (from == to) return std::string(rest);
    const char inside = from && !(*from == '/' && rules_.fixslash2) ? *from : '_';
    bool joints = false, insides = false;
    std::string out(rest);
    for (char& c : out) {
        if (c == from) {
            c = to.value_or('_');
            joints = true;
        } else if (c == to) {
            c = inside;
            insides = true;
        }
    }
    if (joints) name.steps.push_back(fmt::format("{} between levels becomes {}", quoted(*from), quoted(to.value_or('_'))));
    if (insides) name.steps.push_back(fmt::format("{} in a level becomes {}", quoted(*to), quoted(inside)));
    if ((joints && !to) || (insides && inside == '_')) name.lossless = false;
    return out;
}

// Names that are not modified UTF-7 stay raw: patterns see them if they are UTF-8.
void FolderNaming::rename(FolderName& name) const {
    auto text = text_of(name.destination);
    if (rules_.regextrans2.empty() || !text) return;
    const bool encoded = imap::decode_modified_utf7(name.destination).has_value();
    const std::string before = *text;
    for (const auto& rule : rules_.regextrans2) {
        auto renamed = rule.substitution.apply(*text);
        if (!renamed) {
            name.refusal = fmt::format("regextrans2 \"{}\": {}", printable(rule.written, 100), renamed.error().cause);
            return;
        }
        if (*renamed == *text) continue;
        text = std::move(*renamed);
        name.steps.push_back(
            fmt::format("regextrans2 \"{}\" makes it \"{}\"", printable(rule.written, 100), printable(*text)));
    }
    if (*text == before) return;
    name.rule = "regextrans2";
    name.by_option = true;
    auto raw = encoded ? imap::encode_modified_utf7(*text) : Result<std::string>(*text);
    if (raw) name.destination = std::move(*raw);
    name.refusal = raw ? fault_of(name.destination, destination_) : "the name that regextrans2 makes is not UTF-8";
}

void FolderNaming::put_into_subfolder(FolderName& name, bool top) const {
    const std::string below = destination_.prefix + bare(destination_, rules_.subfolder2);
    const bool inbox = imap::is_inbox(name.destination);
    if (inbox && top)  // from one subfolder into another
        name.destination = below;
    else if (inbox)
        name.destination = join(destination_, below, "INBOX");
    else
        name.destination = join(destination_, below, without_prefix(destination_, name.destination));
    name.steps.push_back(fmt::format("it is put below {}", quoted(below)));
    if (name.rule != "regextrans2") name.rule = "subfolder";
}

// A folder of the very name beats one whose name only sounds right: what one pass has made, the next one finds again.
bool FolderNaming::has_same_name(const Automap::Found& found) const {
    if (!found.there->by_name) return false;
    const auto name = mechanical(found.here->raw);
    return name && existing_.contains(name->destination);
}

std::optional<FolderName> FolderNaming::automapped(std::string_view raw, const FolderName& mechanical) const {
    const auto found = automap_ ? automap_->find(raw) : std::nullopt;
    if (!found) return std::nullopt;
    const bool itself = found->rest.empty();
    if (!found->there) {
        FolderName name = mechanical;
        if (itself) name.special_use = found->use;
        return name;
    }
    if (has_same_name(*found)) return std::nullopt;
    const auto attribute = attribute_of(found->use);
    const std::string there = quoted(found->there->raw);
    FolderName name{.destination = found->there->raw, .rule = "automap", .by_option = true};
    if (itself) {
        name.steps.push_back(fmt::format("automap: {} here is {}, there {}", attribute, quoted(raw), there));
    } else {
        name.steps.push_back(
            fmt::format("automap: it is below {}, {} there is {}", quoted(found->here->raw), attribute, there));
        name.destination = join(destination_, found->there->raw, translated(found->rest, name));
    }
    if (name.destination == mechanical.destination) return std::nullopt;
    return name;
}

}  // namespace godwit::sync
