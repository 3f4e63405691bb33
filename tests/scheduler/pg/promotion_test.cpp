// A standby is promoted that had not received everything: what nodes of before may still do.
#include <filesystem>
#include <optional>
#include <thread>

#include <gmock/gmock.h>

#include "daemon/child_process.h"
#include "daemon/embedded_postgres.h"
#include "scheduler/pg/migrator.h"
#include "scheduler/pg/pg_heartbeat.h"
#include "scheduler/pg/pg_store.h"
#include "tests/support/coro_test.h"
#include "tests/support/temp_directory.h"
#include "tests/support/test_postgres.h"

namespace godwit::scheduler::pg {
namespace {

using namespace std::chrono_literals;
using daemon::ChildProcess;
using test::run_coro;
namespace fs = std::filesystem;

const TenantId tenant = default_tenant;

// A primary and a standby that follows it, each in a directory that is its socket's too.
class Cluster {
public:
    Cluster() : user_(*daemon::user_for_children("postgres")) {
        fs::permissions(directory_.path(), fs::perms(0755));
        for (const auto* name : {"primary", "standby"}) make_directory(directory_.path() / name);
        run("initdb", {"-D", data("primary"), "-U", "postgres", "-A", "trust", "--no-sync", "-E", "UTF8"});
        primary_ = start("primary");
        run("pg_basebackup", {"-D", data("standby"), "-h", host("primary"), "-U", "postgres", "-c", "fast",
                              "-R", "-X", "stream", "--no-sync"});
        standby_ = start("standby");
    }
    ~Cluster() {
        for (auto* server : {&primary_, &standby_})
            if (*server) end(*server, SIGQUIT);
    }

    // Both, for a client that looks for the one that may be written to.
    std::string url() const {
        return "host=" + host("primary") + "," + host("standby") +
               " user=postgres dbname=postgres target_session_attrs=read-write";
    }
    void wait_until_standby_has_all() {
        const auto position = ask("primary", "select pg_current_wal_lsn()");
        while (ask("standby", "select pg_last_wal_replay_lsn() >= '" + position + "'") != "t")
            std::this_thread::sleep_for(10ms);  // between two questions
    }
    void cut_off_standby() { end(standby_, SIGINT); }
    // The primary is gone, with what the standby had not received.
    void promote() {
        end(primary_, SIGKILL);
        standby_ = start("standby");
        EXPECT_EQ(ask("standby", "select pg_promote()"), "t");
    }

private:
    std::string host(const std::string& name) const { return directory_.path() / name; }
    std::string data(const std::string& name) const { return directory_.path() / name / "data"; }
    std::string url_of(const std::string& name) const {
        return "host=" + host(name) + " user=postgres dbname=postgres";
    }
    std::string ask(const std::string& name, const std::string& statement) const {
        pqxx::connection connection(url_of(name));
        return pqxx::nontransaction(connection).exec1(statement)[0].as<std::string>();
    }
    void make_directory(const fs::path& path) const {
        fs::create_directory(path);
        if (user_ && chown(path.c_str(), user_->uid, user_->gid) != 0) throw std::runtime_error("chown");
    }
    ChildProcess launch(const std::string& program, std::vector<std::string> arguments) const {
        const fs::path binaries = daemon::EmbeddedPostgres::default_binaries;
        const ChildProcess::Command command{binaries / program, std::move(arguments), host("primary"),
                                            host("primary") + "/log", SIGINT};
        auto child = ChildProcess::start(command, user_);
        if (!child) throw std::runtime_error(child.error().to_string());
        return std::move(*child);
    }
    void run(const std::string& program, std::vector<std::string> arguments) const {
        if (launch(program, std::move(arguments)).wait(Deadline::max()) != 0)
            throw std::runtime_error(program + " failed");
    }
    ChildProcess start(const std::string& name) const {
        auto server =
            launch("postgres", {"-D", data(name), "-c", "unix_socket_directories=" + host(name), "-c",
                                "listen_addresses=", "-c", "fsync=off", "-c", "hot_standby_feedback=on"});
        for (const auto deadline = after(60s); !answers(name); std::this_thread::sleep_for(20ms))
            if (std::chrono::steady_clock::now() > deadline)
                throw std::runtime_error(name + " does not answer");
        return server;
    }
    bool answers(const std::string& name) const {
        try {
            return ask(name, "select true") == "t";
        } catch (const std::exception&) {
            return false;
        }
    }
    static void end(std::optional<ChildProcess>& server, int signal) {
        server->signal(signal);
        server->wait(Deadline::max());
        server.reset();
    }

    const test::TempDirectory directory_;
    const std::optional<daemon::UserIds> user_;
    std::optional<ChildProcess> primary_, standby_;
};

MigrationSpec spec(const std::string& name) {
    MigrationSpec spec;
    spec.id = new_migration_id();
    spec.source.host = "old.example";
    spec.destination.host = "new.example";
    spec.source.user = spec.destination.user = name;
    spec.source.password = spec.destination.password = {"k1", "sealed"};
    return spec;
}

Awaitable<std::vector<ClaimedPass>> claim(Store& store, NodeId node, std::uint32_t count) {
    auto view = co_await store.queue();
    if (!view || view->lanes.empty()) co_return std::vector<ClaimedPass>{};
    auto claimed = co_await store.claim(node, {{view->lanes.front().id, count}});
    EXPECT_TRUE(claimed) << claimed.error().to_string();
    co_return std::move(*claimed);
}

TEST(Promotion, NodesOfBeforeWriteNothingAndTheNextWait) {
    GODWIT_NEEDS_POSTGRES();
    Cluster cluster;
    ExecutorOptions options;
    options.url = cluster.url();
    ASSERT_TRUE(migrate(options));
    Executor executor(options);
    PgStore store(executor);
    PgHeartbeat heartbeat(options);
    const NodeId before = new_node_id(), next = new_node_id();
    std::vector<ClaimedPass> kept, lost;

    run_coro(
        [&]() -> Awaitable<void> {
            const Batch batch{new_batch_id(), "b", 0, false, {}};
            CO_ASSERT_OK(co_await store.create_batch(tenant, batch));
            CO_ASSERT_OK(co_await store.add_migrations(tenant, batch.id, {spec("a"), spec("b")}));
            auto joined = co_await store.join(before, "n", 60s);
            CO_ASSERT_OK(joined);
            EXPECT_EQ(*joined, 0ms);
            kept = co_await claim(store, before, 1);
            CO_ASSERT(kept.size() == 1);
            cluster.wait_until_standby_has_all();
            cluster.cut_off_standby();
            lost = co_await claim(store, before, 1);
            CO_ASSERT(lost.size() == 1);
        }(),
        60s);
    EXPECT_TRUE(heartbeat.beat(before, 60s));
    cluster.promote();

    // The lease is far from its end by the clock, and the claim that the standby knew of still has its row.
    EXPECT_FALSE(heartbeat.beat(before, 60s));  // on the connection to the old primary
    const auto lost_lease = heartbeat.beat(before, 60s);
    ASSERT_FALSE(lost_lease);
    EXPECT_EQ(lost_lease.error().kind, ErrorKind::lease_lost);
    EXPECT_THAT(lost_lease.error().cause, testing::HasSubstr("timeline"));
    run_coro(
        [&]() -> Awaitable<void> {
            for (const auto& pass : {kept[0], lost[0]}) {
                auto finished = co_await store.finish(before, pass, {});
                CO_ASSERT(!finished);
                EXPECT_EQ(finished.error().kind, ErrorKind::lease_lost);
                const sync::LedgerEntry entry{1, 1, sync::Provenance::put, 0, 1};
                const auto ledger = store.ledger(before, pass);
                auto recorded = co_await ledger->record({"INBOX", "INBOX"}, {}, std::span(&entry, 1));
                CO_ASSERT(!recorded);
                EXPECT_EQ(recorded.error().kind, ErrorKind::lease_lost);
                sync::Counters counters;
                counters.messages_copied = 99;
                CO_ASSERT_OK(
                    co_await store.save_progress(before, {{pass.migration, pass.generation, counters, {}}}));
                EXPECT_EQ((co_await store.migration(tenant, pass.migration))->progress.messages_copied, 0u);
            }
            auto claimed = co_await store.claim(before, {});
            CO_ASSERT(!claimed);
            EXPECT_EQ(claimed.error().kind, ErrorKind::lease_lost);

            // The old lease may have been renewed without the standby's knowledge: it counts twice.
            auto joined = co_await store.join(next, "n", 60s);
            CO_ASSERT_OK(joined);
            EXPECT_GT(*joined, 60s);
            EXPECT_LE(*joined, 120s);
        }(),
        60s);
    EXPECT_TRUE(heartbeat.beat(next, 60s));

    {
        const auto connection = open_connection(options, "test");
        pqxx::nontransaction(*connection)
            .exec("update nodes set lease_until = now() - interval '61 seconds' where node_id = '" +
                  before.value + "'");
    }
    run_coro(
        [&]() -> Awaitable<void> {
            auto joined = co_await store.join(next, "n", 60s);
            CO_ASSERT_OK(joined);
            EXPECT_EQ(*joined, 0ms);
            EXPECT_EQ(*co_await store.reclaim(), 1u);
            const auto claimed = co_await claim(store, next, 2);
            CO_ASSERT(claimed.size() == 2);
            for (const auto& pass : claimed) CO_ASSERT_OK(co_await store.finish(next, pass, {}));
        }(),
        60s);
}

}  // namespace
}  // namespace godwit::scheduler::pg
