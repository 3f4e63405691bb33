// LeaseKeeper: renews the lease of this node, and says when it can no longer be trusted.
//
// Two threads of its own, so that neither the passes nor a database that hangs can hold it up: one beats, the
// other watches the time. A lease is trusted until `lease - margin` after the *beginning* of the last beat
// that succeeded (the database counts from a later moment), by the monotonic clock. When that passes, or the
// database says that the lease is gone, on_lost is called once and the keeper rests until the next hold().
// All methods may be called from any thread.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

#include "scheduler/store.h"

namespace godwit::scheduler {

struct LeaseSettings {
    std::chrono::milliseconds lease{30'000};

    std::chrono::milliseconds period() const { return lease / 6; }
    std::chrono::milliseconds retry() const { return lease / 30; }  // after a beat that failed
    // Before the end of the lease; what was sent until then arrives in this time or never (TCP_USER_TIMEOUT).
    std::chrono::milliseconds margin() const { return lease / 3; }
    std::chrono::milliseconds closest() const {
        return lease / 150;
    }  // between two beats, however often one is asked
};

// Called on threads of the keeper, without locks held; must not wait, nor destroy the keeper.
class LeaseEvents {
public:
    virtual ~LeaseEvents() = default;
    virtual void on_beat(const NodeId& node, const Heartbeat& heartbeat) = 0;
    // Everything that runs under this lease must stop, at once.
    virtual void on_lost(const NodeId& node, const Error& reason) = 0;
};

class LeaseKeeper {
public:
    LeaseKeeper(HeartbeatChannel& channel, LeaseSettings settings, LeaseEvents& events);
    // Waits for a beat that is under way (at most the channel's own timeouts).
    ~LeaseKeeper();
    LeaseKeeper(const LeaseKeeper&) = delete;

    // Takes over the lease that Store::join gave; `since` is a moment before that call.
    void hold(NodeId node, SteadyTime since);
    // The node has left or is about to: no more beats, no on_lost.
    void release();
    // Beats soon instead of at the next turn, since there may be something to hear (a pass was paused).
    void beat_soon();
    // Empty while no lease is held.
    std::optional<SteadyTime> trusted_until() const;
    // Whether a lease is held that can be trusted at `now`. By time alone and without a lock: it is right
    // also on a thread that runs before ours when the whole process was stopped for longer than the lease.
    bool trusted(SteadyTime now) const { return now < fence_.load(); }

private:
    struct Held {
        NodeId node;
        SteadyTime trusted_until;
    };

    void beat(std::stop_token stop);
    void watch(std::stop_token stop);
    SteadyTime settle(std::unique_lock<std::mutex>& lock, const NodeId& node, SteadyTime began,
                      const Result<Heartbeat>& answer);
    void lose(std::unique_lock<std::mutex>& lock, const Error& reason);
    bool holds(const NodeId& node) const { return held_ && held_->node == node; }
    void trust(NodeId node, SteadyTime since);
    void distrust();

    HeartbeatChannel& channel_;
    const LeaseSettings settings_;
    LeaseEvents& events_;
    mutable std::mutex mutex_;
    std::condition_variable_any changed_;
    std::optional<Held> held_;
    std::atomic<SteadyTime> fence_{SteadyTime::min()};  // until when `held_` is trusted
    bool asked_ = false;
    bool failing_ = false;
    std::jthread beating_, watching_;
};

}  // namespace godwit::scheduler
