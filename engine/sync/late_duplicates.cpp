#include "engine/sync/late_duplicates.h"

#include <algorithm>

namespace godwit::sync {
namespace {

bool may_be_copy(const Doubted& doubted, const Unexplained& copy) {
    return doubted.destination_uid != 0 && doubted.intent.doubts > 0 && copy.key_hash == doubted.intent.key_hash;
}

// Those whose bodies have to be read: copies that the key suspects, and what they may be copies of.
std::vector<std::uint32_t> to_be_read(const std::vector<Doubted>& doubted, const std::vector<Unexplained>& unexplained) {
    std::vector<std::uint32_t> uids;
    for (const auto& known : doubted)
        for (const auto& copy : unexplained)
            if (may_be_copy(known, copy)) uids.insert(uids.end(), {copy.uid, known.destination_uid});
    return uids;
}

// The copies that tell the same digest as the one whose receipt we hold, no more than there are doubts; taken out of
// `unexplained`, so that each is the copy of one.
imap::UidSet take_equal(const Doubted& known, const std::map<std::uint32_t, BodyDigest>& digests,
                        std::vector<Unexplained>& unexplained) {
    imap::UidSet equal;
    const auto ours = digests.find(known.destination_uid);
    std::erase_if(unexplained, [&](const Unexplained& copy) {
        if (!may_be_copy(known, copy) || equal.size() >= known.intent.doubts) return false;
        const auto found = digests.find(copy.uid);
        const bool same = ours != digests.end() && found != digests.end() && found->second == ours->second;
        if (same) equal.add(copy.uid);
        return same;
    });
    return equal;
}

// The doubts that are left stay in the ledger, closed.
Awaitable<Result<void>> write_down(Pass& pass, const FolderPair& pair, const std::vector<LedgerIntent>& intents) {
    GODWIT_CO_CHECK(co_await pass.ledger.intend(pair, intents));
    std::vector<std::uint32_t> resolved;
    for (const auto& intent : intents)
        if (intent.doubts == 0) resolved.push_back(intent.source_uid);
    co_return co_await pass.ledger.withdraw(pair, resolved);
}

}  // namespace

Awaitable<Result<imap::UidSet>> remove_late_duplicates(Pass& pass, const FolderPair& pair, const std::string& display_name,
                                                       std::vector<Doubted>& doubted,
                                                       std::vector<Unexplained> unexplained) {
    const bool removable = pass.destination.has("UIDPLUS") || pass.destination.has("IMAP4REV2");
    imap::UidSet removed;
    std::vector<LedgerIntent> intents;
    auto uids = to_be_read(doubted, unexplained);
    if (uids.empty()) co_return removed;
    GODWIT_CO_TRY(digests, co_await fetch_digests(pass.destination, std::move(uids)));
    for (auto& known : doubted) {
        const auto equal = take_equal(known, digests, unexplained);
        if (equal.empty()) continue;
        if (!removable) {
            pass.issue({ErrorKind::late_duplicate, Reach::message, display_name, known.intent.source_uid, known.intent.size,
                        fmt::format("a copy that arrived late stands twice at the destination (UID {}); the server has no "
                                    "UIDPLUS to remove one",
                                    equal.to_string())});
            continue;
        }
        for (const auto& range : equal.ranges()) removed.add(range.first, range.last);
        known.intent.doubts -= static_cast<std::uint32_t>(equal.size());
        known.intent.open = false;
        intents.push_back(known.intent);
    }
    if (removed.empty()) co_return removed;
    GODWIT_CO_CHECK(co_await imap::uid_remove(pass.destination, removed));
    GODWIT_CO_CHECK(co_await write_down(pass, pair, intents));
    co_return removed;
}

}  // namespace godwit::sync
