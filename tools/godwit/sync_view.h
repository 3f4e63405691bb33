// What `godwit sync` shows: progress while it runs, a summary afterwards, and what its exit code says.
#pragma once

#include <chrono>
#include <string>

#include "engine/base/clock.h"
#include "engine/sync/observer.h"
#include "engine/sync/report.h"
#include "tools/godwit/console.h"
#include "tools/godwit/progress.h"

namespace godwit::cli {

// Progress on the console's `err`: one line drawn in place on a terminal, else a line every 30 seconds.
class SyncProgress : public sync::SyncObserver {
public:
    SyncProgress(const Console& console, const Clock& clock, sync::PassKind kind = sync::PassKind::sync);
    void on_stage(sync::Stage stage) override;
    void on_folder(const std::string& display_name) override;
    void on_progress(const sync::Counters& counters) override;
    void on_wire(sync::Side side, std::uint64_t received, std::uint64_t sent) override;
    // Takes the line away.
    void end();

private:
    void show(bool now);

    const Console& console_;
    const Clock& clock_;
    const sync::PassKind kind_;
    LiveLines live_;
    Pace pace_;
    sync::Stage stage_ = sync::Stage::connect;
    sync::Counters counters_;
    std::string folder_;
    SteadyTime shown_at_;
};

// A table of folders, the issues (`issues_shown` at most), and the verdict in the last line.
std::string summary_of(const sync::SyncReport& report, const sync::SyncOptions& options,
                       std::size_t issues_shown = 20);

// "2 issues:", a line of each (`most` at most), an empty line; nothing if there is none.
std::string issue_lines(const sync::SyncReport& report, std::size_t most);

}  // namespace godwit::cli
