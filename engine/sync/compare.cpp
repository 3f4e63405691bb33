#include "engine/sync/compare.h"

#include <algorithm>
#include <set>

#include "engine/base/in_parallel.h"
#include "engine/base/log.h"

namespace godwit::sync {
namespace {

// Bodies are read to decide between messages of one key; more than this is a mailbox of another kind.
constexpr std::size_t bodies_read = 500;
constexpr std::uint64_t body_bytes_read = 64u << 20;

std::vector<std::uint32_t> uids_of(const FolderListing& listing, const Indexes& indexes) {
    std::vector<std::uint32_t> uids;
    for (const Index i : indexes) uids.push_back(listing.messages[i].uid);
    return uids;
}

std::uint64_t bytes_of(const FolderListing& listing, const Indexes& indexes) {
    std::uint64_t bytes = 0;
    for (const Index i : indexes) bytes += listing.messages[i].size;
    return bytes;
}

std::unordered_map<Index, BodyDigest> by_index(const FolderListing& listing, const Indexes& indexes,
                                               const std::map<std::uint32_t, BodyDigest>& by_uid) {
    std::unordered_map<Index, BodyDigest> digests;
    for (const Index i : indexes)
        if (const auto found = by_uid.find(listing.messages[i].uid); found != by_uid.end()) digests[i] = found->second;
    return digests;
}

Indexes without_key(const FolderListing& listing, const Indexes& indexes) {
    Indexes without;
    std::ranges::copy_if(indexes, std::back_inserter(without), [&](Index i) { return listing.key(i) == MessageKey{}; });
    return without;
}

// How many of `pairs`, by source index, are of a message in `indexes`, ascending.
std::size_t count_sources(const Pairs& pairs, const Indexes& indexes) {
    std::size_t count = 0;
    auto index = indexes.begin();
    for (const auto& [from, to] : pairs) {
        while (index != indexes.end() && *index < from) ++index;
        count += index != indexes.end() && *index == from;
    }
    return count;
}

class FolderComparison {
public:
    FolderComparison(Pass& pass, const LedgerFolder& ledger, bool shared, std::optional<FolderListing> source_listed)
        : pass_(pass), ledger_(ledger), shared_(shared), source_listed_(std::move(source_listed)) {}

    Awaitable<Result<Comparison>> run(bool destination_there) {
        const bool compare = destination_there && pass_.destination.exists() > 0;
        // Without a ledger every message has to be known by its key; one command is cheaper than many small ones.
        const auto keys = compare && ledger_.entries.empty() ? std::optional(pass_.keys()) : std::nullopt;
        GODWIT_CO_CHECK(co_await list(compare, keys));
        co_return co_await compare_listed(keys.has_value());
    }
    Awaitable<Result<Comparison>> run(ListedFolders listed) {
        static_cast<ListedFolders&>(out_) = std::move(listed);
        co_return co_await compare_listed(false);
    }

private:
    Awaitable<Result<Comparison>> compare_listed(bool with_keys) {
        out_.explained = explain(out_.source, out_.destination, ledger_.entries);
        gather();
        auto matched = with_keys ? co_await match(sources_) : co_await look_up();
        if (!matched) co_return std::unexpected(matched.error());
        GODWIT_CO_CHECK(co_await brake());
        drop_keys_of_found();
        co_return std::move(out_);
    }

    Awaitable<Result<void>> list(bool compare, std::optional<KeyMaker> keys) {
        if (!compare && source_listed_) {
            out_.source = std::move(*source_listed_);
            co_return Result<void>{};
        }
        if (!compare) {
            GODWIT_CO_TRY(source, co_await list_whole_folder(pass_.source, Side::source, keys));
            out_.source = std::move(source);
            co_return Result<void>{};
        }
        auto [source, destination] =
            co_await in_parallel(pass_.context.executor, list_whole_folder(pass_.source, Side::source, keys),
                                 list_whole_folder(pass_.destination, Side::destination, keys));
        if (!source) co_return std::unexpected(source.error());
        if (!destination) co_return std::unexpected(destination.error());
        out_.source = std::move(*source);
        out_.destination = std::move(*destination);
        co_return Result<void>{};
    }

    // Who may be whom: source messages without a standing copy, destination messages without an entry.
    void gather() {
        const auto& explained = out_.explained;
        sources_.reserve(explained.unledgered.size() + explained.unlocated.size() + explained.removed.size());
        for (const auto* some : {&explained.unledgered, &explained.unlocated, &explained.removed})
            sources_.insert(sources_.end(), some->begin(), some->end());
        std::ranges::sort(sources_);
        // With doubts any of them may be a late copy, also one that came between two listings of the pass before.
        const bool doubts = std::ranges::any_of(ledger_.intents, [](const auto& intent) { return intent.doubts > 0; });
        if (!sources_.empty() || doubts)
            destinations_ = explained.unexplained;
        else
            std::ranges::copy_if(explained.unexplained, std::back_inserter(destinations_), [&](Index i) { return is_new(i); });
    }

    bool is_new(Index i) const { return out_.destination.messages[i].uid > ledger_.cursor.watermark; }

    // What arrived without an explanation is most likely what was in flight: only if that does not explain all of it are
    // the headers of everything else read.
    Awaitable<Result<void>> look_up() {
        if (destinations_.empty()) co_return Result<void>{};
        GODWIT_CO_CHECK(co_await fetch_keys(pass_.destination, out_.destination, destinations_, pass_.keys()));
        Indexes in_flight;
        for (const Index i : sources_) {
            const auto* intent = find_by_source_uid(ledger_.intents, out_.source.messages[i].uid);
            if (intent && intent->open) in_flight.push_back(i);
        }
        GODWIT_CO_CHECK(co_await fetch_keys(pass_.source, out_.source, in_flight, pass_.keys()));
        GODWIT_CO_CHECK(co_await match(in_flight));
        if (out_.found.size() == destinations_.size()) co_return Result<void>{};
        set_apart_sent();
        GODWIT_CO_CHECK(co_await fetch_keys(pass_.source, out_.source, sources_, pass_.keys()));
        co_return co_await match(sources_);
    }

    // What we have sent is what arrived: a message of the same key whose copy somebody removed must not take it for its own.
    void set_apart_sent() {
        sent_ = std::move(out_.found);
        std::set<Index> from, to;
        for (const auto& [source, destination] : sent_) {
            from.insert(source);
            to.insert(destination);
        }
        std::erase_if(sources_, [&](Index i) { return from.contains(i); });
        std::erase_if(destinations_, [&](Index i) { return to.contains(i); });
    }

    Awaitable<Result<void>> match_at(KeyRung rung) {
        auto [source, destination] =
            co_await in_parallel(pass_.context.executor, fetch_keys(pass_.source, out_.source, sources_, pass_.keys_at(rung)),
                                 fetch_keys(pass_.destination, out_.destination, destinations_, pass_.keys_at(rung)));
        GODWIT_CO_CHECK(source);
        GODWIT_CO_CHECK(destination);
        co_return co_await match(sources_);
    }

    Awaitable<Result<void>> match(const Indexes& some) {
        out_.found = sent_;
        out_.unreadable.clear();
        if (destinations_.empty() || some.empty()) co_return Result<void>{};
        out_.unreadable = without_key(out_.source, some);
        GODWIT_CO_TRY(found, co_await match_messages(pass_, out_.source, some, out_.destination, destinations_,
                                                     out_.explained.known));
        out_.found.insert(out_.found.end(), found.begin(), found.end());
        std::ranges::sort(out_.found);
        std::erase_if(out_.unreadable,
                      [&](Index i) { return !std::ranges::binary_search(out_.explained.unledgered, i); });
        co_return Result<void>{};
    }

    // A destination that rewrites what keys are made of would be filled a second time. A lower rung of the ladder may
    // still know its messages; if none does, a person has to say that they are other mail.
    Awaitable<Result<void>> brake() {
        if (shared_ || !looks_wrong()) co_return Result<void>{};
        for (KeyRung rung = pass_.rung; rung < lowest_rung;) {
            GODWIT_CO_CHECK(co_await match_at(++rung));
            if (looks_wrong()) continue;
            use_rung(pass_, rung);
            co_return Result<void>{};
        }
        if (pass_.request.options.allowmismatch) co_return co_await match_at(pass_.rung);
        co_return fail(ErrorKind::identity_mismatch, Reach::account,
                       fmt::format("the destination folder holds {} messages that nobody has accounted for, and {} of them "
                                   "match a message of the source: copying could double the mailbox (--allowmismatch goes on)",
                                   unexplained(), out_.found.size()),
                       "compare");
    }

    // Their partners have the same.
    void drop_keys_of_found() {
        std::vector<bool> found(out_.destination.messages.size());
        for (const auto& [from, to] : out_.found) found[to] = true;
        KeyTable left;
        for (const Index i : out_.explained.unexplained)
            if (!found[i] && out_.destination.key(i) != MessageKey{}) left.set(i, out_.destination.key(i));
        out_.destination.keys = std::move(left);
    }

    std::size_t unexplained() const {
        return static_cast<std::size_t>(std::ranges::count_if(out_.explained.unexplained, [&](Index i) { return is_new(i); }));
    }
    bool looks_wrong() const {
        const auto matched = static_cast<std::size_t>(
            std::ranges::count_if(out_.found, [&](const auto& pair) { return is_new(pair.second); }));
        const auto& unledgered = out_.explained.unledgered;
        const auto known = count_sources(out_.found, unledgered);
        const auto messages = out_.source.messages.size() + out_.unlisted.there + out_.unlisted.removed;
        return looks_like_another_mailbox(messages, unledgered.size() - known, unexplained(), matched);
    }

    Pass& pass_;
    const LedgerFolder& ledger_;
    const bool shared_;
    std::optional<FolderListing> source_listed_;   // before it was known what to compare with
    Comparison out_;
    Indexes sources_, destinations_;
    Pairs sent_;   // found among what was in flight
};

}  // namespace

Awaitable<Result<Comparison>> compare_folder(Pass& pass, const LedgerFolder& ledger, bool destination_there, bool shared,
                                             std::optional<FolderListing> source_listed) {
    FolderComparison comparison(pass, ledger, shared, std::move(source_listed));
    co_return co_await comparison.run(destination_there);
}

Awaitable<Result<Comparison>> compare_listed(Pass& pass, const LedgerFolder& ledger, ListedFolders listed) {
    FolderComparison comparison(pass, ledger, false, {});
    co_return co_await comparison.run(std::move(listed));
}

void use_rung(Pass& pass, KeyRung rung) {
    if (rung == pass.rung) return;
    pass.rung = rung;
    log_line(LogLevel::warn, "the destination changes headers: messages are known by fewer of them",
             {{"migration", pass.context.subject}, {"key_rung", std::to_string(rung)}});
}

Awaitable<Result<void>> fetch_keys_where_missing(Pass& pass, FolderListing& source, const Indexes& indexes) {
    const Indexes missing = without_key(source, indexes);
    co_return co_await fetch_keys(pass.source, source, missing, pass.keys());
}

Awaitable<Result<Pairs>> match_messages(Pass& pass, const FolderListing& source, const Indexes& sources,
                                        const FolderListing& destination, const Indexes& destinations,
                                        const Pairs& known) {
    const Candidates left(source, sources), right(destination, destinations);
    Pairs pairs = match_by_key(left, right);
    const bool keeps = keeps_sizes_and_dates(source, destination, known, pairs);
    const auto worth = worth_reading(left, right, pairs, keeps);
    const bool few = worth.source.size() + worth.destination.size() <= bodies_read &&
                     bytes_of(source, worth.source) + bytes_of(destination, worth.destination) <= body_bytes_read;
    if (worth.source.empty() || !few) co_return pairs;
    auto [from, to] = co_await in_parallel(pass.context.executor,
                                           fetch_digests(pass.source, uids_of(source, worth.source)),
                                           fetch_digests(pass.destination, uids_of(destination, worth.destination)));
    // A body that cannot be read decides nothing; a connection that is gone ends the pass.
    if (!from && pass.source.broken()) co_return std::unexpected(from.error());
    if (!to && pass.destination.broken()) co_return std::unexpected(to.error());
    if (!from || !to) co_return pairs;
    const Digests digests{by_index(source, worth.source, *from), by_index(destination, worth.destination, *to)};
    co_return match_by_key(left, right, digests, keeps);
}

}  // namespace godwit::sync
