#include "engine/sync/verify/verify_account.h"

#include <algorithm>
#include <set>

#include "engine/base/text.h"
#include "engine/imap/folder_name.h"
#include "engine/sync/verify/folder_verify.h"

namespace godwit::sync {
namespace {

class AccountVerify {
public:
    AccountVerify(Pass& pass, DestinationFolders& folders) : pass_(pass), folders_(folders) {}

    Awaitable<Result<void>> run() {
        pass_.observer.on_stage(Stage::transfer);
        for (auto& folder : map().folders) {
            folders_.find_under_another_name(folder);
            if (folder.selectable) ++shared_[folder.destination].folders_left;
        }
        for (auto& folder : map().folders) {
            if (pass_.ending()) co_return fail(ErrorKind::cancelled, Reach::account, "draining");
            GODWIT_CO_CHECK(co_await one_folder(folder));
        }
        GODWIT_CO_CHECK(co_await displaced_.resolve(unvisited()));
        pass_.report.set_digest = set_.hex();
        pass_.progress();
        co_return Result<void>{};
    }

private:
    FolderMap& map() { return folders_.mapped(); }

    // Folders where somebody may have put copies. Those of source folders that were left out hold copies of their own.
    std::vector<std::string> unvisited() {
        std::set<std::string> left_out;
        for (const auto& folder : map().left_out) left_out.insert(last_level(folder.source_display));
        auto names = folders_.names();
        std::erase_if(names, [&](const auto& name) {
            return shared_.contains(name) || left_out.contains(last_level(imap::display_name(name)));
        });
        return names;
    }

    // Whatever the delimiter, in lower case: enough to tell that two folders may belong together.
    static std::string last_level(std::string_view name) {
        return lower_case(name.substr(name.find_last_of("/.\\") + 1));
    }

    Awaitable<Result<void>> one_folder(const MappedFolder& mapped) {
        FolderReport report{.source_name = mapped.source_display, .destination_name = mapped.destination_display,
                            .rule = mapped.rule, .why = mapped.why};
        pass_.observer.on_folder(mapped.source_display);
        auto done = co_await verify(mapped, report);
        if (done) {
            ++report.counters.folders_done;
            ++pass_.report.counters.folders_done;
        } else {
            report.error = done.error();
            shared_[mapped.destination].incomplete = true;
        }
        pass_.report.folders.push_back(std::move(report));
        pass_.progress();
        if (mapped.selectable) --shared_[mapped.destination].folders_left;
        if (done) co_return done;
        const Error& error = done.error();
        if (error.reach > Reach::folder || pass_.source.broken() || pass_.destination.broken()) co_return done;
        pass_.issue({error.kind, Reach::folder, mapped.source_display, 0, 0, error.to_string()});
        co_return Result<void>{};
    }

    Awaitable<Result<void>> verify(const MappedFolder& mapped, FolderReport& report) {
        const auto& options = pass_.request.options;
        if (!mapped.selectable || options.justfolders) {
            const bool there = mapped.exists || folders_.has(mapped.destination);
            if (!there && !options.skipemptyfolders) log_.add(folder_missing(mapped));
            co_return co_await log_.flush_if_many();
        }
        VerifyState state{log_, displaced_, set_};
        co_return co_await verify_folder(pass_, state, mapped, folders_.has(mapped.destination), shared_[mapped.destination],
                                         report);
    }

    Pass& pass_;
    DestinationFolders& folders_;
    FindingLog log_{pass_};
    Displaced displaced_{pass_, log_};
    SetDigest set_;
    std::map<std::string, SharedDestination> shared_;   // by raw name at the destination
};

}  // namespace

Awaitable<Result<void>> verify_account(Pass& pass, DestinationFolders& folders) {
    AccountVerify verify(pass, folders);
    co_return co_await verify.run();
}

}  // namespace godwit::sync
