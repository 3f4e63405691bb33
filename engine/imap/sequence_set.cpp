#include "engine/imap/sequence_set.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <utility>

namespace godwit::imap {
namespace {

using Range = UidSet::Range;
constexpr std::size_t longest_range = 21;  // "4294967294:4294967295"

// True if `second` starts inside `first` or right after it.
bool touches(const Range& first, const Range& second) {
    return second.first <= first.last || second.first - 1 == first.last;
}

std::string_view write(const Range& range, std::array<char, longest_range>& buffer) {
    char* const end = buffer.data() + buffer.size();
    char* at = std::to_chars(buffer.data(), end, range.first).ptr;
    if (range.last != range.first) {
        *at++ = ':';
        at = std::to_chars(at, end, range.last).ptr;
    }
    return {buffer.data(), static_cast<std::size_t>(at - buffer.data())};
}

std::unexpected<Error> malformed(const char* what) {
    return fail(ErrorKind::protocol_error, Reach::account, std::string("bad UID set: ") + what);
}

bool read_uid(const char*& at, const char* end, std::uint32_t& uid) {
    const auto [next, error] = std::from_chars(at, end, uid);
    if (error != std::errc{} || uid == 0) return false;
    at = next;
    return true;
}

// Calls `element` for each part between commas, in order, its ends ascending; stops where it says false.
template <class Element>
Result<> each_range(std::string_view text, Element element) {
    const char* at = text.data();
    const char* const end = at + text.size();
    for (;;) {
        Range range{};
        if (!read_uid(at, end, range.first)) return malformed("a UID expected");
        range.last = range.first;
        if (at != end && *at == ':' && !read_uid(++at, end, range.last))
            return malformed("a UID expected after :");
        if (range.last < range.first) std::swap(range.first, range.last);
        if (!element(range)) return malformed("too many UIDs");
        if (at == end) return {};
        if (*at++ != ',') return malformed("unexpected character");
    }
}

}  // namespace

UidSet UidSet::of(std::vector<std::uint32_t> uids) {
    if (!std::ranges::is_sorted(uids)) std::ranges::sort(uids);
    UidSet set;
    for (const std::uint32_t uid : uids) set.add(uid);
    return set;
}

UidSet UidSet::of_ranges(std::vector<Range> ranges) {
    for (Range& range : ranges)
        if (range.last < range.first) std::swap(range.first, range.last);
    if (!std::ranges::is_sorted(ranges, {}, &Range::first)) std::ranges::sort(ranges, {}, &Range::first);
    UidSet set;
    for (const Range& range : ranges) set.add(range.first, range.last);
    return set;
}

void UidSet::add(std::uint32_t first, std::uint32_t last) {
    if (last < first) std::swap(first, last);
    if (last == 0) return;
    Range added{std::max(first, 1u), last};
    // The usual case, listings in ascending order: the end only.
    if (ranges_.empty() || (added.first > ranges_.back().last && !touches(ranges_.back(), added))) {
        ranges_.push_back(added);
        return;
    }
    if (added.first >= ranges_.back().first) {
        ranges_.back().last = std::max(ranges_.back().last, added.last);
        return;
    }
    const auto from = std::ranges::partition_point(
        ranges_, [&](const Range& r) { return r.last < added.first && !touches(r, added); });
    auto to = from;
    while (to != ranges_.end() && touches(added, *to)) {
        added.first = std::min(added.first, to->first);
        added.last = std::max(added.last, to->last);
        ++to;
    }
    if (from == to) {
        ranges_.insert(from, added);
        return;
    }
    *from = added;
    ranges_.erase(from + 1, to);
}

bool UidSet::contains(std::uint32_t uid) const {
    const auto at = std::ranges::partition_point(ranges_, [&](const Range& r) { return r.last < uid; });
    return at != ranges_.end() && at->first <= uid;
}

std::uint64_t UidSet::size() const {
    std::uint64_t count = 0;
    for (const Range& range : ranges_) count += std::uint64_t{range.last} - range.first + 1;
    return count;
}

std::string UidSet::to_string() const {
    std::string text;
    std::array<char, longest_range> buffer;
    for (const Range& range : ranges_) {
        if (!text.empty()) text += ',';
        text += write(range, buffer);
    }
    return text;
}

std::vector<UidSet> UidSet::split(std::size_t bytes) const {
    std::vector<UidSet> sets;
    std::size_t used = 0;
    std::array<char, longest_range> buffer;
    for (const Range& range : ranges_) {
        const std::size_t length = write(range, buffer).size();
        if (sets.empty() || used + 1 + length > bytes) {
            sets.emplace_back();
            used = length;
        } else {
            used += 1 + length;
        }
        sets.back().ranges_.push_back(range);
    }
    return sets;
}

Result<std::vector<std::uint32_t>> parse_uid_list(std::string_view text, std::size_t limit) {
    std::vector<std::uint32_t> uids;
    GODWIT_CHECK(each_range(text, [&](const Range& range) {
        const std::uint64_t count = std::uint64_t{range.last} - range.first + 1;
        if (count > limit - uids.size()) return false;
        for (std::uint64_t uid = range.first; uid <= range.last; ++uid)
            uids.push_back(static_cast<std::uint32_t>(uid));
        return true;
    }));
    return uids;
}

Result<UidSet> parse_uid_set(std::string_view text, std::size_t range_limit) {
    std::vector<Range> ranges;
    GODWIT_CHECK(each_range(text, [&](const Range& range) {
        if (ranges.size() >= range_limit) return false;
        ranges.push_back(range);
        return true;
    }));
    return UidSet::of_ranges(std::move(ranges));
}

}  // namespace godwit::imap
