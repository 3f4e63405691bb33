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
using UidValidity = StrongType<struct UidValidityTag, std::uint32_t>;
using ModSeq = StrongType<struct ModSeqTag, std::uint64_t>;

class UidSet {
public:
    struct Range {
        std::uint32_t first;
        std::uint32_t last;  // inclusive
        friend bool operator==(const Range&, const Range&) = default;
    };

    UidSet() = default;
    static UidSet of(std::vector<std::uint32_t> uids);  // any order, duplicates allowed

    void add(std::uint32_t uid) { add(uid, uid); }
    void add(std::uint32_t first, std::uint32_t last);
    bool contains(std::uint32_t uid) const;
    bool empty() const { return ranges_.empty(); }
    std::uint64_t size() const;
    const std::vector<Range>& ranges() const { return ranges_; }
    std::string to_string() const;  // "1:4,7"; empty for the empty set

    // Sets of at most `bytes` of text each, in order: servers limit command lines (8000 octets, RFC 7162 section 4).
    std::vector<UidSet> split(std::size_t bytes) const;

    friend bool operator==(const UidSet&, const UidSet&) = default;

private:
    std::vector<Range> ranges_;
};

// Keeps the order of the text, which APPENDUID and COPYUID rely on (RFC 4315): "7,3:5" is 7,3,4,5. No "*".
// Refuses zero, more than `limit` numbers, and anything malformed.
Result<std::vector<std::uint32_t>> parse_uid_list(std::string_view text, std::size_t limit);
Result<UidSet> parse_uid_set(std::string_view text, std::size_t range_limit);

}  // namespace godwit::imap
