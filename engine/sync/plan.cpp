#include "engine/sync/plan.h"

#include "engine/base/text.h"

namespace godwit::sync {
namespace {

using Index = std::uint32_t;

// Indexes of `listing` ordered by key, then by place in the folder.
std::vector<Index> by_key(const FolderListing& listing) {
    std::vector<Index> order(listing.messages.size());
    for (Index i = 0; i < order.size(); ++i) order[i] = i;
    std::ranges::sort(order, [&](Index a, Index b) {
        const auto order_of_keys = listing.messages[a].key <=> listing.messages[b].key;
        return order_of_keys != 0 ? order_of_keys < 0 : a < b;
    });
    return order;
}

class Matcher {
public:
    Matcher(const FolderListing& source, const FolderListing& destination)
        : source_(source), destination_(destination), partner_(source.messages.size(), none) {}

    void match() {
        const auto left = by_key(source_), right = by_key(destination_);
        for (std::size_t i = 0, j = 0; i < left.size() && j < right.size();) {
            const auto& a = key(source_, left[i]);
            const auto& b = key(destination_, right[j]);
            if (a < b) {
                ++i;
            } else if (b < a) {
                ++j;
            } else {
                const auto i_end = group_end(source_, left, i), j_end = group_end(destination_, right, j);
                match_group({left.begin() + i, left.begin() + i_end}, {right.begin() + j, right.begin() + j_end});
                i = i_end;
                j = j_end;
            }
        }
    }

    static constexpr Index none = UINT32_MAX;
    const std::vector<Index>& partners() const { return partner_; }

private:
    static const MessageKey& key(const FolderListing& listing, Index i) { return listing.messages[i].key; }

    static std::size_t group_end(const FolderListing& listing, const std::vector<Index>& order, std::size_t begin) {
        std::size_t end = begin + 1;
        while (end < order.size() && key(listing, order[end]) == key(listing, order[begin])) ++end;
        return end;
    }

    // Rounds of falling likeness; inside a round the buckets (size, date) make it linear in the size of the group.
    void match_group(std::vector<Index> left, std::vector<Index> right) {
        for (const int wanted : {3, 2, 1, 0}) {
            if (left.empty() || right.empty()) return;
            match_round(left, right, wanted);
        }
    }

    void match_round(std::vector<Index>& left, std::vector<Index>& right, int wanted) {
        const auto bucket = [&](const ListedMessage& message) {
            return std::pair<std::uint64_t, std::int64_t>{wanted & 2 ? message.size : 0,
                                                          wanted & 1 ? message.internal_date : 0};
        };
        std::map<std::pair<std::uint64_t, std::int64_t>, std::vector<Index>> free;
        for (auto i = right.rbegin(); i != right.rend(); ++i) free[bucket(destination_.messages[*i])].push_back(*i);
        std::erase_if(left, [&](Index s) {
            auto& candidates = free[bucket(source_.messages[s])];
            if (candidates.empty()) return false;
            partner_[s] = candidates.back();
            candidates.pop_back();
            return true;
        });
        right.clear();
        for (const auto& [unused, rest] : free) right.insert(right.end(), rest.begin(), rest.end());
        std::ranges::sort(right);
    }

    const FolderListing& source_;
    const FolderListing& destination_;
    std::vector<Index> partner_;
};

}  // namespace

FolderPlan plan_folder(const FolderListing& source, const FolderListing& destination,
                       const imap::SelectedFolder& destination_folder, const SyncOptions& options) {
    FolderPlan plan;
    Matcher matcher(source, destination);
    if (!destination.messages.empty()) matcher.match();
    for (Index i = 0; i < source.messages.size(); ++i) {
        const auto& message = source.messages[i];
        const Index partner = matcher.partners()[i];
        if (partner == Matcher::none) {
            const bool too_big = options.max_message_bytes > 0 && message.size > options.max_message_bytes;
            (too_big ? plan.skipped : plan.copy).push_back(i);
            continue;
        }
        plan.matched.emplace_back(i, partner);
        const auto& there = destination.messages[partner];
        if (options.sync_flags &&
            storable_flags(source.flags.at(message.flags), destination_folder) != destination.flags.at(there.flags))
            plan.reflag.emplace_back(i, partner);
    }
    plan.foreign = destination.messages.size() - plan.matched.size();
    return plan;
}

std::vector<std::string> storable_flags(const std::vector<std::string>& flags, const imap::SelectedFolder& destination) {
    std::vector<std::string> kept;
    for (const auto& flag : flags) {
        if (!imap::is_sendable_flag(flag)) continue;
        const bool keyword = !flag.starts_with('\\');
        const bool known = std::ranges::any_of(destination.permanent_flags,
                                               [&](const auto& known) { return equals_ignoring_case(known, flag); });
        if (known || (keyword && destination.new_keywords)) kept.push_back(flag);
    }
    return kept;
}

}  // namespace godwit::sync
