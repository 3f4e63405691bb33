// Findings of a verify or undo pass, as `godwit sync` writes them. Pure.
#pragma once

#include <deque>
#include <string>

#include "engine/sync/report.h"

namespace godwit::cli {

// The report with "findings_total" and "finding_list", of at most 1,000.
std::string to_json(const sync::SyncReport& report, const std::deque<sync::Finding>& findings);

}  // namespace godwit::cli
