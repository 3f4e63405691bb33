// UidSet does what a set does, and its text reads back. Input: operations on two ends of the range of UIDs,
// or a text.
#include <algorithm>
#include <array>
#include <vector>

#include "engine/imap/sequence_set.h"
#include "tests/fuzz/fuzz_input.h"

namespace {

using namespace godwit::fuzz;
using godwit::imap::parse_uid_list;
using godwit::imap::parse_uid_set;
using godwit::imap::UidSet;

constexpr std::size_t many = 1u << 20;

// 256 numbers: the lowest 128 and the highest; one more stands for all between them.
std::uint32_t number_of(std::uint8_t byte) { return byte < 128 ? byte : UINT32_MAX - (255u - byte); }
constexpr std::uint32_t between = 2'000'000'000;
constexpr std::uint64_t all_between = std::uint64_t{UINT32_MAX} - 127 - 128;

struct Model {
    std::array<bool, 256> there{};
    bool middle = false;

    void add(std::uint32_t a, std::uint32_t b) {
        const auto [low, high] = std::minmax(a, b);
        for (std::size_t i = 1; i < there.size(); ++i) {
            const auto n = number_of(static_cast<std::uint8_t>(i));
            there[i] = there[i] || (low <= n && n <= high);
        }
        middle = middle || (low <= between && between <= high);
    }
    std::uint64_t size() const {
        return static_cast<std::uint64_t>(std::ranges::count(there, true)) + (middle ? all_between : 0);
    }
};

void check_shape(const UidSet& set) {
    std::uint64_t last = 0, size = 0;
    for (const auto& range : set.ranges()) {
        require(range.first <= range.last && range.first > 0);
        require(last == 0 || range.first > last + 1);  // sorted, apart
        last = range.last;
        size += std::uint64_t{range.last} - range.first + 1;
    }
    require(set.size() == size && set.empty() == (size == 0));
}

void check_text(const UidSet& set) {
    require(set.to_string().empty() == set.empty());
    if (set.empty()) return;
    const auto again = parse_uid_set(set.to_string(), many);
    require(again && *again == set);
    const auto list = parse_uid_list(set.to_string(), 1000);
    require(list.has_value() == (set.size() <= 1000));
    if (list) require(list->size() == set.size() && UidSet::of(*list) == set);
}

void check_split(const UidSet& set, std::size_t bytes) {
    std::vector<UidSet::Range> joined;
    for (const auto& part : set.split(bytes)) {
        require(!part.empty() && (part.to_string().size() <= bytes || part.ranges().size() == 1));
        joined.insert(joined.end(), part.ranges().begin(), part.ranges().end());
    }
    require(joined == set.ranges());
}

void check_operations(Input input) {
    const std::size_t bytes = input.byte();
    UidSet set;
    Model model;
    std::vector<UidSet::Range> ranges;
    while (!input.empty()) {
        const auto first = number_of(input.byte()), last = number_of(input.byte());
        set.add(first, last);
        model.add(first, last);
        ranges.push_back({first, last});
    }
    check_shape(set);
    require(set.size() == model.size() && set.contains(between) == model.middle && !set.contains(0));
    for (std::size_t i = 1; i < model.there.size(); ++i)
        require(set.contains(number_of(static_cast<std::uint8_t>(i))) == model.there[i]);
    require(UidSet::of_ranges(std::move(ranges)) == set);
    check_text(set);
    check_split(set, bytes);
}

void check_parsing(std::string_view text) {
    const auto set = parse_uid_set(text, 1000);
    const auto list = parse_uid_list(text, 1000);
    if (list) require(!list->empty() && list->size() <= 1000 && set && UidSet::of(*list) == *set);
    if (!set) return;
    check_shape(*set);
    check_text(*set);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    check_parsing(text_of(data, size));
    check_operations(Input(data, std::min<std::size_t>(size, 1000)));
    return 0;
}
