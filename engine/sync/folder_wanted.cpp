#include "engine/sync/folder_wanted.h"

#include "engine/sync/listing.h"
#include "engine/sync/message_facts.h"

namespace godwit::sync {
namespace {

// Whether a folder has to be listed to know what is selected of it.
bool selects_messages(const SyncOptions& options) {
    return !options.search.empty() || options.maxage || options.minage || options.maxsize > 0 || options.minsize > 0 ||
           !options.syncduplicates || options.skipcrossduplicates;
}

}  // namespace

Awaitable<Result<bool>> has_messages_to_copy(Pass& pass, const MappedFolder& mapped, FolderReport& folder) {
    if (!mapped.selectable) co_return false;
    GODWIT_CO_TRY(selected, co_await imap::select(pass.source, mapped.source, true));
    if (selected.exists == 0) co_return false;
    if (!selects_messages(pass.request.options)) co_return true;
    GODWIT_CO_TRY(listing, co_await list_whole_folder(pass.source, Side::source, std::nullopt));
    GODWIT_CO_TRY(facts, co_await message_facts(pass, mapped.source_display, mapped.destination, false, listing));
    const MessageSelection selection(pass.request.options, facts);
    std::vector<SkipReason> reasons;
    for (Index i = 0; i < listing.messages.size(); ++i) {
        const auto reason = selection.left_out(i, listing.messages[i]);
        if (!reason) co_return true;
        reasons.push_back(*reason);
    }
    for (Index i = 0; i < listing.messages.size(); ++i) {
        const auto& message = listing.messages[i];
        pass.count(folder.counters, &Counters::messages_total);
        pass.count(folder.counters, &Counters::bytes_total, message.size);
        pass.count_skipped(folder, reasons[i]);
        pass.outcome(mapped.source_display, message.uid, message.size, Outcome::skipped, name_of(reasons[i]));
    }
    co_return false;
}

}  // namespace godwit::sync
