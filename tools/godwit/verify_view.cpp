#include "tools/godwit/verify_view.h"

#include <algorithm>

#include <fmt/format.h>

#include "tools/godwit/sync_view.h"
#include "tools/godwit/text.h"

namespace godwit::cli {

using sync::Finding;
using sync::SyncReport;

namespace {

std::string folder_table(const SyncReport& report) {
    using enum Table::Align;
    Table table({{"FOLDER"}, {"TO"}, {"MESSAGES", right}, {"COMPARED", right}, {"LEFT OUT", right}, {"EXTRA", right},
                 {"", left, 200}});
    for (const auto& folder : report.folders) {
        if (folder.rule == "left_out") continue;
        const auto& c = folder.counters;
        table.add({folder.source_name, folder.destination_name == folder.source_name ? "=" : folder.destination_name,
                   count_text(c.messages_total), count_text(c.messages_verified), count_text(c.messages_skipped),
                   count_text(c.messages_foreign), folder.error ? "not compared: " + folder.error->to_string() : ""});
    }
    return table.rows() == 0 ? std::string() : table.text() + "\n";
}

// "Faults: 3 missing, 1 altered", and the same of what is none.
std::string counts_line(const SyncReport& report, bool faults) {
    std::string out;
    for (std::size_t i = 0; i < report.findings.size(); ++i)
        if (report.findings[i] > 0 && is_fault(static_cast<sync::FindingKind>(i)) == faults)
            out += fmt::format("{}{} {}", out.empty() ? (faults ? "Faults: " : "No faults: ") : ", ",
                               count_text(report.findings[i]), name_of(static_cast<sync::FindingKind>(i)));
    return out.empty() ? out : out + "\n";
}

std::string finding_line(const Finding& finding) {
    auto out = fmt::format("  {}", shown(finding.folder, 60));
    if (finding.source_uid != 0)
        out += fmt::format(", message {}", finding.source_uid);
    else if (finding.destination_uid != 0)
        out += fmt::format(", message {} there", finding.destination_uid);
    out += fmt::format(": {}", name_of(finding.kind));
    if (!finding.detail.empty()) out += ": " + shown(finding.detail);
    return out + "\n";
}

std::string first_findings(const std::deque<Finding>& findings, std::size_t most_shown) {
    std::string out;
    std::size_t listed = 0;
    for (const bool faults : {true, false})
        for (const auto& finding : findings) {
            if (listed == most_shown) break;
            if (is_fault(finding.kind) != faults) continue;
            out += finding_line(finding);
            ++listed;
        }
    if (findings.size() > listed)
        out += fmt::format("  and {} more (--findings FILE names all)\n", count_text(findings.size() - listed));
    return out.empty() ? out : out + "\n";
}

std::string verdict_of(const SyncReport& report) {
    if (report.error && report.error->kind == ErrorKind::cancelled) return "Interrupted: not everything was compared.";
    if (report.error) return "Not finished: " + shown(report.error->to_string());
    if (report.faults() > 0) return fmt::format("Not as it should be: {}.", count_text(report.faults(), "fault", "faults"));
    return report.complete() ? "Verified: everything selected is on the destination, as it should be."
                             : "Not everything could be compared: see above.";
}

}  // namespace

std::string verify_summary(const SyncReport& report, const std::deque<Finding>& findings, std::size_t most_shown) {
    const auto& c = report.counters;
    auto out = folder_table(report) + issue_lines(report, most_shown) + counts_line(report, true) + counts_line(report, false) +
               first_findings(findings, most_shown);
    if (!report.error || c.folders_total > 0)
        out += fmt::format("Compared {} of {} in {}; octets of {}.\n", count_text(c.messages_verified),
                           count_text(c.messages_total, "message", "messages"),
                           duration_text(std::chrono::seconds(static_cast<std::int64_t>(report.seconds + 0.5))),
                           count_text(report.messages_digested));
    if (!report.set_digest.empty()) out += fmt::format("Digest of all that was compared: {}\n", report.set_digest);
    return out + verdict_of(report) + "\n";
}

}  // namespace godwit::cli
