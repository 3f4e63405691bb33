#include "engine/sync/plan.h"

#include <algorithm>

#include "engine/base/text.h"

namespace godwit::sync {
namespace {

// Fewer are no pattern: a mailbox that is new and has a welcome in it.
constexpr std::size_t least_unexplained = 10;

// Sorted `all` without the first elements of `pairs` and without `others`, both sorted.
Indexes without(const Indexes& all, const Pairs& pairs, const Indexes& others) {
    Indexes left;
    left.reserve(all.size() - std::min(all.size(), pairs.size()));
    auto pair = pairs.begin();
    for (const Index i : all) {
        while (pair != pairs.end() && pair->first < i) ++pair;
        const bool paired = pair != pairs.end() && pair->first == i;
        if (!paired && !std::ranges::binary_search(others, i)) left.push_back(i);
    }
    return left;
}

// Finds the pairs whose flags are to be set.
class Reflagging {
public:
    Reflagging(const Comparison& comparison, const imap::SelectedFolder& folder, const std::vector<LedgerEntry>& entries,
               const SyncOptions& options, const MessageSelection& selection)
        : comparison_(comparison), folder_(folder), entries_(entries), mode_(options.resyncflags), selection_(selection) {}

    void add(const Pairs& pairs, Pairs& reflag) {
        for (const auto& [from, to] : pairs)
            if (selection_.selects(comparison_.source.messages[from]) && differ(from, to)) reflag.emplace_back(from, to);
    }

private:
    bool differ(Index from, Index to) {
        const auto& message = comparison_.source.messages[from];
        if (!differ_as_sets(message.flags, comparison_.destination.messages[to].flags)) return false;
        if (mode_ == ResyncFlags::exact) return true;
        // Additive: what its owner has taken away there stays away until the source changes.
        const auto* known = find_by_source_uid(entries_, message.uid);
        return !known || known->flags != flag_bits(comparison_.source.flags.at(message.flags));
    }

    // Of two ids; many messages have few sets.
    bool differ_as_sets(std::uint32_t source, std::uint32_t destination) {
        const auto [place, fresh] = differ_.try_emplace(std::uint64_t{source} << 32 | destination);
        if (!fresh) return place->second;
        const auto wanted = storable_flags(comparison_.source.flags.at(source), folder_);
        const auto there = storable_flags(comparison_.destination.flags.at(destination), folder_);
        return place->second = mode_ == ResyncFlags::exact ? wanted != there : !std::ranges::includes(there, wanted);
    }

    const Comparison& comparison_;
    const imap::SelectedFolder& folder_;
    const std::vector<LedgerEntry>& entries_;
    ResyncFlags mode_;
    const MessageSelection& selection_;
    std::unordered_map<std::uint64_t, bool> differ_;   // differ_as_sets()
};

// The newest first: by date of arrival, then by UID.
void sort_newest_first(const FolderListing& source, Indexes& copy) {
    std::ranges::sort(copy, std::ranges::greater{}, [&](Index i) {
        return std::pair{source.messages[i].internal_date, source.messages[i].uid};
    });
}

void append_first_of(const Pairs& pairs, Indexes& indexes) {
    for (const auto& pair : pairs) indexes.push_back(pair.first);
}

}  // namespace

FolderPlan plan_folder(const Comparison& comparison, const imap::SelectedFolder& destination_folder,
                       const std::vector<LedgerEntry>& entries, const SyncOptions& options, const MessageFacts& facts) {
    FolderPlan plan;
    const MessageSelection selection(options, facts);
    const auto& explained = comparison.explained;
    Indexes wanted = without(explained.unledgered, comparison.found, comparison.unreadable);
    const Indexes removed = without(explained.removed, comparison.found, {});
    if (options.restoreremoved) {
        wanted.insert(wanted.end(), removed.begin(), removed.end());
        std::ranges::sort(wanted);
    } else {
        plan.removed = removed;
    }
    for (const Index i : wanted) {
        if (const auto reason = selection.left_out(i, comparison.source.messages[i]))
            plan.skipped.emplace_back(i, *reason);
        else
            plan.copy.push_back(i);
    }
    if (options.newestfirst) sort_newest_first(comparison.source, plan.copy);
    if (options.resyncflags != ResyncFlags::off) {
        Reflagging reflagging(comparison, destination_folder, entries, options, selection);
        reflagging.add(explained.known, plan.reflag);
        reflagging.add(comparison.found, plan.reflag);
    }
    plan.there = without(explained.unlocated, comparison.found, {});
    plan.there.reserve(plan.there.size() + explained.known.size() + comparison.found.size());
    append_first_of(explained.known, plan.there);
    append_first_of(comparison.found, plan.there);
    std::ranges::sort(plan.there);
    plan.foreign = explained.unexplained.size() - comparison.found.size();
    return plan;
}

std::vector<std::string> storable_flags(const std::vector<std::string>& flags, const imap::SelectedFolder& destination) {
    std::vector<std::string> kept;
    for (const auto& flag : flags) {
        if (!imap::is_sendable_flag(flag)) continue;
        const bool keyword = !flag.starts_with('\\');
        const bool known = std::ranges::any_of(destination.permanent_flags,
                                               [&](const auto& known) { return equals_ignoring_case(known, flag); });
        if (known || (keyword && destination.new_keywords) || destination.permanent_flags.empty()) kept.push_back(flag);
    }
    return kept;
}

bool looks_like_another_mailbox(std::size_t source_messages, std::size_t to_copy, std::size_t unexplained,
                                std::size_t matched) {
    const bool much = unexplained >= least_unexplained && unexplained * 2 >= source_messages && to_copy * 2 >= source_messages;
    return much && matched * 2 < unexplained;
}

}  // namespace godwit::sync
