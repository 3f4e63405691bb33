// Dispatcher: the loop of a node. Looks at the queue, claims what admission allows, and runs it.
//
// Its loop runs on one executor; each pass runs from beginning to end on one executor of the pool. It also
// keeps the node's lease (with a new node id after a lease was lost and every pass has ended), saves progress
// once a second, and gives back to the queue what dead nodes left.
#pragma once

#include <atomic>
#include <functional>

#include "engine/base/task_scope.h"
#include "scheduler/heartbeat.h"
#include "scheduler/running_passes.h"

namespace godwit::scheduler {

struct DispatcherSettings {
    std::string host_name;  // of this machine, for people
    LeaseSettings lease;
    std::uint32_t passes = 200;             // at once on this node
    std::chrono::milliseconds poll{1'000};  // jittered; grows to poll_quiet while there is nothing to do
    std::chrono::milliseconds poll_quiet{5'000};
    std::chrono::milliseconds poll_gap{50};  // between two looks at the queue, however often it is woken
    std::chrono::milliseconds drain{8'000};  // what passes get to reach a message boundary
    std::chrono::milliseconds progress{1'000};
    // The node id of this process's predecessor, known to be dead: its passes are ready at once, not after
    // its lease.
    std::optional<NodeId> predecessor;
    // Called on the dispatcher's executor; may be empty. on_left: nothing in the database is ours any more.
    std::function<void(const NodeId&)> on_joined;
    std::function<void()> on_left;
};

struct DispatcherParts {
    asio::any_io_executor executor;
    std::vector<asio::any_io_executor> pool;  // running until run() has returned
    Store& store;
    HeartbeatChannel& heartbeat;
    Worker& worker;
    ProgressCollector& progress;
    RuntimeHooks& hooks;
};

class Dispatcher final : private LeaseEvents {
public:
    // Everything given outlives the dispatcher.
    Dispatcher(DispatcherParts parts, DispatcherSettings settings);
    ~Dispatcher() override;

    // Until drain() or stop() was called, every pass has ended and the node has left. Once.
    Awaitable<void> run();

    // The rest may be called from any thread, from construction to destruction, while the executor exists.
    void notify();  // something may be ready, paused or cancelled
    void drain();   // claims no more, ends passes at a message boundary, after a while at once
    void stop();    // drain without that while
    void set_passes(std::uint32_t passes);
    std::size_t running() const { return running_.size(); }

private:
    class Doorbell;
    enum class Round { claimed, idle, failed };

    void on_beat(const NodeId& node, const Heartbeat& heartbeat) override;
    void on_lost(const NodeId& node, const Error& reason) override;

    Awaitable<bool> have_lease();
    Awaitable<Result<void>> join();
    Awaitable<Round> look();
    Awaitable<Result<Round>> claim();
    Awaitable<Result<void>> give_back();
    void start(ClaimedPass pass);
    Awaitable<void> run_pass(std::size_t place, ClaimedPass pass, PassStop stop);
    Awaitable<void> pause_between(Round round);
    Awaitable<void> save_progress();
    Awaitable<void> reclaim();
    Awaitable<void> end_passes();
    void note_database(const Result<void>& result);

    DispatcherParts parts_;
    DispatcherSettings settings_;
    std::shared_ptr<Doorbell> bell_;
    RunningPasses running_;
    std::atomic<std::uint32_t> passes_;
    std::atomic<bool> draining_{false}, stopping_{false}, paused_{false};
    std::atomic<SteadyTime> drain_began_{SteadyTime::max()};

    // Of the executor.
    NodeId node_;
    TaskScope scope_;
    std::stop_source background_;
    std::vector<std::size_t> load_;  // passes on each executor of the pool
    std::chrono::milliseconds wait_;
    SteadyTime looked_{};
    SteadyTime claims_from_{};  // no earlier: others may still trust leases that the database does not know
    bool unsure_ = false;       // the answer to a claim or finish may have been lost
    bool database_up_ = true;

    LeaseKeeper keeper_;  // last: its threads call into the rest
};

}  // namespace godwit::scheduler
