#include "engine/sync/folder_sync.h"

#include "engine/base/in_parallel.h"
#include "engine/sync/transfer.h"

namespace godwit::sync {
namespace {

constexpr int settle_rounds = 30;
constexpr int listing_rounds = 5;

struct Opened {
    imap::SelectedFolder source, destination;
    FolderListing source_list, destination_list;
    LedgerFolder ledger;
    FolderCursor cursor;
};

// Appends of an earlier pass may still be on their way into the folder: two listings above the watermark, far enough
// apart, must agree before anything is appended again.
Awaitable<Result<void>> settle_in_doubt(Pass& pass, std::uint32_t watermark) {
    const auto apart = std::max<std::chrono::steady_clock::duration>(pass.request.limits.settle, 4 * pass.slowest_append);
    GODWIT_CO_TRY(before, co_await list_uids_above(pass.destination, watermark));
    for (int round = 0; round < settle_rounds; ++round) {
        if (!co_await sleep_for(apart, pass.context.stop) || pass.context.draining())
            co_return fail(ErrorKind::cancelled, Reach::account, "stopped while appends in doubt settle");
        GODWIT_CO_CHECK(co_await imap::noop(pass.destination));
        GODWIT_CO_TRY(now, co_await list_uids_above(pass.destination, watermark));
        if (now == before) co_return Result<void>{};
        before = std::move(now);
    }
    co_return fail(ErrorKind::timeout, Reach::folder, "appends in doubt keep arriving", "settle");
}

// Whether the ledger still speaks of the folders that are there.
bool believed(const FolderCursor& known, const Opened& opened) {
    return known.source_uidvalidity == opened.source.uidvalidity.value &&
           known.destination_uidvalidity == opened.destination.uidvalidity.value &&
           known.source_uidnext <= opened.source.uidnext && known.watermark < opened.destination.uidnext;
}

Awaitable<Result<void>> consult_ledger(Pass& pass, const FolderPair& pair, Opened& opened) {
    GODWIT_CO_TRY(known, co_await pass.ledger.load(pair));
    const bool fresh = known.entries.empty() && known.intents.empty() && known.cursor == FolderCursor{};
    if (!known.intents.empty()) GODWIT_CO_CHECK(co_await settle_in_doubt(pass, 0));
    if (!fresh && !believed(known.cursor, opened)) {
        GODWIT_CO_CHECK(co_await pass.ledger.forget(pair));
        known = {};
    }
    opened.ledger = std::move(known);
    co_return Result<void>{};
}

// A listing that is shorter than the folder is no listing: a partial one never looks like an empty folder. Messages that
// arrive while it runs raise EXISTS, so it is taken again.
Awaitable<Result<FolderListing>> list_whole(imap::Session& session, Side side, bool with_keys) {
    std::size_t listed = 0;
    for (int round = 0; round < listing_rounds; ++round) {
        GODWIT_CO_TRY(listing, co_await list_folder(session, 1, with_keys));
        listed = listing.messages.size();
        if (listed >= session.exists()) co_return listing;
        GODWIT_CO_CHECK(co_await imap::noop(session));   // hears of messages that have gone meanwhile
    }
    co_return fail(ErrorKind::protocol_error, Reach::folder,
                   fmt::format("listed {} of {} messages of the {}", listed, session.exists(), name_of(side)), "UID FETCH");
}

Awaitable<Result<void>> open_and_list(Pass& pass, const MappedFolder& mapped, const FolderPair& pair, Opened& opened) {
    const bool there = mapped.exists || !pass.request.options.dry_run;
    auto source_selected = imap::select(pass.source, mapped.source, true);
    if (there) {
        auto [source, destination] = co_await in_parallel(pass.context.executor, std::move(source_selected),
                                                          imap::select(pass.destination, mapped.destination, false));
        if (!source) co_return std::unexpected(source.error());
        if (!destination) co_return std::unexpected(destination.error());
        opened.source = std::move(*source);
        opened.destination = std::move(*destination);
        GODWIT_CO_CHECK(co_await consult_ledger(pass, pair, opened));
    } else {
        GODWIT_CO_TRY(source, co_await std::move(source_selected));
        opened.source = std::move(source);
    }
    // Settling may have shown more: the count is the latest one heard.
    const bool compare = there && pass.destination.exists() > 0;
    if (!compare) {
        GODWIT_CO_TRY(source, co_await list_whole(pass.source, Side::source, false));
        opened.source_list = std::move(source);
        co_return Result<void>{};
    }
    auto [source, destination] =
        co_await in_parallel(pass.context.executor, list_whole(pass.source, Side::source, true),
                             list_whole(pass.destination, Side::destination, true));
    if (!source) co_return std::unexpected(source.error());
    if (!destination) co_return std::unexpected(destination.error());
    opened.source_list = std::move(*source);
    opened.destination_list = std::move(*destination);
    co_return Result<void>{};
}

FolderCursor cursor_of(const Opened& opened) {
    FolderCursor cursor;
    cursor.source_uidvalidity = opened.source.uidvalidity.value;
    cursor.source_highestmodseq = opened.source.highestmodseq.value;
    cursor.destination_uidvalidity = opened.destination.uidvalidity.value;
    if (!opened.destination_list.messages.empty()) cursor.watermark = opened.destination_list.messages.back().uid;
    return cursor;
}

// Matches that the ledger does not hold yet.
std::vector<LedgerEntry> new_matches(const Opened& opened, const FolderPlan& plan) {
    std::vector<LedgerEntry> entries;
    for (const auto& [from, to] : plan.matched) {
        const auto& message = opened.source_list.messages[from];
        LedgerEntry entry{message.uid, opened.destination_list.messages[to].uid, Provenance::matched,
                          flag_bits(opened.source_list.flags.at(message.flags)), message.key.hash()};
        const auto& known = opened.ledger.entries;
        const auto place = std::ranges::lower_bound(known, entry.source_uid, {}, &LedgerEntry::source_uid);
        if (place != known.end() && place->source_uid == entry.source_uid) {
            entry.provenance = place->provenance;
            if (*place == entry) continue;
        }
        entries.push_back(entry);
    }
    return entries;
}

// Flags of messages that are there, one STORE for each set of flags.
Awaitable<Result<void>> update_flags(Pass& pass, const Opened& opened, const FolderPlan& plan, Counters& counters) {
    std::map<std::vector<std::string>, std::vector<std::uint32_t>> by_flags;
    for (const auto& [from, to] : plan.reflag) {
        const auto& message = opened.source_list.messages[from];
        by_flags[storable_flags(opened.source_list.flags.at(message.flags), opened.destination)].push_back(
            opened.destination_list.messages[to].uid);
    }
    for (auto& [flags, uids] : by_flags) {
        if (pass.context.draining()) co_return fail(ErrorKind::cancelled, Reach::account, "draining");
        const std::size_t count = uids.size();
        GODWIT_CO_CHECK(co_await imap::uid_store_flags(pass.destination, imap::UidSet::of(std::move(uids)), flags));
        counters.flags_updated += count;
        pass.report.counters.flags_updated += count;
        pass.progress();
    }
    co_return Result<void>{};
}

void count_plan(Pass& pass, const Opened& opened, const FolderPlan& plan, Counters& counters) {
    Counters planned;
    planned.messages_total = opened.source_list.messages.size();
    for (const auto& message : opened.source_list.messages) planned.bytes_total += message.size;
    planned.messages_matched = plan.matched.size();
    planned.messages_skipped = plan.skipped.size();
    planned.messages_foreign = plan.foreign;
    counters += planned;
    pass.report.counters += planned;
    pass.progress();
}

}  // namespace

Awaitable<Result<void>> sync_folder(Pass& pass, const MappedFolder& mapped, FolderReport& folder) {
    const FolderPair pair{mapped.source, mapped.destination};
    Opened opened;
    GODWIT_CO_CHECK(co_await open_and_list(pass, mapped, pair, opened));
    const auto plan =
        plan_folder(opened.source_list, opened.destination_list, opened.destination, pass.request.options);
    count_plan(pass, opened, plan, folder.counters);
    if (pass.request.options.dry_run) co_return Result<void>{};

    opened.cursor = cursor_of(opened);
    if (const auto matches = new_matches(opened, plan); !matches.empty())
        GODWIT_CO_CHECK(co_await pass.ledger.record(pair, opened.cursor, matches));
    FolderTransfer transfer(pass, pair, mapped.source_display, opened.source_list, opened.destination, opened.cursor,
                            folder.counters);
    GODWIT_CO_CHECK(co_await transfer.run(plan.copy));
    GODWIT_CO_CHECK(co_await update_flags(pass, opened, plan, folder.counters));
    opened.cursor.source_uidnext = opened.source.uidnext;
    co_return co_await pass.ledger.finish(pair, opened.cursor, {});
}

}  // namespace godwit::sync
