// What the store contract does not show: many nodes at once, many rows, and input that is no text.
#include "scheduler/pg/pg_store.h"

#include <atomic>
#include <thread>

#include <gmock/gmock.h>

#include "scheduler/pg/pg_heartbeat.h"
#include "tests/support/coro_test.h"
#include "tests/support/test_postgres.h"

namespace godwit::scheduler::pg {
namespace {

using namespace std::chrono_literals;
using test::run_coro;

const TenantId tenant = default_tenant;
constexpr auto lease = 5min;

class PgStoreTest : public testing::Test {
protected:
    void SetUp() override {
        GODWIT_NEEDS_POSTGRES();
        options_.url = test::fresh_database();
    }
    std::string ask(const std::string& statement) const {
        auto connection = open_connection(options_, "test");
        return pqxx::nontransaction(*connection).exec1(statement)[0].as<std::string>("");
    }

    ExecutorOptions options_;
};

std::vector<MigrationSpec> specs(std::size_t count, std::size_t destinations,
                                 const std::string& prefix = "u") {
    std::vector<MigrationSpec> out(count);
    for (std::size_t i = 0; i < count; ++i) {
        auto& spec = out[i];
        spec.id = new_migration_id();
        spec.row = i + 1;
        spec.source.host = "src" + std::to_string(i % 3) + ".example";
        spec.source.user = prefix + std::to_string(i);
        spec.destination.host = "dst.example";
        spec.destination.user = "d" + std::to_string(i % destinations);
        spec.source.password = spec.destination.password = {"k1", "sealed"};
    }
    return out;
}

Awaitable<BatchId> new_batch(Store& store, std::string name) {
    const Batch batch{new_batch_id(), std::move(name), 0, false, {}};
    auto stored = co_await store.create_batch(tenant, batch);
    if (!stored) ADD_FAILURE() << stored.error().to_string();
    co_return batch.id;
}

// Claims and ends passes until nothing is left.
struct Node {
    NodeId id = new_node_id();
    std::size_t done = 0;

    Awaitable<void> work(Store& store, std::atomic<std::size_t>& left) {
        CO_ASSERT_OK(co_await store.join(id, "n", lease));
        while (left > 0) {
            auto view = co_await store.queue();
            CO_ASSERT_OK(view);
            std::vector<ClaimRequest> requests;
            for (const auto& lane : view->lanes) requests.push_back({lane.id, 4});
            auto claimed = co_await store.claim(id, requests);
            CO_ASSERT_OK(claimed);
            for (const auto& pass : *claimed) {
                CO_ASSERT_OK(co_await store.finish(id, pass, {}));
                ++done;
                --left;
            }
        }
    }
};

TEST_F(PgStoreTest, ManyNodesKeepTheLimitsAndShareTheWork) {
    constexpr std::size_t count = 120;
    {
        Executor executor(options_);
        PgStore store(executor);
        run_coro([&]() -> Awaitable<void> {
            CO_ASSERT_OK(co_await store.set_default_limits({3, 5}));
            const auto batch = co_await new_batch(store, "b");
            CO_ASSERT_OK(co_await store.add_migrations(tenant, batch, specs(count, 20)));
        }());
    }
    std::atomic<std::size_t> left = count;
    std::array<Node, 3> nodes;
    std::vector<std::jthread> threads;
    for (auto& node : nodes)
        threads.emplace_back([&] {
            Executor executor(options_);
            PgStore store(executor);
            run_coro(node.work(store, left), 120s);
            left = 0;  // also after a failure, so that nobody waits
        });
    // A pass too many or an account with two writers would be there for a moment only.
    int worst_source = 0, worst_destination = 0;
    while (left > 0) {
        worst_source = std::max(
            worst_source,
            std::stoi(ask(
                "select coalesce(max(n), 0) from (select count(*) n from host_slots where side = 'source' "
                "and pass_id is not null group by host_group_id) x")));
        worst_destination = std::max(
            worst_destination,
            std::stoi(
                ask("select count(*) from host_slots where side = 'destination' and pass_id is not null")));
    }
    threads.clear();
    EXPECT_LE(worst_source, 3);
    EXPECT_LE(worst_destination, 5);
    EXPECT_EQ(nodes[0].done + nodes[1].done + nodes[2].done, count);
    EXPECT_EQ(ask("select count(*) from migrations where state <> 'done'"), "0");
    EXPECT_EQ(ask("select count(*) from attempts"), std::to_string(count));
    EXPECT_EQ(ask("select (select count(*) from passes) + (select count(*) from destination_locks) + "
                  "(select count(*) from host_slots where pass_id is not null)"),
              "0");
}

TEST_F(PgStoreTest, ALoweredLimitCountsWhatIsHeldAboveIt) {
    Executor executor(options_);
    PgStore store(executor);
    run_coro([&]() -> Awaitable<void> {
        CO_ASSERT_OK(co_await store.set_default_limits({100, 10}));
        const auto batch = co_await new_batch(store, "b");
        auto rows = specs(20, 20);
        for (auto& row : rows) row.source.host = "src.example";
        CO_ASSERT_OK(co_await store.add_migrations(tenant, batch, rows));
        const NodeId node = new_node_id();
        CO_ASSERT_OK(co_await store.join(node, "n", lease));
        auto view = co_await store.queue();
        CO_ASSERT(view && view->lanes.size() == 1);
        const auto lane = view->lanes[0].id;
        auto claimed = co_await store.claim(node, {{lane, 100}});
        CO_ASSERT(claimed && claimed->size() == 10);
        CO_ASSERT_OK(co_await store.set_default_limits({100, 4}));
        // Whichever slots are freed, nothing starts before fewer than 4 are held.
        for (std::size_t i = 0; i < 6; ++i) {
            CO_ASSERT_OK(co_await store.finish(node, (*claimed)[i], {}));
            auto more = co_await store.claim(node, {{lane, 100}});
            CO_ASSERT_OK(more);
            EXPECT_EQ(more->size(), 0u) << i;
        }
        CO_ASSERT_OK(co_await store.finish(node, (*claimed)[6], {}));
        auto more = co_await store.claim(node, {{lane, 100}});
        CO_ASSERT_OK(more);
        EXPECT_EQ(more->size(), 1u);
    }());
}

TEST_F(PgStoreTest, ALargeBatchIsStoredAndMovedInPieces) {
    Executor executor(options_);
    PgStore store(executor);
    const auto begin = std::chrono::steady_clock::now();
    run_coro(
        [&]() -> Awaitable<void> {
            const auto batch = co_await new_batch(store, "large");
            for (int chunk = 0; chunk < 3; ++chunk) {
                auto stored = co_await store.add_migrations(tenant, batch,
                                                            specs(5000, 5000, std::to_string(chunk) + "-"));
                CO_ASSERT_OK(stored);
                EXPECT_EQ(stored->stored, 5000u);
            }
            EXPECT_EQ(*co_await store.act(tenant, batch, Action::pause), 15'000u);
            EXPECT_EQ(*co_await store.act(tenant, batch, Action::pause), 0u);
            EXPECT_EQ(*co_await store.act(tenant, batch, Action::resume), 15'000u);
            EXPECT_EQ(*co_await store.act(tenant, batch, Action::cancel), 15'000u);
        }(),
        120s);
    RecordProperty("milliseconds", std::to_string((std::chrono::steady_clock::now() - begin) / 1ms));
    EXPECT_EQ(ask("select count(*) from passes"), "0");
}

// One group a host, though both imports bring it.
TEST_F(PgStoreTest, ImportsAtOnceMakeOneHost) {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i)
        threads.emplace_back([this, i] {
            Executor executor(options_);
            PgStore store(executor);
            run_coro([](Store& s, std::string name) -> Awaitable<void> {
                const auto batch = co_await new_batch(s, name);
                CO_ASSERT_OK(co_await s.add_migrations(tenant, batch, specs(500, 500)));
            }(store, "b" + std::to_string(i)));
        });
    threads.clear();
    EXPECT_EQ(ask("select count(*) || ' ' || count(distinct name) from host_groups"), "4 4");
    EXPECT_EQ(ask("select count(*) from passes"), "2000");
}

TEST_F(PgStoreTest, ANewTimelineEndsTheLease) {
    Executor executor(options_);
    PgStore store(executor);
    PgHeartbeat heartbeat(options_);
    const NodeId node = new_node_id();
    run_coro([&]() -> Awaitable<void> { CO_ASSERT_OK(co_await store.join(node, "n", lease)); }());
    EXPECT_TRUE(heartbeat.beat(node, lease));
    EXPECT_EQ(ask("update nodes set timeline = timeline + 1 returning timeline"), "2");
    auto lost = heartbeat.beat(node, lease);
    ASSERT_FALSE(lost);
    EXPECT_EQ(lost.error().kind, ErrorKind::lease_lost);
}

TEST_F(PgStoreTest, WhatIsNoTextIsTheClientsError) {
    Executor executor(options_);
    PgStore store(executor);
    run_coro([&]() -> Awaitable<void> {
        for (const std::string wrong : {std::string("\xff\xfe"), std::string("a\0b", 3)}) {
            for (auto kind : {(co_await store.batches(tenant, {wrong, 10})).error().kind,
                              (co_await store.hosts({wrong, 10})).error().kind,
                              (co_await store.migrations(tenant, {}, {wrong, 10})).error().kind,
                              (co_await store.migrations(tenant, {.text = wrong}, {})).error().kind,
                              (co_await store.begin_idempotent(tenant, wrong, "f")).error().kind})
                EXPECT_EQ(kind, ErrorKind::invalid_argument);
        }
    }());
}

TEST_F(PgStoreTest, OldIdempotencyKeysAreDropped) {
    Executor executor(options_);
    PgStore store(executor);
    run_coro([&]() -> Awaitable<void> {
        CO_ASSERT_OK(co_await store.begin_idempotent(tenant, "old", "f"));
        CO_ASSERT_OK(co_await store.begin_idempotent(tenant, "new", "f"));
        ask("update idempotency_keys set created_at = now() - interval '25 hours' where key = 'old' "
            "returning 1");
        CO_ASSERT_OK(co_await store.reclaim());
    }());
    EXPECT_EQ(ask("select string_agg(key, ' ') from idempotency_keys"), "new");
}

}  // namespace
}  // namespace godwit::scheduler::pg
