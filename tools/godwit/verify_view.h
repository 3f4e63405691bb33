// What `godwit sync --verify` shows and writes. Pure.
#pragma once

#include <deque>
#include <string>

#include "engine/sync/report.h"

namespace godwit::cli {

// A table of folders, counts by kind, the first findings (`shown` at most; faults before others), and the verdict in the
// last line.
std::string verify_summary(const sync::SyncReport& report, const std::deque<sync::Finding>& findings,
                           std::size_t most_shown = 20);

// The report with "findings_total" and "finding_list", of at most 1,000.
std::string verify_json(const sync::SyncReport& report, const std::deque<sync::Finding>& findings);

// RFC 4180: the header line, and a line of each finding.
extern const std::string findings_csv_header;
std::string csv_line(const sync::Finding& finding);

}  // namespace godwit::cli
