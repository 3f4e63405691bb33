// Finding: one thing that a verify or undo pass has to say of a message or a folder.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace godwit::sync {

// Names are those of JSON, SQL and the reports.
enum class FindingKind {
    // verify
    missing,                  // the source has it, the destination does not, and nothing explains that
    refused,                  // likewise; a pass tried, and the destination or the source refused it (detail: its words)
    skipped,                  // left out by an option (detail: which); not a fault
    extra,                    // on the destination only; not a fault
    altered,                  // octets or size differ
    flags_differ,
    date_differs,
    removed_at_destination,   // its copy was there and was removed by somebody else
    moved_at_destination,     // likewise, and stands in another folder there (detail: which)
    filtered,                 // the destination answered OK to it and has never shown it
    unreadable,               // listed, and its octets were not to be had
    folder_missing,           // the destination lacks the folder
    // undo
    removed,                  // taken from the destination (in a dry run: would be)
    flags_restored,           // of a message that was there before
    folder_dropped,           // made by this migration, and empty
    left,                     // put there by this migration and not removed (detail: why)
};
inline constexpr std::size_t finding_kinds = 16;
std::string_view name_of(FindingKind kind);
std::optional<FindingKind> finding_kind_of(std::string_view name);
// Whether it says that the copy is not what it should be.
bool is_fault(FindingKind kind);

struct Finding {
    FindingKind kind = FindingKind::missing;
    std::string folder;                // display name at the source; of what only the destination has: there
    std::string destination_folder;    // display name
    std::uint32_t source_uid = 0;      // 0: none
    std::uint32_t destination_uid = 0;
    std::uint64_t size = 0;            // octets, at the source where it is there
    std::string detail;                // what differs, or the server's words

    friend bool operator==(const Finding&, const Finding&) = default;
};

using FindingCounts = std::array<std::uint64_t, finding_kinds>;
// How many of them are faults.
std::uint64_t faults(const FindingCounts& counts);

}  // namespace godwit::sync
