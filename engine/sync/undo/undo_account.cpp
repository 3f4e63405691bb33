#include "engine/sync/undo/undo_account.h"

#include "engine/imap/folder_name.h"
#include "engine/sync/undo/undo_folder.h"
#include "engine/sync/undo/undo_made.h"

namespace godwit::sync {
namespace {

class AccountUndo {
public:
    AccountUndo(PassState& state, imap::Session& destination) : undo_(state, destination), pass_(undo_.pass) {}

    Awaitable<Result<void>> run() {
        auto done = co_await work();
        // What was done is told in any case.
        auto told = co_await undo_.flush();
        co_return done ? told : done;
    }

private:
    Awaitable<Result<void>> work() {
        pass_.observer.on_stage(Stage::discover);
        GODWIT_CO_TRY(listed, co_await imap::list_folders(pass_.destination));
        for (const auto& folder : listed) listed_.insert(one_name(folder.data.name));
        GODWIT_CO_TRY(pairs, co_await pass_.ledger.pairs());
        std::erase_if(pairs, [](const auto& known) { return known.pair == FolderPair{}; });
        std::map<std::string, std::vector<FolderPair>> by_destination;
        for (const auto& known : pairs) by_destination[one_name(known.pair.destination)].push_back(known.pair);
        pass_.report.counters.folders_total = by_destination.size();
        pass_.observer.on_stage(Stage::transfer);
        for (const auto& [name, some] : by_destination) GODWIT_CO_CHECK(co_await one_folder(name, some));
        co_return co_await undo_made(undo_, pairs);
    }

    static std::string one_name(const std::string& raw) { return imap::is_inbox(raw) ? "INBOX" : raw; }

    Awaitable<Result<void>> one_folder(const std::string& name, const std::vector<FolderPair>& pairs) {
        if (pass_.ending()) co_return fail(ErrorKind::cancelled, Reach::account, "draining");
        FolderReport report{.source_name = undo_.display_name(pairs.front().source),
                            .destination_name = undo_.display_name(name)};
        pass_.observer.on_folder(report.destination_name);
        auto done = co_await undo_folder(undo_, pairs, listed_.contains(name), report);
        if (done) {
            ++report.counters.folders_done;
            ++pass_.report.counters.folders_done;
        } else {
            report.error = done.error();
        }
        pass_.report.folders.push_back(std::move(report));
        pass_.progress();
        if (done || undo_.is_over(done.error())) co_return done;
        pass_.issue({done.error().kind, Reach::folder, pass_.report.folders.back().source_name, 0, 0, done.error().to_string()});
        co_return Result<void>{};
    }

    UndoPass undo_;
    Pass& pass_;
    std::set<std::string> listed_;
};

}  // namespace

Awaitable<Result<void>> undo_account(PassState& state, imap::Session& destination) {
    AccountUndo account(state, destination);
    co_return co_await account.run();
}

}  // namespace godwit::sync
