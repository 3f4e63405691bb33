#include "tools/godwit/undo_view.h"

#include <map>

#include <fmt/format.h>

#include "tools/godwit/text.h"

namespace godwit::cli {

using sync::Finding;
using sync::FindingKind;
using sync::SyncReport;

namespace {

std::uint64_t count_of(const SyncReport& report, FindingKind kind) {
    return report.findings[static_cast<std::size_t>(kind)];
}

// By destination folder, also of what only would be done.
std::string undo_table(const SyncReport& report, const std::deque<Finding>& findings) {
    struct Row {
        std::uint64_t removed = 0, restored = 0, left = 0;
        std::string words;
    };
    std::map<std::string, Row> rows;
    for (const auto& folder : report.folders) {
        auto& row = rows[folder.destination_name];
        row.words = folder.error ? "not finished: " + folder.error->to_string() : folder.why;
    }
    for (const auto& finding : findings) {
        auto& row = rows[finding.destination_folder];
        row.removed += finding.kind == FindingKind::removed;
        row.restored += finding.kind == FindingKind::flags_restored;
        row.left += finding.kind == FindingKind::left;
        if (finding.kind == FindingKind::folder_dropped) row.words = "dropped";
    }
    using enum Table::Align;
    Table table({{"FOLDER"}, {"REMOVED", right}, {"FLAGS SET BACK", right}, {"LEFT", right}, {"", left, 200}});
    for (const auto& [name, row] : rows)
        table.add({name, count_text(row.removed), count_text(row.restored), count_text(row.left), row.words});
    return table.rows() == 0 ? std::string() : table.text() + "\n";
}

std::string left_lines(const SyncReport& report, const std::deque<Finding>& findings, std::size_t most) {
    const auto count = count_of(report, FindingKind::left);
    if (count == 0) return {};
    std::string out = fmt::format("Left, {}:\n", count_text(count));
    std::size_t told = 0;
    for (const auto& finding : findings) {
        if (finding.kind != FindingKind::left || told == most) continue;
        ++told;
        out += "  " + shown(finding.destination_folder, 60);
        if (finding.destination_uid != 0) out += fmt::format(", message {}", finding.destination_uid);
        out += ": " + shown(finding.detail) + "\n";
    }
    if (count > told)
        out += fmt::format("  and {} more (--findings FILE names all)\n", count_text(count - told));
    return out + "\n";
}

std::string work_of(const SyncReport& report, bool dry) {
    const auto removed = count_text(count_of(report, FindingKind::removed), "message", "messages");
    const auto restored = count_text(count_of(report, FindingKind::flags_restored));
    const auto dropped = count_text(count_of(report, FindingKind::folder_dropped), "folder", "folders");
    const auto left = count_text(count_of(report, FindingKind::left));
    if (dry)
        return fmt::format("Dry run: would remove {}, set back flags of {}, drop {} and leave {}.", removed, restored, dropped, left);
    return fmt::format("Removed {}, set back flags of {}, dropped {}, left {}.", removed, restored, dropped, left);
}

std::string verdict_of(const SyncReport& report, bool dry) {
    if (report.error && report.error->kind == ErrorKind::cancelled) return "Interrupted: run it again to go on.";
    if (report.error) return "Not finished: " + shown(report.error->to_string());
    if (report.counters.folders_total == 0) return "The ledger knows of nothing that was copied between these accounts.";
    if (!report.complete()) return "Not complete: see above.";
    if (dry) return "Nothing was changed.";
    if (count_of(report, FindingKind::left) > 0) return "Undone but for what was left: see above.";
    return "Undone: nothing of it is left on the destination.";
}

}  // namespace

std::string undo_summary_of(const SyncReport& report, const std::deque<Finding>& findings, bool dry, std::size_t shown_at_most) {
    const bool started = !report.error || report.counters.folders_total > 0;
    return undo_table(report, findings) + left_lines(report, findings, shown_at_most) +
           (started ? work_of(report, dry) + "\n" : std::string()) + verdict_of(report, dry) + "\n";
}

std::string undo_line(const sync::Counters& counters, const std::string& folder) {
    return fmt::format("undoing: {} of {}, {} removed  {}", count_text(counters.folders_done),
                       count_text(counters.folders_total, "folder", "folders"),
                       count_text(counters.messages_removed, "message", "messages"), folder);
}

}  // namespace godwit::cli
