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
    auto pair = pairs.begin();
    for (const Index i : all) {
        while (pair != pairs.end() && pair->first < i) ++pair;
        const bool paired = pair != pairs.end() && pair->first == i;
        if (!paired && !std::ranges::binary_search(others, i)) left.push_back(i);
    }
    return left;
}

void add_reflags(const Comparison& comparison, const Pairs& pairs, const imap::SelectedFolder& folder, Pairs& reflag) {
    for (const auto& [from, to] : pairs) {
        const auto& wanted = comparison.source.flags.at(comparison.source.messages[from].flags);
        const auto& there = comparison.destination.flags.at(comparison.destination.messages[to].flags);
        if (storable_flags(wanted, folder) != there) reflag.emplace_back(from, to);
    }
}

}  // namespace

FolderPlan plan_folder(const Comparison& comparison, const imap::SelectedFolder& destination_folder,
                       const SyncOptions& options) {
    FolderPlan plan;
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
        const auto size = comparison.source.messages[i].size;
        const bool too_big = options.maxsize > 0 && size > options.maxsize;
        (too_big ? plan.skipped : plan.copy).push_back(i);
    }
    if (options.resyncflags != ResyncFlags::off) {
        add_reflags(comparison, explained.known, destination_folder, plan.reflag);
        add_reflags(comparison, comparison.found, destination_folder, plan.reflag);
    }
    const Indexes unlocated = without(explained.unlocated, comparison.found, {});
    plan.matched = explained.known.size() + comparison.found.size() + unlocated.size();
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
        if (known || (keyword && destination.new_keywords)) kept.push_back(flag);
    }
    return kept;
}

bool looks_like_another_mailbox(std::size_t source_messages, std::size_t to_copy, std::size_t unexplained,
                                std::size_t matched) {
    const bool much = unexplained >= least_unexplained && unexplained * 2 >= source_messages && to_copy * 2 >= source_messages;
    return much && matched * 2 < unexplained;
}

}  // namespace godwit::sync
