#include "engine/sync/flag_sync.h"

#include <algorithm>

#include "engine/sync/plan.h"

namespace godwit::sync {
namespace {

imap::UidSet uids_of(const std::vector<FlagWish>& wishes) {
    std::vector<std::uint32_t> uids;
    for (const auto& wish : wishes) uids.push_back(wish.destination_uid);
    std::ranges::sort(uids);
    return imap::UidSet::of(std::move(uids));
}

std::string joined(const std::vector<std::string>& flags) {
    std::string text;
    for (const auto& flag : flags) text += (text.empty() ? "" : " ") + flag;
    return text;
}

}  // namespace

Awaitable<Result<void>> FlagSync::set(const std::vector<FlagWish>& wishes, imap::StoreMode mode) {
    std::map<std::vector<std::string>, std::vector<FlagWish>> by_flags;
    for (const auto& wish : wishes) by_flags[storable_flags(*wish.flags, destination_)].push_back(wish);
    for (const auto& [flags, alike] : by_flags) {
        if (pass_.ending()) co_return fail(ErrorKind::cancelled, Reach::account, "draining");
        GODWIT_CO_CHECK(co_await store(alike, flags, mode));
    }
    co_return Result<void>{};
}

// All flags at once; where they are refused, one by one.
Awaitable<Result<void>> FlagSync::store(const std::vector<FlagWish>& wishes, const std::vector<std::string>& flags,
                                        imap::StoreMode mode) {
    const auto uids = uids_of(wishes);
    auto stored = co_await imap::uid_store_flags(pass_.destination, uids, flags, mode);
    if (stored) co_return stored;
    if (pass_.destination.broken()) co_return stored;
    std::vector<std::string> kept, refused_flags;
    std::string words = stored.error().cause;
    for (const auto& flag : flags) {
        auto one = co_await imap::uid_store_flags(pass_.destination, uids, std::span(&flag, 1), imap::StoreMode::add);
        if (!one && pass_.destination.broken()) co_return one;
        if (!one) words = one.error().cause;
        (one ? kept : refused_flags).push_back(flag);
    }
    if (mode == imap::StoreMode::replace) {
        auto replaced = co_await imap::uid_store_flags(pass_.destination, uids, kept, mode);
        if (!replaced && pass_.destination.broken()) co_return replaced;
    }
    for (const auto& wish : wishes) refused(wish, joined(refused_flags) + ": " + words);
    co_return Result<void>{};
}

void FlagSync::refused(const FlagWish& wish, const std::string& words) {
    if (refused_.insert(wish.destination_uid).second)
        pass_.issue({ErrorKind::flags_refused, Reach::message, display_name_, wish.source_uid, 0, words});
}

bool FlagSync::is_unfulfilled(const FlagWish& wish, const FlaggedUids& listed) const {
    const auto place = std::ranges::lower_bound(listed.uids, wish.destination_uid);
    if (place == listed.uids.end() || *place != wish.destination_uid) return false;
    const auto& there = listed.table.at(listed.flags[static_cast<std::size_t>(place - listed.uids.begin())]);
    return there != *wish.flags && storable_flags(there, destination_) != storable_flags(*wish.flags, destination_);
}

std::vector<FlagWish> FlagSync::unfulfilled(const std::vector<FlagWish>& wishes, const FlaggedUids& listed) const {
    std::vector<FlagWish> out;
    std::ranges::copy_if(wishes, std::back_inserter(out), [&](const auto& wish) { return is_unfulfilled(wish, listed); });
    return out;
}

// Those that are the messages they are taken for.
Awaitable<Result<std::vector<FlagWish>>> FlagSync::known_by_key(std::vector<FlagWish> wishes) {
    std::ranges::sort(wishes, {}, &FlagWish::destination_uid);
    FolderListing there;
    std::vector<std::uint32_t> all;
    for (const auto& wish : wishes) {
        if (!there.messages.empty() && there.messages.back().uid == wish.destination_uid) continue;
        all.push_back(static_cast<std::uint32_t>(there.messages.size()));
        there.messages.push_back({.uid = wish.destination_uid});
    }
    GODWIT_CO_CHECK(co_await fetch_keys(pass_.destination, there, all, pass_.keys()));
    std::erase_if(wishes, [&](const FlagWish& wish) {
        const auto index = index_of(there, wish.destination_uid);
        return !index || there.key(*index) != wish.key;
    });
    co_return wishes;
}

Awaitable<Result<void>> FlagSync::set_right(const std::vector<FlagWish>& wishes, const FlaggedUids& listed) {
    const auto wrong = unfulfilled(wishes, listed);
    if (wrong.empty()) co_return Result<void>{};
    GODWIT_CO_TRY(ours, co_await known_by_key(wrong));
    GODWIT_CO_CHECK(co_await set(ours, imap::StoreMode::replace));
    const auto first = std::ranges::min(wrong, {}, &FlagWish::destination_uid).destination_uid;
    GODWIT_CO_TRY(again, co_await list_flags_above(pass_.destination, first - 1));
    for (const auto& wish : unfulfilled(wrong, again))
        refused(wish, joined(storable_flags(*wish.flags, destination_)) + ": the destination does not keep them");
    co_return Result<void>{};
}

}  // namespace godwit::sync
