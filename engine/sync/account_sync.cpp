#include "engine/sync/account_sync.h"

#include "engine/base/in_parallel.h"
#include "engine/base/log.h"
#include "engine/base/text.h"
#include "engine/imap/sasl.h"
#include "engine/sync/delta/moves.h"
#include "engine/sync/delta/rest.h"
#include "engine/sync/destination_folders.h"
#include "engine/sync/folder_measure.h"
#include "engine/sync/folder_sync.h"
#include "engine/sync/folder_wanted.h"
#include "engine/sync/folder_work.h"
#include "engine/sync/lanes.h"
#include "engine/sync/settle.h"
#include "engine/sync/undo/undo_account.h"
#include "engine/sync/verify/verify_account.h"

namespace godwit::sync {
namespace {

using SessionPtr = std::unique_ptr<imap::Session>;

Error at_side(Error error, Side side, const AccountSpec& account) {
    const std::string where = fmt::format("{} {}:{}", name_of(side), account.endpoint.host, account.endpoint.port);
    error.context = error.context.empty() ? where : where + ", " + error.context;
    return error;
}

imap::SessionOptions session_options(const SyncRequest& request, const PassRules& rules, SyncObserver& observer, Side side) {
    imap::SessionOptions options;
    options.command_timeout = request.limits.command_timeout;
    options.limits.inline_literal_bytes = rules.whole_message_bytes(request.limits);
    options.on_wire = [&observer, side](std::uint64_t in, std::uint64_t out) { observer.on_wire(side, in, out); };
    options.on_command = [&observer, side](std::string_view name, auto took, bool ok) {
        observer.on_command(side, name, took, ok);
    };
    return options;
}

Awaitable<Result<SessionPtr>> open_account(RunContext& context, net::Dialer& dialer, const SyncRequest& request,
                                           const PassRules& rules, SyncObserver& observer, Side side,
                                           bool compressed = false) {
    const AccountSpec& account = side == Side::source ? request.source : request.destination;
    auto session = co_await imap::Session::connect(context, dialer, account.endpoint,
                                                   session_options(request, rules, observer, side),
                                                   after(request.limits.connect_timeout));
    if (!session) co_return std::unexpected(at_side(session.error(), side, account));
    auto signed_in = co_await imap::sign_in(**session, {account.user, account.auth_user, account.password});
    if (signed_in && compressed)
        if (auto on = co_await (*session)->compress(); !on) signed_in = std::unexpected(on.error());
    if (signed_in) co_return std::move(*session);
    co_await (*session)->close();
    co_return std::unexpected(at_side(signed_in.error(), side, account));
}

// `status` items to be told of each folder, if the server can tell them with its list.
Awaitable<Result<FolderTree>> discover(imap::Session& session, std::string status) {
    const bool asks = session.has("NAMESPACE") || session.has("IMAP4REV2");
    const auto nothing = []() -> Awaitable<Result<imap::NamespaceData>> { co_return imap::NamespaceData{}; };
    // Two commands in one round trip.
    auto [namespaces, folders] = co_await in_parallel(session.context().executor, asks ? imap::namespaces(session) : nothing(),
                                                      imap::list_folders(session, "*", status));
    if (!namespaces) co_return std::unexpected(namespaces.error());
    if (!folders) co_return std::unexpected(folders.error());
    co_return make_tree(std::move(*folders), asks ? std::optional(std::move(*namespaces)) : std::nullopt);
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
    AccountSync(Pass& pass, const FolderRules& rules, Lanes::Open open) : pass_(pass), rules_(rules), open_(std::move(open)) {}

    Awaitable<Result<void>> run() {
        pass_.observer.on_stage(Stage::discover);
        GODWIT_CO_CHECK(co_await remember());
        auto [source, destination] = co_await in_parallel(pass_.context.executor, discover(pass_.source, asks_for(pass_.source)),
                                                          discover(pass_.destination, asks_for(pass_.destination)));
        if (!source) co_return std::unexpected(at_side(source.error(), Side::source, pass_.request.source));
        if (!destination)
            co_return std::unexpected(at_side(destination.error(), Side::destination, pass_.request.destination));
        pass_.observer.on_stage(Stage::plan);
        // Every account has an INBOX: one that lists nothing would look as if nothing were to be copied.
        if (source->folders.empty())
            co_return std::unexpected(at_side({ErrorKind::protocol_error, Reach::account, "the server lists no folders", "LIST"},
                                              Side::source, pass_.request.source));
        folders_.emplace(pass_, rules_.overridden(std::move(*source), Side::source),
                         rules_.overridden(std::move(*destination), Side::destination), rules_);
        GODWIT_CO_CHECK(co_await folders_->map());
        pass_.report.counters.folders_total = map().folders.size();
        GODWIT_CO_CHECK(report_map());
        GODWIT_CO_CHECK(co_await work());
        for (const auto& folder : map().left_out)
            pass_.report.folders.push_back({.source_name = folder.source_display, .rule = "left_out", .why = folder.reason});
        co_return Result<void>{};
    }

private:
    // What earlier passes have left.
    Awaitable<Result<void>> remember() {
        if (!copies() || !pass_.ledger.lasts()) co_return Result<void>{};
        GODWIT_CO_TRY(pairs, co_await pass_.ledger.pairs());
        for (auto& known : pairs) known_.emplace(known.pair, std::move(known));
        pass_.state.rest_options = rest_digest(options());
        pass_.state.tells_changes = !known_.empty() && pass_.state.rest_options != 0 && !pass_.observer.wants_every_message();
        co_return Result<void>{};
    }
    std::string asks_for(const imap::Session& session) const {
        return copies() ? status_items(session, pass_.state.tells_changes) : std::string();
    }

    FolderMap& map() { return folders_->mapped(); }
    bool copies() const {
        const auto kind = pass_.request.kind;
        return kind != PassKind::preflight && kind != PassKind::verify && !options().justfolders && !options().justfoldersizes;
    }
    const SyncOptions& options() const { return pass_.request.options; }

    Awaitable<Result<void>> work() {
        if (pass_.request.kind == PassKind::preflight) {
            for (const auto& folder : map().folders) pass_.report.folders.push_back(report_of(folder));
            co_return Result<void>{};
        }
        if (options().justfoldersizes) co_return co_await measure();
        if (pass_.request.kind == PassKind::verify) co_return co_await verify_account(pass_, *folders_);
        if (pass_.request.settle_first) GODWIT_CO_CHECK(co_await settle_destination());
        co_return co_await copy();
    }

    Awaitable<Result<void>> copy() {
        pass_.observer.on_stage(Stage::transfer);
        GODWIT_CO_CHECK(co_await folders_->prepare());
        GODWIT_CO_TRY(moved, co_await move_copies(pass_, *folders_, known_));
        moved_ = std::move(moved);
        work_.emplace(map().folders, pass_.crew);
        for (std::size_t i = 0; i < map().folders.size(); ++i)
            if (const auto* rest = rest_of(map().folders[i])) work_->reports[i] = report_rest(map().folders[i], *rest);
        work_->leave_out_reported();
        const bool can_compress = pass_.source.has("COMPRESS=DEFLATE") || pass_.destination.has("COMPRESS=DEFLATE");
        Lanes lanes(pass_.state, most_lanes(), can_compress, open_, [this](Pass& lane) { return work_on(lane); });
        TaskScope tasks(pass_.context.executor);
        tasks.spawn("lanes", lanes.run());
        co_await work_on(pass_);
        lanes.finish();
        co_await tasks.join();
        for (auto& report : work_->reports)
            if (report) pass_.report.folders.push_back(std::move(*report));
        if (pass_.crew.failed()) co_return std::unexpected(*pass_.crew.failure());
        if (pass_.crew.has_work()) co_return fail(ErrorKind::cancelled, Reach::account, "draining");
        report_removed();
        co_return Result<void>{};
    }

    // Of a folder in which nothing is to be done; else null.
    const FolderRest* rest_of(const MappedFolder& folder) const {
        const auto known = known_.find({folder.source, folder.destination});
        const auto* here = folders_->status_at_source(folder.source);
        const auto* there = folders_->status_there(folder.destination);
        const bool can_rest = pass_.state.tells_changes && folder.selectable && !folder.merged && known != known_.end();
        if (!can_rest || !here || !there || !is_at_rest(known->second, *here, *there, pass_.state.rest_options)) return nullptr;
        return &known->second.cursor.rest;
    }

    FolderReport report_rest(const MappedFolder& folder, const FolderRest& rest) {
        auto report = report_of(folder);
        auto& counters = report.counters;
        counters.folders_done = 1;
        counters.messages_total = rest.source_messages;
        counters.bytes_total = rest.source_bytes;
        counters.messages_matched = rest.source_messages - rest.removed;
        counters.messages_foreign = rest.foreign;
        pass_.report.counters += counters;
        if (rest.removed > 0) pass_.count_skipped(report, SkipReason::removed_at_destination, rest.removed);
        return report;
    }

    // One at a time where what is done with a folder depends on the folders before it.
    std::size_t most_lanes() {
        const bool twins = std::ranges::any_of(map().folders, [](const auto& folder) { return !folder.case_twin.empty(); });
        return twins || options().skipcrossduplicates ? 1 : pass_.request.limits.connections;
    }

    // What one lane does, until nothing is left to be begun.
    Awaitable<void> work_on(Pass& lane) {
        while (!lane.ending() && !lane.retired) {
            if (const auto next = work_->begin()) {
                auto done = co_await one_folder(lane, map().folders[*next], work_->reports[*next].emplace());
                if (!done) pass_.crew.fail(done.error());
                work_->end(*next);
            } else if (auto* copy = pass_.crew.to_help()) {
                if (!co_await copy->help(lane)) break;
            } else if (work_->all_done()) {
                break;
            } else {
                co_await pass_.crew.wait();
            }
        }
    }

    Awaitable<Result<void>> measure() {
        for (const auto& folder : map().folders) {
            if (pass_.ending()) co_return fail(ErrorKind::cancelled, Reach::account, "draining");
            auto report = report_of(folder);
            auto measured = co_await measure_folder(pass_, folder, folders_->has(folder.destination), report);
            if (!measured && (pass_.source.broken() || pass_.destination.broken())) co_return measured;
            if (!measured) report.error = measured.error();
            pass_.report.folders.push_back(std::move(report));
        }
        co_return Result<void>{};
    }

    // Nothing is known of an earlier run but that it ended without a word.
    Awaitable<Result<void>> settle_destination() {
        std::vector<std::string> names;
        for (const auto& folder : map().folders)
            if (folder.selectable && folders_->has(folder.destination)) names.push_back(folder.destination);
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

    static FolderReport report_of(const MappedFolder& folder) {
        return {.source_name = folder.source_display, .destination_name = folder.destination_display, .rule = folder.rule,
                .why = folder.why};
    }

    Awaitable<Result<void>> one_folder(Pass& lane, MappedFolder& mapped, FolderReport& report) {
        report = report_of(mapped);
        if (const auto moved = moved_.find({mapped.source, mapped.destination}); moved != moved_.end())
            report.counters.messages_moved = moved->second;
        pass_.observer.on_folder(mapped.source_display);
        auto done = co_await copy_folder(lane, mapped, report);
        report.destination_name = mapped.destination_display;
        report.rule = mapped.rule;
        report.why = mapped.why;
        if (done) {
            ++report.counters.folders_done;
            ++pass_.report.counters.folders_done;
        } else {
            report.error = done.error();
            co_await count_as_failed(lane, mapped, report);
        }
        pass_.progress();
        if (done) co_return done;
        const Error& error = done.error();
        const bool sessions_sound = !lane.source.broken() && !lane.destination.broken() && !pass_.destination.broken();
        if (error.reach > Reach::folder || !sessions_sound) co_return done;
        pass_.issue({error.kind, Reach::folder, mapped.source_display, 0, 0, error.to_string()});
        co_return Result<void>{};
    }

    // What a folder's error leaves without an outcome of its own; of one that was not listed the server says how much that is.
    Awaitable<void> count_as_failed(Pass& lane, const MappedFolder& mapped, FolderReport& report) {
        const bool over = report.error->reach > Reach::folder || lane.source.broken() || lane.destination.broken();
        if (over || !mapped.selectable || options().justfolders) co_return;
        auto& c = report.counters;
        if (c.messages_total == 0) {
            auto status = co_await imap::status(lane.source, mapped.source, "(MESSAGES)");
            if (!status) co_return;
            const auto messages = status->items.find("MESSAGES");
            if (messages == status->items.end()) co_return;
            pass_.count(c, &Counters::messages_total, messages->second);
        }
        const auto told = c.messages_matched + c.messages_copied + c.messages_skipped + c.messages_failed;
        if (c.messages_total <= told) co_return;
        pass_.count(c, &Counters::messages_failed, c.messages_total - told);
        pass_.outcome(mapped.source_display, 0, 0, Outcome::failed, name_of(report.error->kind), report.error->cause);
    }

    Awaitable<Result<void>> copy_folder(Pass& lane, MappedFolder& mapped, FolderReport& report) {
        if (options().skipemptyfolders && !mapped.exists && !folders_->has(mapped.destination)) {
            if (folders_->is_empty_at_source(mapped)) co_return Result<void>{};
            GODWIT_CO_TRY(wanted, co_await has_messages_to_copy(lane, mapped, report));
            if (!wanted) co_return Result<void>{};
        }
        if (!options().dry) {
            GODWIT_CO_CHECK(co_await folders_->make(mapped, report));
            GODWIT_CO_CHECK(co_await folders_->subscribe(mapped));
        }
        if (!mapped.selectable || options().justfolders || folders_->is_empty(mapped)) co_return Result<void>{};
        co_return co_await sync_folder(lane, mapped, report, folders_->is_empty_there(mapped));
    }

    // What is wrong with the map is known before anything is done.
    Result<void> report_map() {
        for (const auto& name : map().unknown) {
            const std::string words = fmt::format("--{} names \"{}\", which the source does not have", name.option,
                                                  printable(name.name, 100));
            if (options().strictfolders) return fail(ErrorKind::folder_missing, Reach::account, words, "folders");
            pass_.issue({ErrorKind::folder_missing, Reach::folder, printable(name.name, 100), 0, 0, words});
        }
        for (const auto& folder : map().refused) {
            Error error{ErrorKind::invalid_argument, Reach::folder, folder.reason, "folder map"};
            pass_.issue({error.kind, error.reach, folder.source_display, 0, 0, error.cause});
            pass_.report.folders.push_back({.source_name = folder.source_display, .rule = "refused", .why = folder.reason,
                                            .error = std::move(error)});
        }
        return {};
    }

    Pass& pass_;   // of the first pair of connections
    const FolderRules& rules_;
    Lanes::Open open_;
    std::map<FolderPair, LedgerPair> known_;   // where `tells_changes` may be true
    std::optional<DestinationFolders> folders_;
    std::map<FolderPair, std::uint64_t> moved_;   // copies, by the pair they belong to now
    std::optional<FolderWork> work_;
};

// The source may be gone by now.
Awaitable<Result<void>> run_undo(net::Dialer& dialer, PassState& state) {
    GODWIT_CO_TRY(destination, co_await open_account(state.context, dialer, state.request, state.rules, state.observer,
                                                     Side::destination));
    auto done = co_await undo_account(state, *destination);
    co_await destination->close();
    co_return done;
}

Awaitable<Result<void>> run_pass(RunContext& context, net::Dialer& dialer, const SyncRequest& request, Ledger& ledger,
                                 SyncObserver& observer, SyncReport& report) {
    if (same_account(request))
        co_return fail(ErrorKind::source_is_destination, Reach::account, "source and destination are the same account");
    GODWIT_CO_TRY(rules, PassRules::make(request.options));
    GODWIT_CO_TRY(folder_rules, FolderRules::make(request.options));
    observer.on_stage(Stage::connect);
    PassState state{.context = context, .request = request, .rules = rules, .ledger = ledger, .observer = observer,
                    .report = report};
    if (request.kind == PassKind::undo) co_return co_await run_undo(dialer, state);
    auto [source, destination] =
        co_await in_parallel(context.executor, open_account(context, dialer, request, rules, observer, Side::source),
                             open_account(context, dialer, request, rules, observer, Side::destination));
    Result<void> done{};
    if (!source)
        done = std::unexpected(source.error());
    else if (!destination)
        done = std::unexpected(destination.error());
    else {
        Pass pass(state, **source, **destination);
        AccountSync sync(pass, folder_rules,
                         [&](Side side, bool compressed) {
                             return open_account(context, dialer, request, rules, observer, side, compressed);
                         });
        done = co_await sync.run();
    }
    if (source && destination) {
        co_await close_both(**source, **destination);
        co_return done;
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
