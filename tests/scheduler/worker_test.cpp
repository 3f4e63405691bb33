#include "scheduler/worker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/scheduler/runtime_support.h"
#include "tests/support/coro_test.h"

namespace godwit::scheduler {
namespace {

using namespace std::chrono_literals;
using godwit::test::run_coro;

class Hooks final : public RuntimeHooks {
public:
    void on_pass_started(const ClaimedPass&) override { ++started; }
    void on_pass_finished(const ClaimedPass&, const PassOutcome& outcome,
                          std::chrono::steady_clock::duration) override {
        results.push_back(outcome.result);
    }
    int started = 0;
    std::vector<PassOutcome::Result> results;
};

class WorkerTest : public testing::Test {
protected:
    Worker make(PassRunner runner) {
        WorkerSettings settings;
        settings.ca_file = "/etc/ca.pem";
        settings.limits.buffer_bytes = 12345;
        settings.finish_retry = 1ms;
        settings.finish_retry_cap = 2ms;
        return Worker({queue, box.box(), dialer, progress, hooks, clock, std::move(runner), budget}, settings);
    }
    // Whether the outcome was stored.
    bool run(const ClaimedPass& pass, PassRunner runner, PassStop stop = {}) {
        auto worker = make(std::move(runner));
        bool stored = false;
        run_coro([](Worker& w, ClaimedPass p, PassStop s, bool& out) -> Awaitable<void> {
            out = co_await w.run(NodeId{"nod_1"}, std::move(p), std::move(s));
        }(worker, pass, std::move(stop), stored));
        return stored;
    }
    static PassRunner returning(sync::SyncReport report) {
        return [report](RunContext&, net::Dialer&, const sync::SyncRequest&, sync::Ledger&,
                        sync::SyncObserver&) -> Awaitable<sync::SyncReport> { co_return report; };
    }
    static sync::SyncReport failed(ErrorKind kind, Reach reach) {
        sync::SyncReport report;
        report.error = Error{kind, reach, "", ""};
        return report;
    }

    test::FakeQueue queue;
    test::TestBox box;
    test::NoDialer dialer;
    ProgressCollector progress;
    Hooks hooks;
    SystemClock clock;
    ByteBudget budget{0};
};

TEST_F(WorkerTest, AnUndoIsGivenTheDestinationsPasswordOnly) {
    auto pass = box.pass();
    pass.kind = sync::PassKind::undo;
    pass.options.dry = true;
    pass.source.password.bytes = "no longer readable";
    sync::SyncRequest seen;
    const PassRunner runner = [&](RunContext&, net::Dialer&, const sync::SyncRequest& request, sync::Ledger&,
                                  sync::SyncObserver&) -> Awaitable<sync::SyncReport> {
        seen = request;
        co_return sync::SyncReport{};
    };
    EXPECT_TRUE(run(pass, runner));
    EXPECT_EQ(seen.kind, sync::PassKind::undo);
    EXPECT_TRUE(seen.options.dry);
    EXPECT_TRUE(seen.source.password.empty());
    EXPECT_TRUE(seen.source.endpoint.host.empty());
    EXPECT_EQ(seen.destination.password.reveal(), "destination password");
}

TEST_F(WorkerTest, HandsTheEngineWhatThePassSays) {
    auto pass = box.pass();
    pass.source.connect_to = "127.0.0.1:1143";
    pass.destination.auth_user = "admin";
    pass.options.folder = {"INBOX"};
    sync::SyncRequest seen;
    std::string subject;
    ByteBudget* given = nullptr;
    const PassRunner runner = [&](RunContext& context, net::Dialer&, const sync::SyncRequest& request,
                                  sync::Ledger&, sync::SyncObserver&) -> Awaitable<sync::SyncReport> {
        seen = request;
        subject = context.subject;
        given = context.budget;
        co_return sync::SyncReport{};
    };
    EXPECT_TRUE(run(pass, runner));
    EXPECT_EQ(subject, pass.migration.value);
    EXPECT_EQ(given, &budget);
    EXPECT_EQ(seen.migration_id, pass.migration.value);
    EXPECT_EQ(seen.source.password.reveal(), "source password");
    EXPECT_EQ(seen.destination.password.reveal(), "destination password");
    EXPECT_EQ(seen.source.endpoint.host, "old.example.org");
    EXPECT_EQ(seen.source.endpoint.connect_to, "127.0.0.1:1143");
    EXPECT_EQ(seen.source.endpoint.ca_file, "/etc/ca.pem");
    EXPECT_TRUE(seen.source.endpoint.verify);
    EXPECT_EQ(seen.destination.user, "ann@example.org");
    EXPECT_EQ(seen.destination.auth_user, "admin");
    EXPECT_EQ(seen.options, pass.options);
    EXPECT_EQ(seen.limits.buffer_bytes, 12345u);
    ASSERT_EQ(queue.finished.size(), 1u);
    EXPECT_EQ(queue.finished[0].outcome.result, PassOutcome::Result::succeeded);
    EXPECT_EQ(hooks.started, 1);
    EXPECT_THAT(hooks.results, testing::ElementsAre(PassOutcome::Result::succeeded));
}

TEST_F(WorkerTest, APasswordThatCannotBeOpenedParks) {
    auto pass = box.pass();
    std::swap(pass.source.password, pass.destination.password);  // sealed for the other place
    bool called = false;
    const PassRunner runner = [&](RunContext&, net::Dialer&, const sync::SyncRequest&, sync::Ledger&,
                                  sync::SyncObserver&) -> Awaitable<sync::SyncReport> {
        called = true;
        co_return sync::SyncReport{};
    };
    EXPECT_TRUE(run(pass, runner));
    EXPECT_FALSE(called);
    ASSERT_EQ(queue.finished.size(), 1u);
    EXPECT_EQ(queue.finished[0].outcome.result, PassOutcome::Result::parked);
    EXPECT_EQ(queue.finished[0].outcome.error->kind, ErrorKind::secret_unreadable);
}

TEST_F(WorkerTest, ABugInTheEngineEndsOnePass) {
    const PassRunner runner = [](RunContext&, net::Dialer&, const sync::SyncRequest&, sync::Ledger&,
                                 sync::SyncObserver&) -> Awaitable<sync::SyncReport> {
        throw std::logic_error("a bug");
        co_return sync::SyncReport{};
    };
    EXPECT_TRUE(run(box.pass(), runner));
    ASSERT_EQ(queue.finished.size(), 1u);
    EXPECT_EQ(queue.finished[0].outcome.error->kind, ErrorKind::internal);
    EXPECT_EQ(queue.finished[0].outcome.error->cause, "a bug");
}

TEST_F(WorkerTest, KeepsTheOutcomeWhileTheDatabaseIsAway) {
    queue.failing_finishes = 5;
    EXPECT_TRUE(run(box.pass(), returning({})));
    EXPECT_EQ(queue.finished.size(), 1u);
    EXPECT_EQ(queue.failing_finishes, 0);
}

TEST_F(WorkerTest, TriesOnceToStoreTheOutcomeOfAPassThatWasStopped) {
    std::stop_source stop;
    stop.request_stop();
    queue.failing_finishes = 5;
    EXPECT_FALSE(
        run(box.pass(), returning(failed(ErrorKind::cancelled, Reach::account)), {{}, stop.get_token(), {}}));
    EXPECT_EQ(queue.failing_finishes, 4);
}

TEST_F(WorkerTest, WritesNothingWithoutALease) {
    std::stop_source lost;
    lost.request_stop();
    EXPECT_FALSE(run(box.pass(), returning({}), {{}, lost.get_token(), lost.get_token()}));
    EXPECT_FALSE(run(box.pass(), returning(failed(ErrorKind::lease_lost, Reach::account))));
    EXPECT_TRUE(queue.finished.empty());
    EXPECT_EQ(hooks.results.size(), 2u);
}

TEST_F(WorkerTest, APassAsksForItsLeaseByTheClock) {
    std::stop_source lost;
    bool in_time = true;
    std::vector<bool> answers;
    const PassRunner runner = [&](RunContext& context, net::Dialer&, const sync::SyncRequest&, sync::Ledger&,
                                  sync::SyncObserver&) -> Awaitable<sync::SyncReport> {
        answers.push_back(context.holds_lease());
        in_time = false;
        answers.push_back(context.holds_lease());
        EXPECT_FALSE(context.draining()) << "no token was needed";
        in_time = true;
        lost.request_stop();
        answers.push_back(context.holds_lease());
        in_time = false;
        co_return sync::SyncReport{};
    };
    EXPECT_FALSE(run(box.pass(), runner, {{}, {}, lost.get_token(), [&] { return in_time; }}));
    EXPECT_THAT(answers, testing::ElementsAre(true, false, false));
    EXPECT_TRUE(queue.finished.empty());
}

TEST_F(WorkerTest, StoresNothingAfterItsTime) {
    EXPECT_FALSE(run(box.pass(), returning({}), {{}, {}, {}, [] { return false; }}));
    EXPECT_TRUE(queue.finished.empty());
    EXPECT_TRUE(run(box.pass(), returning({}), {{}, {}, {}, [] { return true; }}));
    EXPECT_EQ(queue.finished.size(), 1u);
}

TEST_F(WorkerTest, ADrainedPassIsInterrupted) {
    std::stop_source drain;
    drain.request_stop();
    const PassRunner runner = [](RunContext& context, net::Dialer&, const sync::SyncRequest&, sync::Ledger&,
                                 sync::SyncObserver&) -> Awaitable<sync::SyncReport> {
        sync::SyncReport report;
        if (context.draining()) report.error = Error{ErrorKind::cancelled, Reach::account, "", ""};
        co_return report;
    };
    EXPECT_TRUE(run(box.pass(), runner, {drain.get_token(), {}, {}}));
    ASSERT_EQ(queue.finished.size(), 1u);
    EXPECT_EQ(queue.finished[0].outcome.result, PassOutcome::Result::interrupted);
}

TEST_F(WorkerTest, CollectsProgress) {
    std::vector<ProgressUpdate> during, again, later;
    const PassRunner runner = [&](RunContext&, net::Dialer&, const sync::SyncRequest&, sync::Ledger&,
                                  sync::SyncObserver& observer) -> Awaitable<sync::SyncReport> {
        sync::Counters counters;
        counters.messages_copied = 3;
        observer.on_folder("INBOX");
        observer.on_progress(counters);
        during = progress.take_changed();
        again = progress.take_changed();
        progress.mark_unsaved();
        later = progress.take_changed();
        co_return sync::SyncReport{};
    };
    const auto pass = box.pass();
    EXPECT_TRUE(run(pass, runner));
    ASSERT_EQ(during.size(), 1u);
    EXPECT_EQ(during[0].migration, pass.migration);
    EXPECT_EQ(during[0].generation, 7);
    EXPECT_EQ(during[0].folder, "INBOX");
    EXPECT_EQ(during[0].counters.messages_copied, 3u);
    EXPECT_TRUE(again.empty());
    EXPECT_EQ(later.size(), 1u);
    EXPECT_TRUE(progress.take_changed().empty());
}

}  // namespace
}  // namespace godwit::scheduler
