#include "scheduler/dispatcher.h"

#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include "tests/scheduler/runtime_support.h"
#include "tests/support/coro_test.h"

namespace godwit::scheduler {
namespace {

using namespace std::chrono_literals;

// Passes that run until the test lets them go, or until they are told to end.
class HeldPasses {
public:
    enum class Manner { obeys_drain, obeys_stop_only };
    test::Watched state;
    std::vector<std::string> started;
    std::set<std::string> released, overdue;
    bool hold = true;
    std::size_t active = 0, most = 0;
    Manner manner = Manner::obeys_drain;

    PassRunner runner() {
        return [this](RunContext& context, net::Dialer&, const sync::SyncRequest& request, sync::Ledger&,
                      sync::SyncObserver& observer) -> Awaitable<sync::SyncReport> {
            state.change([&] {
                started.push_back(request.migration_id);
                most = std::max(most, ++active);
            });
            sync::Counters counters;
            counters.messages_copied = 1;
            observer.on_progress(counters);
            sync::SyncReport report;
            while (!may_end(request.migration_id)) {
                if (!context.holds_lease()) state.change([&] { overdue.insert(request.migration_id); });
                const bool told =
                    manner == Manner::obeys_drain ? context.draining() : context.stop.stop_requested();
                if (told) {
                    report.error = Error{ErrorKind::cancelled, Reach::account, "", ""};
                    break;
                }
                co_await sleep_for(1ms, context.stop);
            }
            state.change([&] { --active; });
            co_return report;
        };
    }
    void release_all() {
        state.change([&] { hold = false; });
    }
    bool wait_started(std::size_t count) {
        return state.wait([&] { return started.size() >= count; });
    }

private:
    bool may_end(const std::string& migration) {
        return state.read([&] { return !hold || released.contains(migration); });
    }
};

class Hooks final : public RuntimeHooks {
public:
    void on_lease_lost() override {
        state.change([this] { ++lost; });
    }
    test::Watched state;
    int lost = 0;
};

// A dispatcher on a thread of its own, and a pool of two more.
class DispatcherTest : public testing::Test {
protected:
    static constexpr std::size_t thread_count = 3;

    void SetUp() override {
        settings.lease = LeaseSettings{3s};
        settings.poll = 20ms;
        settings.poll_quiet = 100ms;
        settings.poll_gap = 1ms;
        settings.drain = 5s;
        settings.progress = 5ms;
        WorkerSettings quick;
        quick.finish_retry = quick.finish_retry_cap = 1ms;
        worker = std::make_unique<Worker>(
            WorkerParts{queue, box.box(), dialer, progress, hooks, clock, passes.runner(), budget}, quick);
    }
    void TearDown() override {
        if (dispatcher) end();
        queue.state.read([this] { EXPECT_TRUE(queue.claimed.empty()) << "passes were left behind"; });
    }

    void start() {
        for (std::size_t i = 0; i < thread_count; ++i) {
            contexts.push_back(std::make_unique<asio::io_context>(1));
            guards.push_back(asio::make_work_guard(*contexts.back()));
        }
        DispatcherParts parts{contexts[0]->get_executor(),
                              {contexts[1]->get_executor(), contexts[2]->get_executor()},
                              queue,
                              heartbeat,
                              *worker,
                              progress,
                              hooks};
        dispatcher = std::make_unique<Dispatcher>(std::move(parts), settings);
        root = std::make_unique<TaskScope>(contexts[0]->get_executor());
        root->spawn("run", [](Dispatcher& d, test::Watched& state, bool& out) -> Awaitable<void> {
            co_await d.run();
            state.change([&] { out = true; });
        }(*dispatcher, done_state, done));
        for (auto& context : contexts) threads.emplace_back([&context] { context->run(); });
    }
    bool wait_done() {
        return done_state.wait([this] { return done; });
    }
    void end() {
        passes.release_all();
        dispatcher->drain();
        ASSERT_TRUE(wait_done());
        guards.clear();
        for (auto& thread : threads) thread.join();
        dispatcher.reset();
        root.reset();
    }
    std::vector<ClaimedPass> add(std::size_t count) {
        std::vector<ClaimedPass> added;
        for (std::size_t i = 0; i < count; ++i) {
            added.push_back(box.pass());
            queue.add(added.back());
        }
        return added;
    }
    bool wait_finished(std::size_t count) {
        return queue.state.wait([&] { return queue.finished.size() >= count; });
    }
    std::vector<PassOutcome::Result> results() {
        return queue.state.read([this] {
            std::vector<PassOutcome::Result> out;
            for (const auto& finished : queue.finished) out.push_back(finished.outcome.result);
            return out;
        });
    }

    test::FakeQueue queue;
    test::FakeHeartbeat heartbeat;
    test::TestBox box;
    test::NoDialer dialer;
    ProgressCollector progress;
    ByteBudget budget{0};
    Hooks hooks;
    SystemClock clock;
    HeldPasses passes;
    DispatcherSettings settings;
    std::unique_ptr<Worker> worker;
    std::vector<std::unique_ptr<asio::io_context>> contexts;
    std::vector<asio::executor_work_guard<asio::io_context::executor_type>> guards;
    std::unique_ptr<Dispatcher> dispatcher;
    std::unique_ptr<TaskScope> root;
    test::Watched done_state;
    bool done = false;
    std::vector<std::thread> threads;
};

using enum PassOutcome::Result;

TEST_F(DispatcherTest, RunsWhatIsReady) {
    add(50);
    passes.release_all();
    start();
    ASSERT_TRUE(wait_finished(50));
    EXPECT_THAT(results(), testing::Each(succeeded));
    end();
    EXPECT_EQ(queue.joined.size(), 1u);
    EXPECT_EQ(queue.left, queue.joined);
    EXPECT_GE(queue.reclaims, 1);
}

TEST_F(DispatcherTest, StaysWithinTheRoomOfTheNode) {
    settings.passes = 4;
    add(10);
    start();
    ASSERT_TRUE(passes.wait_started(4));
    EXPECT_EQ(dispatcher->running(), 4u);
    dispatcher->set_passes(6);
    ASSERT_TRUE(passes.wait_started(6));
    passes.release_all();
    ASSERT_TRUE(wait_finished(10));
    EXPECT_EQ(passes.most, 6u);
}

TEST_F(DispatcherTest, SavesProgress) {
    const auto pass = add(1)[0];
    start();
    ASSERT_TRUE(queue.state.wait([&] { return !queue.progress.empty(); }));
    EXPECT_EQ(queue.progress[0].migration, pass.migration);
    EXPECT_EQ(queue.progress[0].counters.messages_copied, 1u);
}

TEST_F(DispatcherTest, ANotificationIsQuickerThanThePoll) {
    settings.poll = settings.poll_quiet = 60s;
    start();
    ASSERT_TRUE(heartbeat.state.wait([&] { return !heartbeat.beats.empty(); }));
    passes.release_all();
    for (std::size_t i = 1; i <= 5; ++i) {
        add(1);
        dispatcher->notify();
        ASSERT_TRUE(wait_finished(i));
    }
}

TEST_F(DispatcherTest, DrainsWithinItsTime) {
    add(20);
    start();
    ASSERT_TRUE(passes.wait_started(20));
    const auto began = std::chrono::steady_clock::now();
    dispatcher->drain();
    ASSERT_TRUE(wait_done());
    EXPECT_LT(std::chrono::steady_clock::now() - began, 3s);
    EXPECT_EQ(queue.finished.size(), 20u);
    EXPECT_THAT(results(), testing::Each(interrupted));
    EXPECT_EQ(queue.left.size(), 1u);
}

TEST_F(DispatcherTest, StopsAtOnceWhatDoesNotDrain) {
    settings.drain = 200ms;
    passes.manner = HeldPasses::Manner::obeys_stop_only;
    add(5);
    start();
    ASSERT_TRUE(passes.wait_started(5));
    const auto began = std::chrono::steady_clock::now();
    dispatcher->drain();
    ASSERT_TRUE(wait_done());
    const auto took = std::chrono::steady_clock::now() - began;
    EXPECT_GE(took, 200ms);
    EXPECT_LT(took, 3s);
    EXPECT_THAT(results(), testing::Each(interrupted));
}

TEST_F(DispatcherTest, ASecondSignalDoesNotWait) {
    settings.drain = 60s;
    passes.manner = HeldPasses::Manner::obeys_stop_only;
    add(5);
    start();
    ASSERT_TRUE(passes.wait_started(5));
    dispatcher->drain();
    dispatcher->stop();
    ASSERT_TRUE(wait_done());
    EXPECT_EQ(queue.finished.size(), 5u);
}

TEST_F(DispatcherTest, EndsThePassesThatTheHeartbeatNames) {
    const auto added = add(3);
    start();
    ASSERT_TRUE(passes.wait_started(3));
    heartbeat.answer([named = added[1].migration](const NodeId&) { return Heartbeat{false, {named}}; });
    dispatcher->notify();
    ASSERT_TRUE(wait_finished(1));
    EXPECT_EQ(queue.finished[0].pass.id, added[1].id);
    EXPECT_EQ(queue.finished[0].outcome.result, interrupted);
    ASSERT_TRUE(passes.state.wait([&] { return passes.active == 2; }));
    passes.release_all();
    ASSERT_TRUE(wait_finished(3));
    EXPECT_THAT(results(), testing::ElementsAre(interrupted, succeeded, succeeded));
}

TEST_F(DispatcherTest, APausedClusterRunsNothing) {
    add(3);
    start();
    ASSERT_TRUE(passes.wait_started(3));
    queue.state.change([&] { queue.cluster_paused = true; });
    heartbeat.answer([](const NodeId&) { return Heartbeat{true, {}}; });
    dispatcher->notify();
    ASSERT_TRUE(wait_finished(3));
    EXPECT_THAT(results(), testing::Each(interrupted));
    add(2);
    heartbeat.answer([](const NodeId&) { return Heartbeat{false, {}}; });
    queue.state.change([&] { queue.cluster_paused = false; });
    ASSERT_TRUE(passes.wait_started(5));
}

TEST_F(DispatcherTest, ALostLeaseStopsEverythingAndANewOneBegins) {
    passes.manner = HeldPasses::Manner::obeys_stop_only;
    const auto added = add(4);
    start();
    ASSERT_TRUE(passes.wait_started(4));
    const NodeId first = queue.state.read([&] { return queue.joined.at(0); });
    heartbeat.answer([first](const NodeId& node) -> Result<Heartbeat> {
        if (node == first) return fail(ErrorKind::lease_lost, Reach::node, "expired");
        return Heartbeat{};
    });
    dispatcher->notify();
    ASSERT_TRUE(hooks.state.wait([&] { return hooks.lost == 1; }));
    // What the node held goes back to the queue.
    queue.state.change([&] {
        queue.claimed.clear();
        for (const auto& pass : added) queue.ready.push_back(pass);
    });
    ASSERT_TRUE(passes.wait_started(8));
    EXPECT_EQ(queue.finished_count(), 0u) << "a stale generation writes nothing";
    queue.state.read([&] {
        ASSERT_EQ(queue.joined.size(), 2u);
        EXPECT_NE(queue.joined[1], first);
    });
    passes.release_all();
    ASSERT_TRUE(wait_finished(4));
    EXPECT_THAT(results(), testing::Each(succeeded));
}

TEST_F(DispatcherTest, PassesKnowWhenTheirLeaseIsOver) {
    settings.lease = LeaseSettings{600ms};
    add(2);
    start();
    ASSERT_TRUE(passes.wait_started(2));
    passes.state.read([&] { EXPECT_TRUE(passes.overdue.empty()); });
    heartbeat.answer([](const NodeId&) { return test::database_away(); });
    ASSERT_TRUE(hooks.state.wait([&] { return hooks.lost == 1; }));
    ASSERT_TRUE(passes.state.wait([&] { return passes.active == 0; }));
    passes.state.read([&] { EXPECT_EQ(passes.overdue.size(), 2u); });
    EXPECT_EQ(queue.finished_count(), 0u);
    heartbeat.answer({});
    queue.state.change([&] { queue.claimed.clear(); });
}

TEST_F(DispatcherTest, ClaimsNothingWhileOlderLeasesMayBeTrusted) {
    queue.join_wait = 400ms;
    passes.release_all();
    add(1);
    const auto began = std::chrono::steady_clock::now();
    start();
    ASSERT_TRUE(wait_finished(1));
    EXPECT_GE(std::chrono::steady_clock::now() - began, 400ms);
    EXPECT_GE(queue.reclaims, 1) << "what is known to be free is given back meanwhile";
}

TEST_F(DispatcherTest, AClaimWhoseAnswerWasLostIsGivenBack) {
    queue.lost_claims = 1;
    passes.release_all();
    add(3);
    start();
    ASSERT_TRUE(wait_finished(3));
    EXPECT_EQ(queue.given_back, 3u);
    EXPECT_EQ(queue.joined.size(), 1u);
}

TEST_F(DispatcherTest, WaitsForADatabaseThatIsAway) {
    queue.failing_joins = 3;
    passes.release_all();
    add(1);
    start();
    ASSERT_TRUE(wait_finished(1));
    EXPECT_EQ(queue.joined.size(), 1u);
}

TEST_F(DispatcherTest, FreesThePassesOfItsPredecessor) {
    settings.predecessor = NodeId{"nod_dead"};
    std::vector<NodeId> told;
    int left = 0;
    settings.on_joined = [&](const NodeId& node) { told.push_back(node); };
    settings.on_left = [&] { ++left; };
    add(1);
    start();
    ASSERT_TRUE(passes.wait_started(1));
    queue.state.read([&] { EXPECT_THAT(queue.left, testing::ElementsAre(NodeId{"nod_dead"})); });
    end();
    EXPECT_EQ(told, queue.joined);
    EXPECT_EQ(left, 1);
}

TEST_F(DispatcherTest, SaysThatItLeftOnlyIfTheDatabaseKnows) {
    int left = 0;
    settings.on_left = [&] { ++left; };
    start();
    ASSERT_TRUE(heartbeat.state.wait([&] { return !heartbeat.beats.empty(); }));
    queue.state.change([&] { queue.failing_leaves = 1; });
    end();
    EXPECT_EQ(left, 0);
}

}  // namespace
}  // namespace godwit::scheduler
