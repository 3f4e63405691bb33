#include "engine/sync/match.h"

#include <algorithm>
#include <bit>
#include <map>
#include <numeric>
#include <ranges>
#include <tuple>

namespace godwit::sync {
namespace {

// Keys are digests: their first bits spread them over buckets of about this size, which are then sorted one by one, near
// each other in memory.
constexpr std::size_t bucket_messages = 16;

std::size_t end_of_group(const FolderListing& listing, const Indexes& by_key, std::size_t begin) {
    std::size_t end = begin + 1;
    while (end < by_key.size() && listing.key(by_key[end]) == listing.key(by_key[begin])) ++end;
    return end;
}

// Calls `visit` for each key that both sides have.
template <class Visit>
void each_common_group(const Candidates& source, const Candidates& destination, Visit visit) {
    const Indexes &left = source.by_key(), &right = destination.by_key();
    for (std::size_t i = 0, j = 0; i < left.size() && j < right.size();) {
        const auto keys = source.listing().key(left[i]) <=> destination.listing().key(right[j]);
        const auto i_end = end_of_group(source.listing(), left, i), j_end = end_of_group(destination.listing(), right, j);
        if (keys == 0) visit(std::span(left).subspan(i, i_end - i), std::span(right).subspan(j, j_end - j));
        if (keys <= 0) i = i_end;
        if (keys >= 0) j = j_end;
    }
}

// By source index: neither size nor date of its partner are its own.
std::vector<bool> odd_pairs(const FolderListing& source, const FolderListing& destination, std::span<const Pair> pairs) {
    std::vector<bool> odd(source.messages.size());
    for (const auto& [from, to] : pairs) {
        const auto &one = source.messages[from], &other = destination.messages[to];
        odd[from] = one.size != other.size && one.internal_date != other.internal_date;
    }
    return odd;
}

BodyDigest known_digest(const std::unordered_map<Index, BodyDigest>& digests, Index i) {
    const auto found = digests.find(i);
    return found == digests.end() ? 0 : found->second;
}

constexpr std::size_t most_compared = 4096;   // pairs of one group whose sizes are held against each other

// One group of equal keys.
class Group {
public:
    Group(const FolderListing& source, const FolderListing& destination, const Digests& digests, Pairs& pairs)
        : source_(source), destination_(destination), digests_(digests), pairs_(pairs) {}

    void match(std::span<const Index> left, std::span<const Index> right, bool keeps) {
        // Without digests nothing keeps one and one apart: nearly every group of nearly every folder.
        if (left.size() == 1 && right.size() == 1 && digests_.source.empty())
            pairs_.emplace_back(left.front(), right.front());
        else
            match_some({left.begin(), left.end()}, {right.begin(), right.end()}, keeps);
    }

private:
    void match_some(Indexes left, Indexes right, bool keeps) {
        if (!digests_.source.empty()) {
            // Messages without a body and without the usual fields share their digest.
            by_digest(left, right, ~BodyDigest{0}, size_and_date);
            by_digest_and_nearest_size(left, right);
            by_digest(left, right, ~BodyDigest{0}, nothing);
            by_digest(left, right, ~BodyDigest{0} << 32, nothing);
        }
        if (!keeps || digests_.source.empty()) return rounds(left, right, {size_and_date, size_only, date_only, nothing});
        // Known bodies that differ are no pair but for the date: a message that the server altered keeps that.
        rounds(left, right, {size_and_date, date_only});
        Indexes left_known = split_known(left, digests_.source), right_known = split_known(right, digests_.destination);
        rounds(left_known, right, {size_only, nothing});
        right.insert(right.end(), right_known.begin(), right_known.end());
        std::ranges::sort(right);
        rounds(left, right, {size_only, nothing});
    }

    struct Likeness {
        bool size, date;
    };
    static constexpr Likeness size_and_date{true, true}, size_only{true, false}, date_only{false, true}, nothing{false, false};

    // Moves those with a known digest out.
    static Indexes split_known(Indexes& from, const std::unordered_map<Index, BodyDigest>& digests) {
        Indexes known;
        std::erase_if(from, [&](Index i) {
            const bool is_known = known_digest(digests, i) != 0;
            if (is_known) known.push_back(i);
            return is_known;
        });
        return known;
    }

    void rounds(Indexes& left, Indexes& right, std::initializer_list<Likeness> wanted) {
        for (const auto likeness : wanted) {
            pair_up(left, right, [&](Index i) { return std::optional(alike(source_, i, likeness)); },
                    [&](Index i) { return std::optional(alike(destination_, i, likeness)); });
        }
    }

    using Alike = std::pair<std::uint64_t, std::int64_t>;
    static Alike alike(const FolderListing& listing, Index i, Likeness likeness) {
        const auto& message = listing.messages[i];
        return {likeness.size ? message.size : 0, likeness.date ? message.internal_date : 0};
    }

    void by_digest(Indexes& left, Indexes& right, BodyDigest mask, Likeness likeness) {
        const auto bucket = [&](const FolderListing& listing, const std::unordered_map<Index, BodyDigest>& digests, Index i) {
            const auto digest = known_digest(digests, i);
            return digest == 0 ? std::nullopt : std::optional(std::pair(digest & mask, alike(listing, i, likeness)));
        };
        pair_up(left, right, [&](Index i) { return bucket(source_, digests_.source, i); },
                [&](Index i) { return bucket(destination_, digests_.destination, i); });
    }

    // Servers add a line end or a blank: of equal digests those go together whose sizes differ least. Only where there are few.
    void by_digest_and_nearest_size(Indexes& left, Indexes& right) {
        if (left.size() * right.size() > most_compared) return;
        std::vector<std::tuple<std::uint64_t, Index, Index>> near;
        for (const Index i : left)
            for (const Index j : right) {
                const auto digest = known_digest(digests_.source, i);
                if (digest == 0 || digest != known_digest(digests_.destination, j)) continue;
                const auto one = source_.messages[i].size, other = destination_.messages[j].size;
                near.emplace_back(one > other ? one - other : other - one, i, j);
            }
        std::ranges::sort(near);
        for (const auto& [difference, i, j] : near) {
            const auto from = std::ranges::find(left, i), to = std::ranges::find(right, j);
            if (from == left.end() || to == right.end()) continue;
            pairs_.emplace_back(i, j);
            left.erase(from);
            right.erase(to);
        }
    }

    // Those whose buckets are the same, in order; linear in the size of the group but for the map.
    template <class LeftBucket, class RightBucket>
    void pair_up(Indexes& left, Indexes& right, LeftBucket left_bucket, RightBucket right_bucket) {
        if (left.empty() || right.empty()) return;
        using Key = typename std::invoke_result_t<LeftBucket, Index>::value_type;
        std::map<Key, Indexes> free;
        Indexes without;
        for (auto i = right.rbegin(); i != right.rend(); ++i) {
            const auto bucket = right_bucket(*i);
            (bucket ? free[*bucket] : without).push_back(*i);
        }
        std::erase_if(left, [&](Index i) {
            const auto bucket = left_bucket(i);
            const auto found = bucket ? free.find(*bucket) : free.end();
            if (found == free.end() || found->second.empty()) return false;
            pairs_.emplace_back(i, found->second.back());
            found->second.pop_back();
            return true;
        });
        right = std::move(without);
        for (const auto& [unused, rest] : free) right.insert(right.end(), rest.begin(), rest.end());
        std::ranges::sort(right);
    }

    const FolderListing& source_;
    const FolderListing& destination_;
    const Digests& digests_;
    Pairs& pairs_;
};

}  // namespace

Candidates::Candidates(const FolderListing& listing, std::span<const Index> indexes) : listing_(listing) {
    const auto bits = std::bit_width(indexes.size() / bucket_messages | 1);
    const auto bucket_of = [&](Index i) { return static_cast<std::size_t>(listing.key(i).words[0] >> (64 - bits)); };
    const auto keyed = [&](Index i) { return listing.key(i) != MessageKey{}; };
    std::vector<std::uint32_t> ends(std::size_t{1} << bits);
    for (const Index i : indexes)
        if (keyed(i)) ++ends[bucket_of(i)];
    std::partial_sum(ends.begin(), ends.end(), ends.begin());
    by_key_.resize(ends.back());
    auto begins = ends;
    for (const Index i : std::views::reverse(indexes))
        if (keyed(i)) by_key_[--begins[bucket_of(i)]] = i;
    for (std::size_t bucket = 0; bucket < ends.size(); ++bucket)
        std::sort(by_key_.begin() + begins[bucket], by_key_.begin() + ends[bucket], [&](Index a, Index b) {
            const auto keys = listing.key(a) <=> listing.key(b);
            return keys != 0 ? keys < 0 : a < b;
        });
}

bool keeps_sizes_and_dates(const FolderListing& source, const FolderListing& destination, const Pairs& pairs,
                           const Pairs& more) {
    std::size_t kept = 0, odd = 0;
    for (const auto* some : {&pairs, &more})
        for (const auto& [from, to] : *some) {
            const bool size = source.messages[from].size == destination.messages[to].size;
            const bool date = source.messages[from].internal_date == destination.messages[to].internal_date;
            kept += size && date;
            odd += !size && !date;
        }
    return kept > 0 && kept >= odd;
}

Pairs match_by_key(const Candidates& source, const Candidates& destination, const Digests& digests, bool keeps) {
    Pairs pairs;
    pairs.reserve(std::min(source.by_key().size(), destination.by_key().size()));
    Group group(source.listing(), destination.listing(), digests, pairs);
    each_common_group(source, destination, [&](std::span<const Index> left, std::span<const Index> right) {
        group.match(left, right, keeps);
    });
    std::ranges::sort(pairs);
    return pairs;
}

WorthReading worth_reading(const Candidates& source, const Candidates& destination, const Pairs& pairs, bool keeps) {
    WorthReading worth;
    const auto odd = odd_pairs(source.listing(), destination.listing(), keeps ? std::span(pairs) : std::span<const Pair>{});
    const bool all_paired = pairs.size() == source.by_key().size();
    if (all_paired && std::ranges::find(odd, true) == odd.end()) return worth;
    each_common_group(source, destination, [&](std::span<const Index> left, std::span<const Index> right) {
        const bool contested = left.size() > right.size();
        if (!contested && std::ranges::none_of(left, [&](Index i) { return odd[i]; })) return;
        worth.source.insert(worth.source.end(), left.begin(), left.end());
        worth.destination.insert(worth.destination.end(), right.begin(), right.end());
    });
    return worth;
}

}  // namespace godwit::sync
