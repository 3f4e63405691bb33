// RunningPasses: what this node runs, and how to tell it to end. Thread-safe, so that a heartbeat or a signal
// reaches every pass without waiting for the dispatcher.
#pragma once

#include <map>
#include <mutex>
#include <vector>

#include "scheduler/worker.h"

namespace godwit::scheduler {

class RunningPasses {
public:
    // What the pass is to be given; requested already when everything is to end.
    PassStop add(const ClaimedPass& pass);
    void remove(const PassId& pass);
    std::size_t size() const;
    std::vector<PassId> ids() const;

    void drain(const std::vector<MigrationId>& migrations);
    void drain_present();  // those of this moment
    void drain_all();      // also those to come: the node ends
    void stop_all();       // at once, also those to come
    // Passes run under one lease; a new one begins when none of them is left.
    void begin_lease(NodeId node);
    void lose_lease(const NodeId& node);  // also for those to come, unless a newer lease has begun
    bool lost() const;

private:
    struct Running {
        MigrationId migration;
        std::stop_source drain, stop, lost;
    };
    template <class Request>
    void each(Request request);

    // Requests run stop callbacks, which only post; so they may run under the mutex.
    mutable std::mutex mutex_;
    std::map<PassId, Running> passes_;
    NodeId lease_;
    bool draining_ = false, stopping_ = false, lost_ = false;
};

}  // namespace godwit::scheduler
