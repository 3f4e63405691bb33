#include "engine/sync/destination_folders.h"

#include <algorithm>

#include "engine/imap/commands.h"
#include "engine/imap/folder_name.h"
#include "engine/sync/folder_names.h"

namespace godwit::sync {
namespace {

// The same name with the case of its last level's letters turned; the same if it has none.
std::string with_turned_case(std::string name, std::optional<char> delimiter) {
    const auto last = delimiter ? name.rfind(*delimiter) : std::string::npos;
    for (auto i = last == std::string::npos ? 0 : last + 1; i < name.size(); ++i) {
        if (name[i] == '&') break;   // what is encoded has a case of its own
        const auto c = static_cast<unsigned char>(name[i]);
        name[i] = static_cast<char>(std::islower(c) ? std::toupper(c) : std::tolower(c));
    }
    return name;
}

bool is_refusal_of_a_name(const Error& error) { return error.kind == ErrorKind::folder_create; }

}  // namespace

DestinationFolders::DestinationFolders(Pass& pass, FolderTree source, FolderTree destination, const FolderRules& rules)
    : pass_(pass), rules_(rules), source_(std::move(source)), tree_(std::move(destination)), noted_(pass.context.executor) {
    for (const auto& folder : source_.folders) {
        if (folder.status) source_status_.emplace(folder.data.name, *folder.status);
        if (holds_mail(folder.data)) at_source_.insert(folder.data.name);
    }
    for (const auto& folder : tree_.folders) {
        if (folder.status) status_.emplace(folder.data.name, *folder.status);
        if (holds_mail(folder.data))
            there_.emplace(folder.data.name, folder.subscribed);
        else if (!has_attribute(folder.data, "\\NonExistent"))
            levels_.insert(folder.data.name);
    }
}

Awaitable<Result<void>> DestinationFolders::map() {
    GODWIT_CO_CHECK(map_again());
    GODWIT_CO_CHECK(co_await look_for_case());
    co_return tree_.case_blind ? map_again() : Result<void>{};
}

Result<void> DestinationFolders::map_again() {
    GODWIT_TRY(map, map_folders(source_, tree_, rules_));
    map_ = std::move(map);
    std::unordered_map<std::string, int> goes_there;
    for (const auto& folder : map_.folders) ++goes_there[folder.destination];
    for (auto& folder : map_.folders) folder.merged = goes_there[folder.destination] > 1;
    return {};
}

Awaitable<Result<bool>> DestinationFolders::is_known_as(const std::string& raw) {
    auto found = co_await imap::status(pass_.destination, raw, "(MESSAGES)");
    if (!found && pass_.destination.broken()) co_return std::unexpected(found.error());
    co_return found.has_value();
}

// Only where two names differ in nothing but case: then a name that is listed is asked for with its case turned.
Awaitable<Result<void>> DestinationFolders::look_for_case() {
    if (std::ranges::all_of(map_.folders, [](const auto& folder) { return folder.case_twin.empty(); })) co_return Result<void>{};
    for (const auto& folder : tree_.folders) {
        const auto turned = with_turned_case(folder.data.name, tree_.delimiter);
        if (!holds_mail(folder.data) || imap::is_inbox(folder.data.name) || has(turned)) continue;
        GODWIT_CO_TRY(known, co_await is_known_as(turned));
        tree_.case_blind = known;
        break;
    }
    co_return Result<void>{};
}

// With nothing there to ask about, the first of two twins had to be made: now it can be asked for by the other's name.
Awaitable<Result<void>> DestinationFolders::settle_case(MappedFolder& folder) {
    if (tree_.case_blind || folder.case_twin.empty() || !has(folder.case_twin) || has(folder.destination)) co_return Result<void>{};
    GODWIT_CO_TRY(known, co_await is_known_as(folder.destination));
    if (!known) co_return Result<void>{};
    tree_.case_blind = true;
    GODWIT_CO_TRY(again, map_folders(source_, tree_, rules_));
    for (auto& mapped : map_.folders)
        for (auto& other : again.folders)
            if (mapped.source == other.source) mapped = other;
    co_return Result<void>{};
}

Awaitable<Result<void>> DestinationFolders::make(MappedFolder& folder, FolderReport& report) {
    GODWIT_CO_CHECK(co_await settle_case(folder));
    if (uncounted_.erase(folder.destination) > 0) {
        ++report.counters.folders_created;
        ++pass_.report.counters.folders_created;
    }
    if (folder.exists || has(folder.destination)) co_return Result<void>{};
    auto fresh = co_await create_or_find(folder);
    if (fresh)
        if (auto listed = co_await is_listed(folder.destination); !listed) fresh = std::unexpected(listed.error());
    if (!fresh && !pass_.destination.broken() && is_refusal_of_a_name(fresh.error())) {
        GODWIT_CO_CHECK(co_await create_under_another_name(folder, fresh.error()));
        fresh = true;
    }
    if (!fresh) co_return std::unexpected(fresh.error());
    there_.emplace(folder.destination, false);
    if (*fresh) {
        ++report.counters.folders_created;
        ++pass_.report.counters.folders_created;
    }
    co_return Result<void>{};
}

// Whether it was made; it may stand there already without being listed. The error is that of CREATE.
Awaitable<Result<bool>> DestinationFolders::create_or_find(const MappedFolder& folder) {
    auto made = co_await create(folder);
    if (made) co_return true;
    if (pass_.destination.broken()) co_return std::unexpected(made.error());
    GODWIT_CO_CHECK(co_await forget_made(pass_.ledger, folder.destination, Made::created));
    GODWIT_CO_TRY(known, co_await is_known_as(folder.destination));
    if (!known) co_return std::unexpected(made.error());
    co_return false;
}

// Mailutils takes "cur" and never lists it: mail put there would not be found again. Only odd names are looked for.
Awaitable<Result<void>> DestinationFolders::is_listed(const std::string& raw) {
    if (acceptable_name(raw, tree_) == raw) co_return Result<void>{};
    GODWIT_CO_TRY(listed, co_await imap::list_folders(pass_.destination));
    if (std::ranges::any_of(listed, [&](const auto& other) { return other.data.name == raw; })) co_return Result<void>{};
    co_return fail(ErrorKind::folder_create, Reach::folder, "the destination does not list the folder", "CREATE");
}

// Servers make the levels above by themselves (RFC 9051 section 6.3.4), as names without mail where they can; only where
// one does not are they made one by one.
Awaitable<Result<void>> DestinationFolders::create(const MappedFolder& folder) {
    const auto& name = folder.destination;
    GODWIT_CO_CHECK(co_await note_created({name}));
    auto made = co_await imap::create(pass_.destination, name, folder.special_use);
    if (!made && !folder.special_use.empty() && !pass_.destination.broken()) made = co_await imap::create(pass_.destination, name);
    for (const auto& level : creation_order(name, tree_)) {
        if (made || pass_.destination.broken()) break;
        if (level != name && (has(level) || levels_.contains(level))) continue;
        auto level_made = co_await imap::create(pass_.destination, level);
        if (level_made) there_.emplace(level, false);
        if (level == name) made = level_made;
    }
    co_return made;
}

// The rule for that is in folder_names.h; it gives the same name in every pass.
Awaitable<Result<void>> DestinationFolders::create_under_another_name(MappedFolder& folder, const Error& refused) {
    const auto before = folder.destination_display;
    if (!rename_refused(map_, folder.destination, tree_)) co_return std::unexpected(refused);
    if (!has(folder.destination)) {
        auto made = co_await create_or_find(folder);
        if (!made) co_return std::unexpected(pass_.destination.broken() ? made.error() : refused);
    }
    pass_.issue({ErrorKind::folder_renamed, Reach::folder, folder.source_display, 0, 0,
                 fmt::format("the destination refuses the name \"{}\" ({}): \"{}\" instead", before, refused.cause,
                             folder.destination_display)});
    co_return Result<void>{};
}

std::vector<std::string> DestinationFolders::names() const {
    std::vector<std::string> out;
    for (const auto& [name, subscribed] : there_) out.push_back(name);
    return out;
}

void DestinationFolders::find_under_another_name(MappedFolder& folder) {
    if (folder.exists || has(folder.destination) || acceptable_name(folder.destination, tree_) == folder.destination) return;
    FolderMap other = map_;
    if (!rename_refused(other, folder.destination, tree_)) return;
    const auto renamed = std::ranges::find(other.folders, folder.source, &MappedFolder::source);
    if (renamed != other.folders.end() && has(renamed->destination)) folder = std::move(*renamed);
}

Awaitable<Result<void>> DestinationFolders::note_created(const std::vector<std::string>& names) {
    std::vector<std::string> made;
    for (const auto& name : names)
        for (auto& level : creation_order(name, tree_))
            if (level == name || (!has(level) && !levels_.contains(level))) made.push_back(std::move(level));
    std::ranges::sort(made);
    const auto repeated = std::ranges::unique(made);
    made.erase(repeated.begin(), repeated.end());
    co_return co_await note(std::move(made), Made::created);
}

// Facts are numbered: one lane at a time.
Awaitable<Result<void>> DestinationFolders::note(std::vector<std::string> names, Made made) {
    if (!pass_.ledger.lasts()) co_return Result<void>{};
    while (noting_) co_await noted_.wait();
    noting_ = true;
    auto done = co_await note_made(pass_.ledger, names, made);
    noting_ = false;
    noted_.notify_all();
    co_return done;
}

bool DestinationFolders::wants_subscription(const MappedFolder& folder) const {
    const auto& options = pass_.request.options;
    const bool wanted = options.subscribeall || (options.subscribe && folder.subscribed);
    const auto known = there_.find(folder.destination);
    return wanted && (known == there_.end() || !known->second);
}

Awaitable<Result<void>> DestinationFolders::subscribe(const MappedFolder& folder) {
    if (!wants_subscription(folder)) co_return Result<void>{};
    GODWIT_CO_CHECK(co_await note({folder.destination}, Made::subscribed));
    GODWIT_CO_CHECK(co_await imap::subscribe(pass_.destination, folder.destination));
    there_[folder.destination] = true;
    co_return Result<void>{};
}

}  // namespace godwit::sync
