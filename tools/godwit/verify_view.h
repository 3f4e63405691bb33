// What `godwit sync --verify` shows. Pure.
#pragma once

#include <deque>
#include <string>

#include "engine/sync/report.h"

namespace godwit::cli {

// A table of folders, counts by kind, the first findings (`shown` at most; faults before others), and the verdict in the
// last line.
std::string verify_summary(const sync::SyncReport& report, const std::deque<sync::Finding>& findings,
                           std::size_t most_shown = 20);

}  // namespace godwit::cli
