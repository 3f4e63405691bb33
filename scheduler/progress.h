// ProgressCollector: the counters of the passes that run here, gathered to be saved as one write.
//
// Thread-safe: each pass reports on its own executor, one task collects. Outlives the observers it hands out.
#pragma once

#include <memory>
#include <mutex>
#include <unordered_set>
#include <vector>

#include "engine/sync/observer.h"
#include "scheduler/store.h"

namespace godwit::scheduler {

class ProgressCollector {
public:
    ProgressCollector() = default;
    ProgressCollector(const ProgressCollector&) = delete;
    ~ProgressCollector();

    // Watches one pass until the observer is destroyed.
    std::unique_ptr<sync::SyncObserver> watch(MigrationId migration, std::int64_t generation);
    // What has changed since the last call.
    std::vector<ProgressUpdate> take_changed();
    // The last take was not saved: everything counts as changed again.
    void mark_unsaved();

private:
    class Watch;
    std::mutex mutex_;
    std::unordered_set<Watch*> watches_;
};

}  // namespace godwit::scheduler
