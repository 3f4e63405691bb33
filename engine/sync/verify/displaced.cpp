#include "engine/sync/verify/displaced.h"

#include "engine/imap/commands.h"
#include "engine/imap/folder_name.h"
#include "engine/sync/listing.h"

namespace godwit::sync {
namespace {

constexpr std::size_t looked_at_at_once = 5000;

}  // namespace

void Displaced::add_gone(const Gone& gone) {
    if (gone.key_hash == 0 || !takes_more()) return say(gone);
    gone_.push_back(gone);
}

void Displaced::add_stray(const std::string& raw, const std::string& display, const Stray& stray) {
    if (strays_ >= most_strays) return say_stray(display, stray);
    ++strays_;
    auto& folder = folders_[raw];
    folder.display = display;
    folder.strays.push_back(stray);
}

Awaitable<Result<void>> Displaced::resolve(const std::vector<std::string>& unvisited) {
    for (std::size_t i = 0; i < gone_.size(); ++i) by_key_.emplace(gone_[i].key_hash, i);
    for (auto& [raw, folder] : folders_) {
        if (pass_.ending()) co_return fail(ErrorKind::cancelled, Reach::account, "draining");
        if (!by_key_.empty()) GODWIT_CO_CHECK(co_await look_among_strays(raw, folder));
        for (const auto& stray : folder.strays) {
            say_stray(folder.display, stray);
            GODWIT_CO_CHECK(co_await log_.flush_if_many());
        }
        folder.strays = {};
    }
    for (const auto& raw : unvisited) {
        if (by_key_.empty()) break;
        if (pass_.ending()) co_return fail(ErrorKind::cancelled, Reach::account, "draining");
        GODWIT_CO_CHECK(co_await look_everywhere_in(raw));
    }
    std::vector<bool> still(gone_.size());
    for (const auto& [key, i] : by_key_) still[i] = true;
    for (std::size_t i = 0; i < gone_.size(); ++i) {
        if (still[i]) say(gone_[i]);
        GODWIT_CO_CHECK(co_await log_.flush_if_many());
    }
    co_return co_await log_.flush();
}

// A folder that cannot be opened any more explains nothing; what is known of it stays said.
Awaitable<Result<void>> Displaced::look_among_strays(const std::string& raw, Folder& folder) {
    auto opened = co_await imap::select(pass_.destination, raw, true);
    if (!opened && pass_.destination.broken()) co_return std::unexpected(opened.error());
    if (!opened) co_return Result<void>{};
    std::vector<Stray> foreign;
    for (std::size_t at = 0; at < folder.strays.size(); at += looked_at_at_once) {
        const auto some = std::span(folder.strays).subspan(at, std::min(looked_at_at_once, folder.strays.size() - at));
        FolderListing listing;
        std::vector<std::uint32_t> all;
        for (const auto& stray : some) {
            all.push_back(static_cast<std::uint32_t>(listing.messages.size()));
            listing.messages.push_back({.uid = stray.uid});
        }
        GODWIT_CO_CHECK(co_await fetch_keys(pass_.destination, listing, all, pass_.keys()));
        for (const auto i : all)
            if (listing.key(i) == MessageKey{} || !claim(listing.key(i).hash(), some[i].uid, folder.display))
                foreign.push_back(some[i]);
        GODWIT_CO_CHECK(co_await log_.flush_if_many());
    }
    folder.strays = std::move(foreign);
    co_return Result<void>{};
}

Awaitable<Result<void>> Displaced::look_everywhere_in(const std::string& raw) {
    auto opened = co_await imap::select(pass_.destination, raw, true);
    if (!opened && pass_.destination.broken()) co_return std::unexpected(opened.error());
    if (!opened || opened->exists == 0 || searched_ + opened->exists > most_searched) co_return Result<void>{};
    searched_ += opened->exists;
    auto listing = co_await list_whole_folder(pass_.destination, Side::destination, pass_.keys());
    if (!listing && pass_.destination.broken()) co_return std::unexpected(listing.error());
    if (!listing) co_return Result<void>{};
    const auto display = imap::display_name(raw);
    for (std::uint32_t i = 0; i < listing->messages.size(); ++i)
        if (listing->key(i) != MessageKey{}) claim(listing->key(i).hash(), listing->messages[i].uid, display);
    co_return co_await log_.flush_if_many();
}

// Whether the destination message is the copy of one that is gone; of several the first.
bool Displaced::claim(std::uint64_t key_hash, std::uint32_t uid, const std::string& display) {
    const auto [first, last] = by_key_.equal_range(key_hash);
    if (first == last) return false;
    const auto earliest = std::min_element(first, last, [](const auto& a, const auto& b) { return a.second < b.second; });
    const auto& gone = gone_[earliest->second];
    log_.add({FindingKind::moved_at_destination, names_[gone.folder].first, display, gone.uid, uid, gone.size,
              fmt::format("its copy was moved to \"{}\"", display)});
    by_key_.erase(earliest);
    return true;
}

void Displaced::say(const Gone& gone) {
    const auto& [source, destination] = names_[gone.folder];
    const bool removed = gone.kind == FindingKind::removed_at_destination;
    log_.add({gone.kind, source, destination, gone.uid, gone.destination_uid, gone.size,
              removed ? "its copy was removed at the destination" : ""});
}

void Displaced::say_stray(const std::string& display, const Stray& stray) {
    log_.add({FindingKind::extra, display, display, 0, stray.uid, stray.size, {}});
}

}  // namespace godwit::sync
