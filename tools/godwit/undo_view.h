// What `godwit sync --undo` shows. Pure.
#pragma once

#include <deque>
#include <string>

#include "engine/sync/report.h"

namespace godwit::cli {

// A table of folders, folders that were dropped, what was left and why (`shown_at_most` of each), and the verdict in the last
// line. `findings` are those of the pass; `dry`: of what would be done.
std::string undo_summary_of(const sync::SyncReport& report, const std::deque<sync::Finding>& findings, bool dry,
                            std::size_t shown_at_most = 50);

// The line while it runs.
std::string undo_line(const sync::Counters& counters, const std::string& folder);

}  // namespace godwit::cli
