#include "engine/sync/finding.h"

#include <algorithm>

namespace godwit::sync {
namespace {

constexpr std::array<std::string_view, finding_kinds> names{
    "missing",    "refused",        "skipped",                "extra",
    "altered",    "flags_differ",   "date_differs",           "removed_at_destination",
    "moved_at_destination", "filtered", "unreadable",         "folder_missing",
    "removed",    "flags_restored", "folder_dropped",         "left"};

}  // namespace

std::string_view name_of(FindingKind kind) { return names[static_cast<std::size_t>(kind)]; }

std::optional<FindingKind> finding_kind_of(std::string_view name) {
    const auto place = std::ranges::find(names, name);
    if (place == names.end()) return std::nullopt;
    return static_cast<FindingKind>(place - names.begin());
}

bool is_fault(FindingKind kind) {
    using enum FindingKind;
    return kind != skipped && kind != extra && kind != removed && kind != flags_restored && kind != folder_dropped &&
           kind != left;
}

std::uint64_t faults(const FindingCounts& counts) {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < counts.size(); ++i)
        if (is_fault(static_cast<FindingKind>(i))) sum += counts[i];
    return sum;
}

}  // namespace godwit::sync
