// UidSet: a set of UIDs as sorted ranges, and its text form (RFC 9051 section 9, sequence-set). Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/strong_type.h"

namespace godwit::imap {

using Uid = StrongType<struct UidTag, std::uint32_t>;
using UidValidity = StrongType<struct UidValidityTag, std::uint64_t>;   // some servers cross 32 bits
using ModSeq = StrongType<struct ModSeqTag, std::uint64_t>;

class UidSet {
public:
    struct Range {
        std::uint32_t first;
        std::uint32_t last;  // inclusive
        friend bool operator==(const Range&, const Range&) = default;
    };

    UidSet() = default;
    static UidSet of(std::vector<std::uint32_t> uids);   // any order, duplicates allowed
    static UidSet of_ranges(std::vector<Range> ranges);  // any order, overlaps allowed; O(n log n)

    // Either order of the ends; 0 is no UID and is left out. O(1) above the highest UID, else O(n).
    void add(std::uint32_t uid) { add(uid, uid); }
    void add(std::uint32_t first, std::uint32_t last);
    bool contains(std::uint32_t uid) const;
    bool empty() const { return ranges_.empty(); }
    std::uint64_t size() const;
    const std::vector<Range>& ranges() const { return ranges_; }
    std::string to_string() const;  // "1:4,7"; empty for the empty set

    // Sets of at most `bytes` of text each, in order: servers limit command lines (8000 octets, RFC 7162
    // section 4). A single range is never cut, so that a limit below 21 may be exceeded by one range.
    std::vector<UidSet> split(std::size_t bytes) const;

    friend bool operator==(const UidSet&, const UidSet&) = default;

private:
    std::vector<Range> ranges_;
};

// Keeps the order of the text, which APPENDUID and COPYUID rely on (RFC 4315): "7,3:5" is 7,3,4,5. No "*".
// Refuses zero, more than `limit` numbers, and anything malformed.
Result<std::vector<std::uint32_t>> parse_uid_list(std::string_view text, std::size_t limit);
// The same text as a set; at most `range_limit` elements between the commas, however many numbers they stand
// for.
Result<UidSet> parse_uid_set(std::string_view text, std::size_t range_limit);

}  // namespace godwit::imap
