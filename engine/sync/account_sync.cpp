#include "engine/sync/account_sync.h"

#include "engine/base/in_parallel.h"
#include "engine/base/log.h"
#include "engine/base/text.h"
#include "engine/imap/sasl.h"
#include "engine/sync/folder_sync.h"
#include "engine/sync/settle.h"

namespace godwit::sync {
namespace {

using SessionPtr = std::unique_ptr<imap::Session>;

Error at_side(Error error, Side side, const AccountSpec& account) {
    const std::string where = fmt::format("{} {}:{}", name_of(side), account.endpoint.host, account.endpoint.port);
    error.context = error.context.empty() ? where : where + ", " + error.context;
    return error;
}

imap::SessionOptions session_options(const SyncRequest& request, SyncObserver& observer, Side side) {
    imap::SessionOptions options;
    options.command_timeout = request.limits.command_timeout;
    options.limits.inline_literal_bytes = request.limits.whole_message_bytes;
    options.on_wire = [&observer, side](std::uint64_t in, std::uint64_t out) { observer.on_wire(side, in, out); };
    options.on_command = [&observer, side](std::string_view name, auto took, bool ok) {
        observer.on_command(side, name, took, ok);
    };
    return options;
}

Awaitable<Result<SessionPtr>> open_account(RunContext& context, net::Dialer& dialer, const SyncRequest& request,
                                           SyncObserver& observer, Side side) {
    const AccountSpec& account = side == Side::source ? request.source : request.destination;
    auto session = co_await imap::Session::connect(context, dialer, account.endpoint,
                                                   session_options(request, observer, side),
                                                   after(request.limits.connect_timeout));
    if (!session) co_return std::unexpected(at_side(session.error(), side, account));
    auto signed_in = co_await imap::sign_in(**session, {account.user, account.auth_user, account.password});
    if (signed_in) co_return std::move(*session);
    co_await (*session)->close();
    co_return std::unexpected(at_side(signed_in.error(), side, account));
}

Awaitable<Result<FolderTree>> discover(imap::Session& session) {
    std::optional<imap::NamespaceData> namespaces;
    if (session.has("NAMESPACE") || session.has("IMAP4REV2")) {
        GODWIT_CO_TRY(found, co_await imap::namespaces(session));
        namespaces = std::move(found);
    }
    GODWIT_CO_TRY(folders, co_await imap::list_folders(session));
    co_return make_tree(std::move(folders), namespaces);
}

bool same_account(const SyncRequest& request) {
    const auto& a = request.source;
    const auto& b = request.destination;
    return equals_ignoring_case(a.endpoint.host, b.endpoint.host) && a.endpoint.port == b.endpoint.port &&
           a.endpoint.connect_to == b.endpoint.connect_to && a.user == b.user;
}

// Everything after both sides are signed in.
class AccountSync {
public:
    AccountSync(Pass& pass) : pass_(pass) {}

    Awaitable<Result<void>> run() {
        GODWIT_CO_TRY(rules, FolderRules::make(pass_.request.options));
        pass_.observer.on_stage(Stage::discover);
        auto [source, destination] =
            co_await in_parallel(pass_.context.executor, discover(pass_.source), discover(pass_.destination));
        if (!source) co_return std::unexpected(at_side(source.error(), Side::source, pass_.request.source));
        if (!destination)
            co_return std::unexpected(at_side(destination.error(), Side::destination, pass_.request.destination));
        pass_.observer.on_stage(Stage::plan);
        // Every account has an INBOX: one that lists nothing would look as if nothing were to be copied.
        if (source->folders.empty())
            co_return std::unexpected(at_side({ErrorKind::protocol_error, Reach::account, "the server lists no folders", "LIST"},
                                              Side::source, pass_.request.source));
        tree_ = rules.overridden(std::move(*destination), Side::destination);
        for (const auto& folder : tree_.folders) there_.emplace(folder.data.name, folder.subscribed);
        GODWIT_CO_TRY(map, map_folders(*source, tree_, rules));
        map_ = std::move(map);
        pass_.report.counters.folders_total = map_.folders.size();
        report_refused();
        if (pass_.request.kind == PassKind::preflight) co_return Result<void>{};
        if (pass_.request.settle_first) GODWIT_CO_CHECK(co_await settle_destination());
        pass_.observer.on_stage(Stage::transfer);
        for (auto& folder : map_.folders) {
            if (pass_.context.draining()) co_return fail(ErrorKind::cancelled, Reach::account, "draining");
            GODWIT_CO_CHECK(co_await one_folder(folder));
        }
        report_removed();
        co_return Result<void>{};
    }

private:
    // Nothing is known of an earlier run but that it ended without a word.
    Awaitable<Result<void>> settle_destination() {
        std::vector<std::string> names;
        for (const auto& folder : map_.folders)
            if (folder.selectable && there_.contains(folder.destination)) names.push_back(folder.destination);
        co_return co_await settle_account(pass_, names);
    }

    // A copy that is gone from its folder may stand in another one: its user has moved it.
    void report_removed() {
        for (const auto& copy : pass_.removed) {
            const auto moved = pass_.arrived.find(copy.key_hash);
            std::string words = moved == pass_.arrived.end()
                                    ? "its copy was removed at the destination; it is not copied again"
                                    : "its copy was moved at the destination, to \"" + moved->second + '"';
            pass_.issue({ErrorKind::removed_at_destination, Reach::message, copy.folder, copy.uid, copy.size,
                         std::move(words)});
        }
    }

    Awaitable<Result<void>> one_folder(MappedFolder& mapped) {
        FolderReport report{.source_name = mapped.source_display, .destination_name = mapped.destination_display};
        pass_.observer.on_folder(mapped.source_display);
        auto done = co_await prepare(mapped, report);
        if (done && mapped.selectable) done = co_await sync_folder(pass_, mapped, report);
        if (done) {
            ++report.counters.folders_done;
            ++pass_.report.counters.folders_done;
        } else {
            report.error = done.error();
        }
        pass_.report.folders.push_back(std::move(report));
        pass_.progress();
        if (done) co_return done;
        const Error& error = done.error();
        const bool sessions_sound = !pass_.source.broken() && !pass_.destination.broken();
        if (error.reach > Reach::folder || !sessions_sound) co_return done;
        pass_.issue({error.kind, Reach::folder, mapped.source_display, 0, 0, error.to_string()});
        co_return Result<void>{};
    }

    // The destination folder, its parents first, and its subscription.
    Awaitable<Result<void>> prepare(MappedFolder& mapped, FolderReport& report) {
        if (pass_.request.options.dry) co_return Result<void>{};
        if (!mapped.exists && !there_.contains(mapped.destination))
            GODWIT_CO_CHECK(co_await make_folder(mapped.destination, report));
        if (mapped.subscribed && pass_.request.options.subscribe && !is_subscribed(mapped.destination))
            GODWIT_CO_CHECK(co_await imap::subscribe(pass_.destination, mapped.destination));
        co_return Result<void>{};
    }

    // Servers make the levels above by themselves (RFC 9051 section 6.3.4), as names without mail where they can; only
    // where one does not are they made one by one.
    Awaitable<Result<void>> make_folder(const std::string& name, FolderReport& report) {
        auto made = co_await imap::create(pass_.destination, name);
        for (const auto& level : creation_order(name, tree_)) {
            if (made || pass_.destination.broken()) break;
            if (level != name && there_.contains(level)) continue;
            auto level_made = co_await imap::create(pass_.destination, level);
            if (level_made) there_.emplace(level, false);
            if (level == name) made = level_made;
        }
        if (!made && !co_await is_there(name)) co_return made;
        there_.emplace(name, false);
        ++report.counters.folders_created;
        ++pass_.report.counters.folders_created;
        co_return Result<void>{};
    }

    bool is_subscribed(const std::string& name) const {
        const auto found = there_.find(name);
        return found != there_.end() && found->second;
    }
    Awaitable<bool> is_there(const std::string& name) {
        auto found = co_await imap::status(pass_.destination, name, "(MESSAGES)");
        co_return found.has_value();
    }

    void report_refused() {
        for (const auto& folder : map_.refused) {
            Error error{ErrorKind::invalid_argument, Reach::folder, folder.reason, "folder map"};
            pass_.issue({error.kind, error.reach, folder.source_display, 0, 0, error.cause});
            pass_.report.folders.push_back({.source_name = folder.source_display, .error = std::move(error)});
        }
    }

    Pass& pass_;
    FolderTree tree_;   // of the destination
    FolderMap map_;
    std::map<std::string, bool> there_;   // folders of the destination: subscribed
};

Awaitable<Result<void>> run_pass(RunContext& context, net::Dialer& dialer, const SyncRequest& request, Ledger& ledger,
                                 SyncObserver& observer, SyncReport& report) {
    if (same_account(request))
        co_return fail(ErrorKind::source_is_destination, Reach::account, "source and destination are the same account");
    if (request.kind == PassKind::verify || request.kind == PassKind::undo)
        co_return fail(ErrorKind::invalid_argument, Reach::account,
                       fmt::format("a {} pass is not supported by this version", name_of(request.kind)));
    GODWIT_CO_TRY(rules, PassRules::make(request.options));
    observer.on_stage(Stage::connect);
    auto [source, destination] =
        co_await in_parallel(context.executor, open_account(context, dialer, request, observer, Side::source),
                             open_account(context, dialer, request, observer, Side::destination));
    Result<void> done{};
    if (!source)
        done = std::unexpected(source.error());
    else if (!destination)
        done = std::unexpected(destination.error());
    else {
        Pass pass{.context = context, .request = request, .rules = rules, .ledger = ledger, .observer = observer, .source = **source,
                  .destination = **destination, .report = report};
        AccountSync sync(pass);
        done = co_await sync.run();
    }
    if (destination) co_await (*destination)->close();
    if (source) co_await (*source)->close();
    co_return done;
}

}  // namespace

Awaitable<SyncReport> sync_account(RunContext& context, net::Dialer& dialer, const SyncRequest& request,
                                   Ledger& ledger, SyncObserver& observer) {
    SyncReport report;
    report.kind = request.kind;
    const auto started = context.clock.now();
    auto done = co_await run_pass(context, dialer, request, ledger, observer, report);
    if (!done) report.error = done.error();
    report.seconds = std::chrono::duration<double>(context.clock.now() - started).count();
    observer.on_stage(Stage::done);
    co_return report;
}

}  // namespace godwit::sync
