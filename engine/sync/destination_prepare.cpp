// What is done for all folders at once, so that an account of thousands costs a few round trips for them.
#include "engine/base/in_parallel.h"
#include "engine/imap/commands.h"
#include "engine/sync/destination_folders.h"
#include "engine/sync/folder_names.h"

namespace godwit::sync {
namespace {

// With fewer, opening them costs no more than asking.
constexpr std::size_t folders_worth_measuring = 4;

// Asks for what `known` does not tell of `names`. The server's word of this moment: what arrives later is for the next pass.
Awaitable<Result<void>> ask_status(imap::Session& session, std::vector<std::string> names, bool whole,
                                   std::unordered_map<std::string, imap::FolderStatus>& known) {
    std::erase_if(names, [&](const auto& name) { return known.contains(name); });
    if (names.empty() || (!whole && names.size() < folders_worth_measuring)) co_return Result<void>{};
    GODWIT_CO_TRY(statuses, co_await imap::status_of_all(session, names, fmt::format("({})", status_items(session, whole))));
    for (std::size_t i = 0; i < names.size(); ++i)
        if (!statuses[i].empty()) known.emplace(names[i], imap::folder_status(statuses[i]));
    co_return Result<void>{};
}

}  // namespace

Awaitable<Result<void>> DestinationFolders::prepare() {
    if (!pass_.request.options.dry) {
        GODWIT_CO_CHECK(co_await make_ahead());
        GODWIT_CO_CHECK(co_await subscribe_ahead());
    }
    co_return co_await measure();
}

// Names that are odd, or that differ from another's in case alone, are looked at one by one; so are folders that may turn
// out not to be wanted.
bool DestinationFolders::is_made_ahead(const MappedFolder& folder) const {
    return !folder.exists && !has(folder.destination) && folder.case_twin.empty() &&
           !pass_.request.options.skipemptyfolders && acceptable_name(folder.destination, tree_) == folder.destination;
}

Awaitable<Result<void>> DestinationFolders::make_ahead() {
    std::vector<imap::NewFolder> fresh;
    std::unordered_set<std::string> names;
    for (const auto& folder : map_.folders)
        if (is_made_ahead(folder) && names.insert(folder.destination).second)
            fresh.push_back({folder.destination, folder.special_use});
    if (fresh.empty()) co_return Result<void>{};
    GODWIT_CO_CHECK(co_await note_created({names.begin(), names.end()}));
    GODWIT_CO_TRY(made, co_await imap::create_all(pass_.destination, fresh));
    for (std::size_t i = 0; i < fresh.size(); ++i) {
        if (!made[i]) continue;
        there_.emplace(fresh[i].name, false);
        made_ahead_.insert(fresh[i].name);
        uncounted_.insert(fresh[i].name);
    }
    co_return Result<void>{};
}

Awaitable<Result<void>> DestinationFolders::subscribe_ahead() {
    std::vector<std::string> names;
    for (const auto& folder : map_.folders)
        if (has(folder.destination) && wants_subscription(folder)) names.push_back(folder.destination);
    if (names.empty()) co_return Result<void>{};
    GODWIT_CO_CHECK(co_await note(names, Made::subscribed));
    GODWIT_CO_TRY(done, co_await imap::subscribe_all(pass_.destination, names));
    for (std::size_t i = 0; i < names.size(); ++i)
        if (done[i]) there_[names[i]] = true;
    co_return Result<void>{};
}

Awaitable<Result<void>> DestinationFolders::measure() {
    std::vector<std::string> here, there;
    for (const auto& folder : map_.folders) {
        if (!folder.selectable) continue;
        here.push_back(folder.source);
        if (has(folder.destination) && !made_ahead_.contains(folder.destination)) there.push_back(folder.destination);
    }
    if (pass_.request.options.justfolders) co_return Result<void>{};
    const bool whole = pass_.state.tells_changes;
    auto [source, destination] =
        co_await in_parallel(pass_.context.executor, ask_status(pass_.source, std::move(here), whole, source_status_),
                             ask_status(pass_.destination, std::move(there), whole, status_));
    if (!source) co_return std::unexpected(source.error());
    co_return destination;
}

}  // namespace godwit::sync
