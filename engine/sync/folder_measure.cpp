#include "engine/sync/folder_measure.h"

#include "engine/imap/commands.h"

namespace godwit::sync {
namespace {

Awaitable<Result<FolderSize>> by_listing(imap::Session& session, const std::string& folder) {
    FolderSize size;
    GODWIT_CO_TRY(selected, co_await imap::select(session, folder, true));
    size.messages = selected.exists;
    if (selected.exists == 0) co_return size;
    const auto on_fetch = [&](imap::FetchData& data) {
        if (data.size) size.bytes += *data.size;
        return data.size.has_value();
    };
    GODWIT_CO_CHECK(co_await imap::uid_fetch(session, "1:*", "(UID RFC822.SIZE)", on_fetch));
    co_return size;
}

Awaitable<Result<FolderSize>> size_of(imap::Session& session, const std::string& folder) {
    if (!session.has("STATUS=SIZE")) co_return co_await by_listing(session, folder);
    GODWIT_CO_TRY(status, co_await imap::status(session, folder, "(MESSAGES SIZE)"));
    const auto messages = status.items.find("MESSAGES"), bytes = status.items.find("SIZE");
    if (messages == status.items.end() || bytes == status.items.end()) co_return co_await by_listing(session, folder);
    co_return FolderSize{messages->second, bytes->second};
}

}  // namespace

Awaitable<Result<void>> measure_folder(Pass& pass, const MappedFolder& mapped, bool destination_there, FolderReport& report) {
    if (!mapped.selectable) co_return Result<void>{};
    GODWIT_CO_TRY(source, co_await size_of(pass.source, mapped.source));
    report.source_size = source;
    report.counters.messages_total = source.messages;
    report.counters.bytes_total = source.bytes;
    report.counters.folders_done = 1;
    pass.report.counters += report.counters;
    pass.progress();
    if (!destination_there) co_return Result<void>{};
    GODWIT_CO_TRY(destination, co_await size_of(pass.destination, mapped.destination));
    report.destination_size = destination;
    co_return Result<void>{};
}

}  // namespace godwit::sync
