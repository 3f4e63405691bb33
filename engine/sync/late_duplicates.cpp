#include "engine/sync/late_duplicates.h"

#include <algorithm>

namespace godwit::sync {
namespace {

// What may be a copy of a doubted message, by its key.
std::vector<std::uint32_t> suspects(const Doubted& doubted, const std::vector<Unexplained>& unexplained) {
    std::vector<std::uint32_t> uids;
    for (const auto& copy : unexplained)
        if (copy.key_hash == doubted.intent.key_hash) uids.push_back(copy.uid);
    return uids;
}

// Those of them that tell the same digest as the copy whose receipt we hold, no more than there are doubts.
Awaitable<Result<imap::UidSet>> equal_copies(Pass& pass, const Doubted& doubted,
                                             const std::vector<std::uint32_t>& copies) {
    auto uids = copies;
    uids.push_back(doubted.destination_uid);
    GODWIT_CO_TRY(digests, co_await fetch_digests(pass.destination, uids));
    const auto ours = digests.find(doubted.destination_uid);
    imap::UidSet equal;
    for (const auto uid : copies) {
        const auto found = digests.find(uid);
        if (ours == digests.end() || found == digests.end() || found->second != ours->second) continue;
        if (equal.size() < doubted.intent.doubts) equal.add(uid);
    }
    co_return equal;
}

// The doubts that are left stay in the ledger, closed.
Awaitable<Result<void>> resolve(Pass& pass, const FolderPair& pair, LedgerIntent& intent, std::uint64_t arrived) {
    intent.doubts -= static_cast<std::uint32_t>(arrived);
    intent.open = false;
    GODWIT_CO_CHECK(co_await pass.ledger.intend(pair, std::span(&intent, 1)));
    if (intent.doubts > 0) co_return Result<void>{};
    co_return co_await pass.ledger.withdraw(pair, std::span(&intent.source_uid, 1));
}

}  // namespace

Awaitable<Result<imap::UidSet>> remove_late_duplicates(Pass& pass, const FolderPair& pair, const std::string& display_name,
                                                       std::vector<Doubted>& doubted,
                                                       std::vector<Unexplained> unexplained) {
    imap::UidSet removed;
    for (auto& known : doubted) {
        if (known.destination_uid == 0 || known.intent.doubts == 0) continue;
        const auto copies = suspects(known, unexplained);
        if (copies.empty()) continue;
        GODWIT_CO_TRY(equal, co_await equal_copies(pass, known, copies));
        if (equal.empty()) continue;
        std::erase_if(unexplained, [&](const Unexplained& copy) { return equal.contains(copy.uid); });
        if (!pass.destination.has("UIDPLUS") && !pass.destination.has("IMAP4REV2")) {
            pass.issue({ErrorKind::late_duplicate, Reach::message, display_name, known.intent.source_uid, known.intent.size,
                        fmt::format("a copy that arrived late stands twice at the destination (UID {}); the server has no "
                                    "UIDPLUS to remove one",
                                    equal.to_string())});
            continue;
        }
        GODWIT_CO_CHECK(co_await imap::uid_remove(pass.destination, equal));
        GODWIT_CO_CHECK(co_await resolve(pass, pair, known.intent, equal.size()));
        for (const auto& range : equal.ranges()) removed.add(range.first, range.last);
    }
    co_return removed;
}

}  // namespace godwit::sync
