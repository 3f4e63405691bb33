// What a FETCH asks for (RFC 9051 section 6.4.5), as far as clients that copy mail ask. Pure.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tools/fakeimap/command_reader.h"

namespace godwit::fakeimap {

struct FetchItem {
    enum class Kind {
        uid,
        flags,
        internal_date,
        size,
        modseq,
        gmail_id,
        gmail_labels,
        all,
        header,
        text,
        fields,
        other_fields
    };
    Kind kind;
    std::string label;  // how the answer names it: "BODY[HEADER.FIELDS (DATE)]<0>"
    std::vector<std::string> fields;
    bool marks_seen = false;
    std::optional<std::pair<std::uint64_t, std::uint64_t>> part;  // origin and octets

    bool is_section() const { return kind >= Kind::all; }
};

struct FetchRequest {
    std::vector<FetchItem> items;
    std::optional<std::uint64_t> changed_since;
    bool vanished = false;  // what was expunged since is to be told too (RFC 7162 section 3.2.6)
};

// The words after the set; nothing if one is unknown or malformed.
std::optional<FetchRequest> parse_fetch(std::span<const Word> words);

}  // namespace godwit::fakeimap
