// What an IMAP server can say, as values. Names follow RFC 9051 (and RFC 3501, 4315, 4731, 5161, 5819, 7162,
// 7888).
//
// Folder names in these types are the raw bytes of the wire; folder_name.h decodes them for display.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "engine/imap/sequence_set.h"

namespace godwit::imap {

// The bracketed code of a status response, e.g. [APPENDUID 38505 3955]. `name` is upper case.
struct ResponseCode {
    std::string name;
    std::string arguments;  // raw text after the name, without the space
};

struct AppendUid {
    UidValidity uidvalidity;
    std::vector<std::uint32_t> uids;  // in the order of the messages
};

enum class Status { ok, no, bad, preauth, bye };

// Tagged, or untagged with an empty tag.
struct StatusResponse {
    std::string tag;
    Status status = Status::ok;
    std::optional<ResponseCode> code;
    std::string text;
};

struct Continuation {
    std::string text;
};

struct CapabilityData {
    std::vector<std::string> names;  // upper case
};

struct EnabledData {
    std::vector<std::string> names;
};

struct ListData {
    std::vector<std::string> attributes;  // as sent: "\HasNoChildren"
    std::optional<char> delimiter;        // absent: NIL, flat
    std::string name;
    bool lsub = false;  // an LSUB response
};

struct NamespaceData {
    struct Entry {
        std::string prefix;
        std::optional<char> delimiter;
    };
    std::vector<Entry> personal, other_users, shared;
};

struct StatusData {
    std::string name;
    // By upper case name: MESSAGES, UIDNEXT, UIDVALIDITY, HIGHESTMODSEQ, SIZE … One without a number is
    // absent.
    std::map<std::string, std::uint64_t> items;
};

struct SearchData {
    std::vector<std::uint32_t> numbers;
    std::optional<ModSeq> modseq;
};

struct EsearchData {
    std::string tag;
    bool uid = false;
    std::optional<std::uint32_t> min, max, count;
    std::optional<UidSet> all;
    std::optional<ModSeq> modseq;
};

struct FlagsData {
    std::vector<std::string> flags;
};

struct ExistsData {
    std::uint32_t count = 0;
};
struct RecentData {
    std::uint32_t count = 0;
};
struct ExpungeData {
    std::uint32_t sequence = 0;
};
struct VanishedData {
    bool earlier = false;
    UidSet uids;
};

// One BODY[…], BODY[…]<n> or RFC822.* of a FETCH response.
struct BodySection {
    std::string section;  // upper case, as between the brackets: "", "HEADER", "HEADER.FIELDS (DATE FROM)"
    std::optional<std::uint32_t> origin;
    std::optional<std::string> bytes;  // absent: NIL, or streamed
    bool streamed = false;             // its bytes went through the literal events
    std::uint64_t size = 0;
};

// An instant, and the zone in which it was written down.
struct InternalDate {
    std::int64_t seconds = 0;  // since the epoch
    int zone_minutes = 0;
    friend bool operator==(const InternalDate&, const InternalDate&) = default;
};

struct FetchData {
    std::uint32_t sequence = 0;
    std::optional<Uid> uid;
    std::optional<std::vector<std::string>> flags;
    std::optional<InternalDate> internal_date;  // absent also where it cannot be read
    std::optional<std::uint64_t> size;          // RFC822.SIZE
    std::optional<ModSeq> modseq;
    std::optional<std::string> email_id, gmail_message_id;
    std::optional<std::vector<std::string>> gmail_labels;
    std::vector<BodySection> sections;
};

struct IdData {
    std::vector<std::pair<std::string, std::string>> fields;
};

struct QuotaData {
    struct Resource {
        std::string name;
        std::uint64_t usage = 0, limit = 0;
    };
    std::string root;
    std::vector<Resource> resources;
};
struct QuotaRootData {
    std::string name;
    std::vector<std::string> roots;
};

// Well-formed framing, contents we have no use for.
struct UnknownData {
    std::string text;
};

using Response =
    std::variant<StatusResponse, Continuation, CapabilityData, EnabledData, ListData, NamespaceData,
                 StatusData, SearchData, EsearchData, FlagsData, ExistsData, RecentData, ExpungeData,
                 VanishedData, FetchData, IdData, QuotaData, QuotaRootData, UnknownData>;

}  // namespace godwit::imap
