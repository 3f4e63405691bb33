// What the tests of the runtime share: a queue in memory that fails on request, and a heartbeat channel.
#pragma once

#include <condition_variable>
#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>

#include <unistd.h>

#include "engine/sync/memory_ledger.h"
#include "scheduler/credential_box.h"
#include "scheduler/store.h"

namespace godwit::scheduler::test {

inline std::unexpected<Error> database_away() {
    return fail(ErrorKind::database, Reach::node, "connection refused", "asking the database");
}

// Waits on the condition of what another thread changes.
class Watched {
public:
    template <class Change>
    void change(Change&& what) {
        const std::lock_guard lock(mutex_);
        what();
        changed_.notify_all();
    }
    template <class Holds>
    bool wait(Holds holds, std::chrono::seconds limit = std::chrono::seconds(20)) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, limit, holds);
    }
    template <class Read>
    auto read(Read what) {
        const std::lock_guard lock(mutex_);
        return what();
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
};

// Answers beats with what the test says; without an answer set, every beat succeeds.
class FakeHeartbeat final : public HeartbeatChannel {
public:
    using Answer = std::function<Result<Heartbeat>(const NodeId&)>;
    Result<Heartbeat> beat(const NodeId& node, std::chrono::milliseconds) override {
        const Answer answer = state.read([this] { return answer_; });
        auto result = answer ? answer(node) : Result<Heartbeat>{Heartbeat{}};
        state.change([&] { beats.push_back(node); });
        return result;
    }
    void answer(Answer answer) {
        state.change([&] { answer_ = std::move(answer); });
    }
    std::size_t count() {
        return state.read([this] { return beats.size(); });
    }

    Watched state;
    std::vector<NodeId> beats;

private:
    Answer answer_;
};

// The queue lane of a Store, thread-safe. Its other methods are never called by the runtime.
class FakeQueue final : public Store {
public:
    struct Finished {
        ClaimedPass pass;
        PassOutcome outcome;
    };

    Watched state;
    std::deque<ClaimedPass> ready;
    std::map<PassId, ClaimedPass> claimed;
    std::vector<Finished> finished;
    std::vector<NodeId> joined, left;
    std::vector<ProgressUpdate> progress;
    bool cluster_paused = false;
    int failing_joins = 0, failing_finishes = 0, failing_leaves = 0;
    int lost_claims = 0;  // claims that take passes and then do not answer
    int reclaims = 0;
    std::chrono::milliseconds join_wait{0};
    std::uint64_t given_back = 0;

    void add(ClaimedPass pass) {
        state.change([&] { ready.push_back(std::move(pass)); });
    }
    std::size_t finished_count() {
        return state.read([this] { return finished.size(); });
    }

    Awaitable<Result<std::chrono::milliseconds>> join(NodeId node, std::string,
                                                      std::chrono::milliseconds) override {
        bool away = false;
        state.change([&] {
            away = failing_joins > 0 && failing_joins-- > 0;
            if (!away) joined.push_back(node);
        });
        if (away) co_return database_away();
        co_return join_wait;
    }
    Awaitable<Result<QueueView>> queue() override {
        QueueView view;
        state.change([&] {
            view.paused = cluster_paused;
            if (ready.empty()) return;
            LaneView lane;
            lane.id = LaneId{"lane"};
            lane.source = HostGroupId{"a"};
            lane.destination = HostGroupId{"b"};
            lane.ready = ready.size();
            view.lanes.push_back(lane);
            view.hosts = {{HostGroupId{"a"}, 1000, 1000}, {HostGroupId{"b"}, 1000, 1000}};
        });
        co_return view;
    }
    Awaitable<Result<std::vector<ClaimedPass>>> claim(NodeId, std::vector<ClaimRequest> lanes) override {
        std::vector<ClaimedPass> taken;
        bool lost = false;
        state.change([&] {
            for (std::uint32_t i = 0; i < lanes.at(0).count && !ready.empty(); ++i) {
                taken.push_back(std::move(ready.front()));
                ready.pop_front();
                claimed[taken.back().id] = taken.back();
            }
            lost = lost_claims > 0 && lost_claims-- > 0;
        });
        if (lost) co_return database_away();
        co_return taken;
    }
    Awaitable<Result<void>> finish(NodeId, ClaimedPass pass, PassOutcome outcome) override {
        bool away = false;
        state.change([&] {
            away = failing_finishes > 0 && failing_finishes-- > 0;
            if (away) return;
            claimed.erase(pass.id);
            finished.push_back({std::move(pass), std::move(outcome)});
        });
        if (away) co_return database_away();
        co_return Result<void>{};
    }
    Awaitable<Result<void>> save_progress(NodeId, std::vector<ProgressUpdate> updates) override {
        state.change([&] {
            for (auto& update : updates) progress.push_back(std::move(update));
        });
        co_return Result<void>{};
    }
    Awaitable<Result<std::uint64_t>> reclaim() override {
        state.change([&] { ++reclaims; });
        co_return 0;
    }
    Awaitable<Result<std::uint64_t>> release_others(NodeId, std::vector<PassId> running) override {
        std::uint64_t count = 0;
        state.change([&] {
            for (auto it = claimed.begin(); it != claimed.end();) {
                if (std::ranges::find(running, it->first) != running.end()) {
                    ++it;
                    continue;
                }
                ready.push_back(it->second);
                it = claimed.erase(it);
                ++count;
            }
            given_back += count;
        });
        co_return count;
    }
    Awaitable<Result<void>> leave(NodeId node) override {
        bool away = false;
        state.change([&] {
            away = failing_leaves > 0 && failing_leaves-- > 0;
            if (!away) left.push_back(node);
        });
        if (away) co_return database_away();
        co_return Result<void>{};
    }
    std::unique_ptr<sync::Ledger> ledger(NodeId, const ClaimedPass&) override {
        return std::make_unique<sync::MemoryLedger>();
    }

    Awaitable<Result<Batch>> create_batch(TenantId, Batch) override { co_return unused(); }
    Awaitable<Result<BatchSummary>> batch(TenantId, BatchId) override { co_return unused(); }
    Awaitable<Result<Page<BatchSummary>>> batches(TenantId, PageRequest) override { co_return unused(); }
    Awaitable<Result<ImportOutcome>> add_migrations(TenantId, BatchId, std::vector<MigrationSpec>) override {
        co_return unused();
    }
    Awaitable<Result<MigrationView>> migration(TenantId, MigrationId) override { co_return unused(); }
    Awaitable<Result<Page<MigrationView>>> migrations(TenantId, MigrationFilter, PageRequest) override {
        co_return unused();
    }
    Awaitable<Result<Page<PassView>>> passes(TenantId, MigrationId, PageRequest) override {
        co_return unused();
    }
    Awaitable<Result<Page<IssueView>>> issues(TenantId, MigrationId, PageRequest) override {
        co_return unused();
    }
    Awaitable<Result<Page<FolderView>>> folders(TenantId, MigrationId, PageRequest) override {
        co_return unused();
    }
    Awaitable<Result<std::vector<StateCount>>> state_counts() override { co_return unused(); }
    Awaitable<Result<std::optional<ReportedPass>>> reported_pass(TenantId, MigrationId) override { co_return unused(); }
    Awaitable<Result<Page<FolderView>>> reported_folders(TenantId, MigrationId, PageRequest) override {
        co_return unused();
    }
    Awaitable<Result<Page<FindingView>>> findings(TenantId, MigrationId, std::optional<sync::FindingKind>,
                                                  PageRequest) override {
        co_return unused();
    }
    Awaitable<Result<MigrationView>> act(TenantId, MigrationId, Action, PassParameters) override { co_return unused(); }
    Awaitable<Result<std::uint64_t>> act(TenantId, BatchId, Action, PassParameters) override { co_return unused(); }
    Awaitable<Result<void>> add_report_key(ReportKey) override { co_return unused(); }
    Awaitable<Result<Page<ReportKey>>> report_keys(PageRequest) override { co_return unused(); }
    Awaitable<Result<void>> set_paused(bool) override { co_return unused(); }
    Awaitable<Result<bool>> paused() override { co_return unused(); }
    Awaitable<Result<Page<HostView>>> hosts(PageRequest) override { co_return unused(); }
    Awaitable<Result<HostView>> set_limits(HostGroupId, HostLimits) override { co_return unused(); }
    Awaitable<Result<void>> set_default_limits(HostLimits) override { co_return unused(); }
    Awaitable<Result<std::optional<StoredAnswer>>> begin_idempotent(TenantId, std::string,
                                                                    std::string) override {
        co_return unused();
    }
    Awaitable<Result<void>> end_idempotent(TenantId, std::string, StoredAnswer) override {
        co_return unused();
    }

private:
    static std::unexpected<Error> unused() {
        return fail(ErrorKind::internal, Reach::node, "not part of the queue");
    }
};

// A box with a key file of its own.
class TestBox {
public:
    TestBox() : directory_(make_directory()), box_(*CredentialBox::open_file(directory_ / "key")) {}
    ~TestBox() { std::filesystem::remove_all(directory_); }
    const CredentialBox& box() const { return box_; }

    // A pass whose passwords are "source password" and "destination password".
    ClaimedPass pass() const {
        ClaimedPass pass;
        pass.tenant = default_tenant;
        pass.id = new_pass_id();
        pass.migration = new_migration_id();
        pass.generation = 7;
        pass.source.host = "old.example.org";
        pass.source.user = "ann";
        pass.destination.host = "new.example.org";
        pass.destination.user = "ann@example.org";
        pass.source.password = seal(pass, sync::Side::source);
        pass.destination.password = seal(pass, sync::Side::destination);
        return pass;
    }

private:
    static std::filesystem::path make_directory() {
        std::string name = std::filesystem::temp_directory_path() / "godwit-test-XXXXXX";
        if (!mkdtemp(name.data())) std::abort();
        return name;
    }
    SealedSecret seal(const ClaimedPass& pass, sync::Side side) const {
        return box_.seal(Secret<std::string>(std::string(sync::name_of(side)) + " password"),
                         secret_place(pass.tenant, pass.migration, side));
    }

    std::filesystem::path directory_;
    CredentialBox box_;
};

// Never dialed: the runner of these tests is not the engine.
class NoDialer final : public net::Dialer {
    Awaitable<Result<std::unique_ptr<net::Stream>>> dial(const RunContext&, const net::Endpoint&,
                                                         Deadline) override {
        co_return fail(ErrorKind::connection_refused, Reach::host, "no network in this test");
    }
};

}  // namespace godwit::scheduler::test
