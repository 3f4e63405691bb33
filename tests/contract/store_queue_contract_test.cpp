// The store contract: claims, their end, and who may write.
#include <gmock/gmock.h>

#include "tests/contract/store_contract.h"
#include "tests/support/coro_test.h"

namespace godwit::test {

using namespace scheduler;

TEST_P(StoreContract, AClaimCarriesEverythingThePassNeeds) {
    run([](Store& store) -> Awaitable<void> {
        const auto batch = new_batch("b");
        co_await store.create_batch(tenant, batch);
        auto row = spec("Anna");
        row.source.auth_user = "admin";
        row.source.tls = net::TlsMode::starttls;
        row.source.port = 143;
        CO_ASSERT_OK(co_await store.add_migrations(tenant, batch.id, {row}));
        auto claimed = co_await claim_all(store, node);
        CO_ASSERT(claimed.size() == 1);
        EXPECT_EQ(claimed[0].migration, row.id);
        EXPECT_EQ(claimed[0].source.auth_user, "admin");
        EXPECT_EQ(claimed[0].source.port, 143);
        EXPECT_EQ(claimed[0].source.tls, net::TlsMode::starttls);
        EXPECT_EQ(claimed[0].source.password.bytes, row.source.password.bytes);
        EXPECT_EQ(claimed[0].options, row.options);
        EXPECT_EQ(claimed[0].attempt, 1);
        EXPECT_EQ(co_await state(store, row.id), State::running);
        EXPECT_TRUE((co_await claim_all(store, other_node)).empty());
    });
}

TEST_P(StoreContract, HostLimitsHoldOnBothSides) {
    run([](Store& store) -> Awaitable<void> {
        CO_ASSERT_OK(co_await store.set_default_limits({4, 3}));
        const auto batch = new_batch("b"), second = new_batch("c");
        co_await store.create_batch(tenant, batch);
        co_await store.create_batch(tenant, second);
        CO_ASSERT_OK(co_await store.add_migrations(tenant, batch.id, specs(10)));
        CO_ASSERT_OK(co_await store.add_migrations(tenant, second.id, specs(10, "v")));
        auto claimed = co_await claim_all(store, node);
        EXPECT_EQ(claimed.size() + (co_await claim_all(store, other_node)).size(), 3u);
        auto hosts = co_await store.hosts({});
        CO_ASSERT_OK(hosts);
        CO_ASSERT(hosts->items.size() == 2);
        auto destination = hosts->items[hosts->items[0].name == "dst.example:993" ? 0 : 1];
        EXPECT_EQ(destination.used_as_destination, 3u);
        EXPECT_EQ(destination.effective_as_destination, 3u);
        // Raised: more may run. Lowered: what runs goes on, nothing new starts.
        CO_ASSERT_OK(co_await store.set_limits(destination.id, {0, 5}));
        EXPECT_EQ((co_await claim_all(store, node)).size(), 1u);  // the source allows 4
        CO_ASSERT_OK(co_await store.set_limits(destination.id, {0, 1}));
        CO_ASSERT_OK(co_await store.finish(node, claimed.at(0), succeeded()));
        EXPECT_TRUE((co_await claim_all(store, node)).empty());
        auto unknown = co_await store.set_limits(HostGroupId("hst_none"), {1, 1});
        EXPECT_FALSE(unknown);
    });
}

TEST_P(StoreContract, OneWriterForEachDestinationAccount) {
    run([](Store& store) -> Awaitable<void> {
        const auto batch = new_batch("b"), second = new_batch("c");
        co_await store.create_batch(tenant, batch);
        co_await store.create_batch(tenant, second);
        CO_ASSERT_OK(co_await store.add_migrations(tenant, batch.id,
                                                   {spec("same", "a.example"), spec("SAME", "b.example")}));
        CO_ASSERT_OK(co_await store.add_migrations(tenant, second.id, {spec("same", "c.example")}));
        auto first = co_await claim_all(store, node);
        CO_ASSERT(first.size() == 1);
        EXPECT_TRUE((co_await claim_all(store, other_node)).empty());
        CO_ASSERT_OK(co_await store.finish(node, first[0], succeeded()));
        EXPECT_EQ((co_await claim_all(store, other_node)).size(), 1u);
    });
}

TEST_P(StoreContract, OutcomesMoveTheMigration) {
    run([](Store& store) -> Awaitable<void> {
        const auto batch = new_batch("b");
        co_await store.create_batch(tenant, batch);
        CO_ASSERT_OK(co_await store.add_migrations(tenant, batch.id, specs(5)));
        auto claimed = co_await claim_all(store, node);
        CO_ASSERT(claimed.size() == 5);
        using R = PassOutcome::Result;
        CO_ASSERT_OK(co_await store.finish(node, claimed[0], succeeded()));
        CO_ASSERT_OK(co_await store.finish(node, claimed[1], ended(R::parked, ErrorKind::auth_failed)));
        CO_ASSERT_OK(co_await store.finish(node, claimed[2], ended(R::failed, ErrorKind::dns)));
        CO_ASSERT_OK(co_await store.finish(node, claimed[3],
                                           ended(R::retried, ErrorKind::timeout, std::chrono::hours(1))));
        CO_ASSERT_OK(co_await store.finish(node, claimed[4], ended(R::interrupted, ErrorKind::cancelled)));
        auto done = co_await store.migration(tenant, claimed[0].migration);
        EXPECT_EQ(done->state, State::done);
        EXPECT_EQ(done->phase, Phase::delta);
        EXPECT_EQ(done->progress.messages_copied, 7u);
        auto parked = co_await store.migration(tenant, claimed[1].migration);
        EXPECT_EQ(parked->state, State::parked);
        CO_ASSERT(parked->error);
        EXPECT_EQ(parked->error->kind, ErrorKind::auth_failed);
        EXPECT_EQ(parked->error->cause, "words of the server");
        EXPECT_EQ(co_await state(store, claimed[2].migration), State::failed);
        auto retrying = co_await store.migration(tenant, claimed[3].migration);
        EXPECT_EQ(retrying->state, State::retrying);
        EXPECT_TRUE(retrying->next_attempt_at);
        EXPECT_EQ(co_await state(store, claimed[4].migration), State::ready);
        auto again = co_await claim_all(store, node);
        CO_ASSERT(again.size() == 1);  // only the interrupted one, as the same attempt
        EXPECT_EQ(again[0].migration, claimed[4].migration);
        EXPECT_EQ(again[0].attempt, 1);
        EXPECT_GT(again[0].generation, claimed[4].generation);
        auto passes = co_await store.passes(tenant, claimed[4].migration, {});
        CO_ASSERT_OK(passes);
        CO_ASSERT(passes->items.size() == 2);
        EXPECT_EQ(passes->items[0].result, "running");
        EXPECT_EQ(passes->items[1].result, "interrupted");
    });
}

TEST_P(StoreContract, ARetriedPassIsTheNextAttempt) {
    run([](Store& store) -> Awaitable<void> {
        const auto batch = new_batch("b");
        co_await store.create_batch(tenant, batch);
        CO_ASSERT_OK(co_await store.add_migrations(tenant, batch.id, specs(1)));
        auto claimed = co_await claim_all(store, node);
        CO_ASSERT(claimed.size() == 1);
        CO_ASSERT_OK(
            co_await store.finish(node, claimed[0], ended(PassOutcome::Result::retried, ErrorKind::timeout)));
        claimed = co_await claim_all(store, node);
        CO_ASSERT(claimed.size() == 1);
        EXPECT_EQ(claimed[0].attempt, 2);
        auto throttled = ended(PassOutcome::Result::retried, ErrorKind::throttled);
        throttled.costs_attempt = false;
        CO_ASSERT_OK(co_await store.finish(node, claimed[0], throttled));
        claimed = co_await claim_all(store, node);
        CO_ASSERT(claimed.size() == 1);
        EXPECT_EQ(claimed[0].attempt, 2);
    });
}

TEST_P(StoreContract, WritesOfAStaleGenerationAreRefused) {
    run([this](Store& store) -> Awaitable<void> {
        const auto batch = new_batch("b");
        co_await store.create_batch(tenant, batch);
        CO_ASSERT_OK(co_await store.add_migrations(tenant, batch.id, specs(1)));
        auto stale = co_await claim_all(store, node);
        CO_ASSERT(stale.size() == 1);
        auto ledger = store.ledger(node, stale[0]);
        const sync::FolderPair pair{"INBOX", "INBOX"};
        const sync::LedgerEntry entry{1, 2, sync::Provenance::put, 1, 99};
        CO_ASSERT_OK(co_await ledger->record(pair, {}, std::span(&entry, 1)));
        under_test_->expire(node);
        auto reclaimed = co_await store.reclaim();
        CO_ASSERT_OK(reclaimed);
        EXPECT_EQ(*reclaimed, 1u);
        auto fresh = co_await claim_all(store, other_node);
        CO_ASSERT(fresh.size() == 1);
        EXPECT_GT(fresh[0].generation, stale[0].generation);
        auto refused = co_await store.finish(node, stale[0], succeeded());
        CO_ASSERT(!refused);
        EXPECT_EQ(refused.error().kind, ErrorKind::lease_lost);
        const sync::LedgerIntent intent{1, 2, 3};
        for (auto result : {co_await ledger->record(pair, {}, std::span(&entry, 1)),
                            co_await ledger->intend(pair, std::span(&intent, 1)),
                            co_await ledger->finish(pair, {}, {}, {}), co_await ledger->forget(pair)}) {
            CO_ASSERT(!result);
            EXPECT_EQ(result.error().kind, ErrorKind::lease_lost);
        }
        co_await store.save_progress(
            node, {{stale[0].migration, stale[0].generation, {.messages_copied = 99}, "x"}});
        EXPECT_EQ((co_await store.migration(tenant, stale[0].migration))->progress.messages_copied, 0u);
        auto claim = co_await store.claim(node, {});
        CO_ASSERT(!claim);
        EXPECT_EQ(claim.error().kind, ErrorKind::lease_lost);
        auto beat = under_test_->heartbeat().beat(node, lease);
        CO_ASSERT(!beat);
        EXPECT_EQ(beat.error().kind, ErrorKind::lease_lost);
        EXPECT_TRUE(under_test_->heartbeat().beat(other_node, lease).has_value());
    });
}

TEST_P(StoreContract, PauseAndCancelReachRunningPasses) {
    run([this](Store& store) -> Awaitable<void> {
        const auto batch = new_batch("b");
        co_await store.create_batch(tenant, batch);
        CO_ASSERT_OK(co_await store.add_migrations(tenant, batch.id, specs(3)));
        auto claimed = co_await claim_all(store, node);
        CO_ASSERT(claimed.size() == 3);
        CO_ASSERT_OK(co_await store.act(tenant, claimed[0].migration, Action::pause));
        CO_ASSERT_OK(co_await store.act(tenant, claimed[1].migration, Action::cancel));
        auto beat = under_test_->heartbeat().beat(node, lease);
        CO_ASSERT_OK(beat);
        EXPECT_THAT(beat->stop, testing::UnorderedElementsAre(claimed[0].migration, claimed[1].migration));
        const auto interrupted = ended(PassOutcome::Result::interrupted, ErrorKind::cancelled);
        CO_ASSERT_OK(co_await store.finish(node, claimed[0], interrupted));
        CO_ASSERT_OK(co_await store.finish(node, claimed[1], interrupted));
        EXPECT_EQ(co_await state(store, claimed[0].migration), State::paused);
        EXPECT_EQ(co_await state(store, claimed[1].migration), State::cancelled);
        EXPECT_TRUE((co_await claim_all(store, node)).empty());
        CO_ASSERT_OK(co_await store.act(tenant, claimed[0].migration, Action::resume));
        EXPECT_EQ((co_await claim_all(store, node)).size(), 1u);
        auto illegal = co_await store.act(tenant, claimed[2].migration, Action::resume);
        CO_ASSERT(!illegal);
        EXPECT_EQ(illegal.error().kind, ErrorKind::conflict);
        EXPECT_NE(illegal.error().cause.find("pause"), std::string::npos);
    });
}

TEST_P(StoreContract, ResumedBeforeTheRunningPassStopped) {
    run([](Store& store) -> Awaitable<void> {
        const auto batch = new_batch("b");
        co_await store.create_batch(tenant, batch);
        CO_ASSERT_OK(co_await store.add_migrations(tenant, batch.id, specs(1)));
        auto claimed = co_await claim_all(store, node);
        CO_ASSERT(claimed.size() == 1);
        CO_ASSERT_OK(co_await store.act(tenant, claimed[0].migration, Action::pause));
        CO_ASSERT_OK(co_await store.act(tenant, claimed[0].migration, Action::resume));
        EXPECT_TRUE((co_await claim_all(store, other_node)).empty());  // still ours
        CO_ASSERT_OK(co_await store.finish(node, claimed[0],
                                           ended(PassOutcome::Result::interrupted, ErrorKind::cancelled)));
        EXPECT_EQ((co_await claim_all(store, other_node)).size(), 1u);
    });
}

TEST_P(StoreContract, ANodeGivesBackWhatItDoesNotRun) {
    run([](Store& store) -> Awaitable<void> {
        const auto batch = new_batch("b");
        co_await store.create_batch(tenant, batch);
        CO_ASSERT_OK(co_await store.add_migrations(tenant, batch.id, specs(3)));
        auto claimed = co_await claim_all(store, node);
        CO_ASSERT(claimed.size() == 3);
        EXPECT_EQ(*co_await store.release_others(node, {claimed[0].id}), 2u);
        EXPECT_EQ((co_await claim_all(store, other_node)).size(), 2u);
        CO_ASSERT_OK(co_await store.leave(node));
        EXPECT_EQ((co_await claim_all(store, other_node)).size(), 1u);
        auto hosts = co_await store.hosts({});
        CO_ASSERT_OK(hosts);
        EXPECT_EQ(hosts->items[0].used_as_source + hosts->items[1].used_as_source, 3u);
    });
}

}  // namespace godwit::test
