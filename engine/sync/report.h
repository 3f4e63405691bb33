// SyncReport: what one pass did, per folder, with every message that could not be copied.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/base/error.h"
#include "engine/sync/finding.h"
#include "engine/sync/request.h"

namespace godwit::sync {

struct Counters {
    std::uint64_t folders_total = 0, folders_done = 0, folders_created = 0;
    std::uint64_t messages_total = 0;         // selected at the source
    std::uint64_t bytes_total = 0;            // their RFC822.SIZE
    std::uint64_t messages_matched = 0;       // were on the destination already
    std::uint64_t messages_copied = 0;
    std::uint64_t bytes_copied = 0;
    std::uint64_t messages_failed = 0;        // refused or unreadable; each is an issue
    std::uint64_t messages_skipped = 0;       // left out by options, or their copies were removed at the destination
    std::uint64_t flags_updated = 0;
    std::uint64_t messages_foreign = 0;       // on the destination only
    std::uint64_t messages_filtered = 0;      // of those copied: the destination took them and they were gone at once
    std::uint64_t messages_moved = 0;         // of those matched: their copies were moved to another folder of the destination
    std::uint64_t messages_verified = 0;      // compared by a verify pass
    std::uint64_t messages_removed = 0;       // taken from the destination by an undo pass

    Counters& operator+=(const Counters& other);
    friend bool operator==(const Counters&, const Counters&) = default;
};

// Every counter with its name, the same in JSON, SQL and the API; the order is that of the columns in SQL.
struct CounterField {
    std::string_view name;
    std::uint64_t Counters::*member;
};
std::span<const CounterField> counter_fields();

// One thing an operator may want to look at. `uid` is 0 when the issue is about a folder.
struct Issue {
    ErrorKind kind;
    Reach reach = Reach::message;
    std::string folder;      // display name at the source
    std::uint32_t uid = 0;
    std::uint64_t size = 0;
    std::string detail;      // the server's words
};

// Why a message was left out; names are those of JSON.
enum class SkipReason {
    too_large,          // --maxsize
    too_small,          // --minsize
    append_limit,       // larger than the destination takes
    not_selected,       // --search, --maxage, --minage
    duplicate,          // --nosyncduplicates
    cross_duplicate,    // --skipcrossduplicates
    content,            // --skipmess
    line_length,        // --maxlinelength, --minmaxlinelength
    removed_at_destination,
};
inline constexpr std::size_t skip_reasons = 9;
std::string_view name_of(SkipReason reason);

// Messages left out, by reason.
using SkipCounts = std::array<std::uint64_t, skip_reasons>;

struct FolderSize {
    std::uint64_t messages = 0, bytes = 0;
    friend bool operator==(const FolderSize&, const FolderSize&) = default;
};

struct FolderReport {
    std::string source_name, destination_name;  // display names
    std::string rule;                           // how the destination's name was found: folder_map.h
    std::string why;                            // the same in words
    Counters counters;
    SkipCounts skipped{};
    std::optional<FolderSize> source_size, destination_size;   // with justfoldersizes
    std::optional<Error> error;                 // the folder was not finished
};

struct SyncReport {
    PassKind kind = PassKind::sync;
    std::optional<Error> error;                 // the pass was not finished
    Counters counters;
    SkipCounts skipped{};
    std::vector<FolderReport> folders;
    std::vector<Issue> issues;                  // at most issues_kept; more are only counted
    std::uint64_t issues_total = 0;
    FindingCounts findings{};                   // of a verify or undo pass; the ledger was given each
    std::uint64_t messages_digested = 0;        // of those verified: octets compared by SHA-256
    std::string set_digest;                     // of a verify pass: SHA-256 in hexadecimal over everything compared
    bool in_doubt = false;                    // an append may still arrive: its connection ended before the answer
    double seconds = 0;

    static constexpr std::size_t issues_kept = 1000;
    // Everything selected is on the destination.
    bool complete() const;
    std::uint64_t faults() const;   // findings that say that the copy is not what it should be
    void add_issue(Issue issue);
};

// One JSON document; the words of the API.
std::string to_json(const SyncReport& report);

}  // namespace godwit::sync
