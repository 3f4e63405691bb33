#include "engine/sync/message_facts.h"

#include <algorithm>
#include <numeric>

#include "engine/base/log.h"
#include "engine/sync/compare.h"
#include "engine/sync/search_keys.h"

namespace godwit::sync {
namespace {

// Key and size: two messages of one Message-ID seldom have both.
std::uint64_t identity_of(const FolderListing& listing, Index i) {
    return listing.key(i).hash() ^ (listing.messages[i].size * 0x9E3779B97F4A7C15);
}

class FactFinder {
public:
    FactFinder(Pass& pass, const std::string& display_name, FolderListing& source)
        : pass_(pass), options_(pass.request.options), display_name_(display_name), source_(source) {}

    Awaitable<Result<MessageFacts>> run(const std::string& destination, bool destination_there) {
        facts_.now = pass_.context.clock.wall();
        GODWIT_CO_CHECK(co_await search());
        if (destination_there) GODWIT_CO_CHECK(co_await ask_append_limit(destination));
        if (!options_.syncduplicates || options_.skipcrossduplicates) GODWIT_CO_CHECK(co_await key_all());
        if (!options_.syncduplicates) GODWIT_CO_CHECK(co_await find_duplicates());
        if (options_.skipcrossduplicates) find_cross_duplicates();
        co_return std::move(facts_);
    }

private:
    // A user's search stands instead of ages, as with imapsync.
    Awaitable<Result<void>> search() {
        if (source_.messages.empty()) co_return Result<void>{};
        if (!options_.search.empty()) {
            GODWIT_CO_TRY(found, co_await search_for(options_.search));
            facts_.found = std::move(found);
            co_return Result<void>{};
        }
        const auto keys = age_search(options_.maxage, options_.minage, facts_.now);
        if (keys.empty()) co_return Result<void>{};
        facts_.ages_by_arrival = !options_.abletosearch;
        if (facts_.ages_by_arrival) co_return Result<void>{};
        auto found = co_await search_for(keys);
        if (found) {
            facts_.found = std::move(*found);
        } else {
            if (pass_.source.broken()) co_return std::unexpected(found.error());
            facts_.ages_by_arrival = true;
            pass_.issue({ErrorKind::search_refused, Reach::folder, display_name_, 0, 0,
                         found.error().cause + "; ages are taken from the dates of arrival"});
        }
        co_return Result<void>{};
    }

    // Some servers search only what they have indexed: then what is listed is not all found.
    Awaitable<Result<std::vector<std::uint32_t>>> search_for(const std::string& keys) {
        GODWIT_CO_TRY(found, co_await imap::uid_search(pass_.source, keys));
        if (found.size() >= source_.messages.size()) co_return found;
        GODWIT_CO_TRY(all, co_await imap::uid_search(pass_.source, "ALL"));
        const auto missing = [&](const ListedMessage& message) { return !std::ranges::binary_search(all, message.uid); };
        if (std::ranges::none_of(source_.messages, missing)) co_return found;
        co_return fail(ErrorKind::search_refused, Reach::folder,
                       fmt::format("SEARCH ALL finds {} of {} messages", all.size(), source_.messages.size()), "UID SEARCH");
    }

    // RFC 7889: one limit for all folders, or one for each.
    Awaitable<Result<void>> ask_append_limit(const std::string& destination) {
        facts_.append_limit = options_.appendlimit;
        if (facts_.append_limit > 0) co_return Result<void>{};
        facts_.append_limit = pass_.destination.capability_number("APPENDLIMIT").value_or(0);
        if (!pass_.destination.has("APPENDLIMIT")) co_return Result<void>{};
        auto status = co_await imap::status(pass_.destination, destination, "(APPENDLIMIT)");
        if (!status && pass_.destination.broken()) co_return std::unexpected(status.error());
        if (status)
            if (const auto limit = status->items.find("APPENDLIMIT"); limit != status->items.end())
                facts_.append_limit = limit->second;
        co_return Result<void>{};
    }

    Awaitable<Result<void>> key_all() {
        Indexes all(source_.messages.size());
        std::iota(all.begin(), all.end(), Index{0});
        co_return co_await fetch_keys_where_missing(pass_, source_, all);
    }

    // Of messages with one key and size, those whose octets are the same as an earlier one's.
    Awaitable<Result<void>> find_duplicates() {
        std::map<std::uint64_t, Indexes> alike;
        for (Index i = 0; i < source_.messages.size(); ++i)
            if (source_.key(i) != MessageKey{}) alike[identity_of(source_, i)].push_back(i);
        std::vector<std::uint32_t> uids;
        for (const auto& [identity, group] : alike)
            if (group.size() > 1)
                for (const Index i : group) uids.push_back(source_.messages[i].uid);
        if (uids.empty()) co_return Result<void>{};
        GODWIT_CO_TRY(digests, co_await fetch_digests(pass_.source, std::move(uids)));
        for (const auto& [identity, group] : alike) {
            std::set<BodyDigest> seen;
            for (const Index i : group) {
                const auto digest = digests.find(source_.messages[i].uid);
                if (digest != digests.end() && !seen.insert(digest->second).second) facts_.duplicates.push_back(i);
            }
        }
        std::ranges::sort(facts_.duplicates);
        co_return Result<void>{};
    }

    void find_cross_duplicates() {
        for (Index i = 0; i < source_.messages.size(); ++i)
            if (source_.key(i) != MessageKey{} && pass_.seen_before.contains(identity_of(source_, i)))
                facts_.cross_duplicates.push_back(i);
    }

    Pass& pass_;
    const SyncOptions& options_;
    const std::string& display_name_;
    FolderListing& source_;
    MessageFacts facts_;
};

}  // namespace

Awaitable<Result<MessageFacts>> message_facts(Pass& pass, const std::string& display_name, const std::string& destination,
                                              bool destination_there, FolderListing& source) {
    FactFinder finder(pass, display_name, source);
    co_return co_await finder.run(destination, destination_there);
}

void remember_for_later_folders(Pass& pass, const FolderListing& listing, Index index) {
    if (pass.request.options.skipcrossduplicates && listing.key(index) != MessageKey{})
        pass.seen_before.insert(identity_of(listing, index));
}

}  // namespace godwit::sync
