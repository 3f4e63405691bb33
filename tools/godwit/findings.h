// Findings of a verify or undo pass, as `godwit sync` writes them. Pure.
#pragma once

#include <deque>
#include <string>

#include "engine/sync/report.h"

namespace godwit::cli {

// The report with "findings_total" and "finding_list", of at most 1,000.
std::string to_json(const sync::SyncReport& report, const std::deque<sync::Finding>& findings);

// RFC 4180: the header line, and a line of each finding.
extern const std::string findings_csv_header;
std::string csv_line(const sync::Finding& finding);

}  // namespace godwit::cli
