#include "engine/sync/open_folder.h"

namespace godwit::sync {
namespace {

// Courier's SELECT names no UIDNEXT, its STATUS does; without one the ledger could not be believed.
Awaitable<Result<imap::SelectedFolder>> with_uidnext(imap::Session& session, const std::string& name,
                                                     imap::SelectedFolder selected) {
    if (selected.uidnext != 0) co_return selected;
    const auto status = co_await imap::status(session, name, "(UIDNEXT)");
    if (!status && session.broken()) co_return std::unexpected(status.error());
    if (status)
        if (const auto found = status->items.find("UIDNEXT"); found != status->items.end() && found->second <= UINT32_MAX)
            selected.uidnext = static_cast<std::uint32_t>(found->second);
    co_return selected;
}

}  // namespace

FolderFacts facts_of(const imap::SelectedFolder& folder) {
    return {folder.uidvalidity.value, folder.uidnext, folder.highestmodseq.value};
}

Awaitable<Result<imap::SelectedFolder>> select_folder(imap::Session& session, const std::string& name, bool read_only,
                                                      bool condstore) {
    GODWIT_CO_TRY(selected, co_await imap::select(session, name, read_only, condstore));
    co_return co_await with_uidnext(session, name, std::move(selected));
}

Awaitable<Result<imap::SelectedFolder>> select_and_list(imap::Session& session, const std::string& name,
                                                        bool condstore, std::optional<FolderListing>& listing) {
    GODWIT_CO_TRY(selection, co_await imap::Selection::send(session, name, true, condstore));
    auto listed = co_await list_whole_folder(session, Side::source, std::nullopt);
    GODWIT_CO_TRY(selected, co_await selection->answer());
    if (!listed) co_return std::unexpected(listed.error());
    listing = std::move(*listed);
    co_return co_await with_uidnext(session, name, std::move(selected));
}

}  // namespace godwit::sync
