#include "engine/sync/settle.h"

#include "engine/imap/commands.h"
#include "engine/sync/listing.h"

namespace godwit::sync {
namespace {

constexpr int settle_rounds = 30;
constexpr std::chrono::minutes longest_wait{10};   // however slow one answer was

// `look` gives what is there now, as a value; settled when two looks in a row are the same.
template <class Look>
Awaitable<Result<void>> until_it_stands_still(Pass& pass, Reach reach, Look look) {
    GODWIT_CO_TRY(before, co_await look());
    for (int round = 0; round < settle_rounds; ++round) {
        const auto slowest = std::min<std::chrono::steady_clock::duration>(4 * pass.slowest_append, longest_wait);
        const auto apart = std::max<std::chrono::steady_clock::duration>(pass.request.limits.settle, slowest);
        if (!co_await sleep_for(apart, pass.context.stop) || pass.ending())
            co_return fail(ErrorKind::cancelled, Reach::account, "stopped while appends in doubt settle");
        GODWIT_CO_TRY(now, co_await look());
        if (now == before) co_return Result<void>{};
        before = std::move(now);
    }
    co_return fail(ErrorKind::timeout, reach, "appends in doubt keep arriving", "settle");
}

}  // namespace

// Selected anew for each look: Mailutils does not show messages that arrived in the second in which a folder was opened,
// whatever is asked, until it is opened again.
Awaitable<Result<void>> settle_folder(Pass& pass, const std::string& folder, std::uint32_t watermark, bool read_only) {
    const auto look = [&]() -> Awaitable<Result<std::vector<std::uint32_t>>> {
        GODWIT_CO_CHECK(co_await imap::select(pass.destination, folder, read_only));
        co_return co_await list_uids_above(pass.destination, watermark);
    };
    co_return co_await until_it_stands_still(pass, Reach::folder, look);
}

Awaitable<Result<void>> settle_account(Pass& pass, const std::vector<std::string>& folders) {
    if (folders.empty()) co_return Result<void>{};
    using Seen = std::vector<std::map<std::string, std::uint64_t>>;
    const auto look = [&]() -> Awaitable<Result<Seen>> {
        co_return co_await imap::status_of_all(pass.destination, folders, "(MESSAGES UIDNEXT)");
    };
    co_return co_await until_it_stands_still(pass, Reach::account, look);
}

}  // namespace godwit::sync
