// The store contract: preflights, which stand beside the life of a migration.
#include <gmock/gmock.h>

#include "tests/contract/store_contract.h"
#include "tests/support/coro_test.h"

namespace godwit::test {

using namespace scheduler;
using sync::PassKind;
using Result = PassOutcome::Result;
using testing::IsEmpty;

namespace {

PassOutcome mapped() {
    PassOutcome outcome;
    outcome.report.kind = PassKind::preflight;
    outcome.report.counters.folders_total = 1;
    outcome.report.folders.push_back({.source_name = "INBOX", .destination_name = "INBOX", .rule = "inbox"});
    return outcome;
}

}  // namespace

TEST_P(StoreContract, APreflightLeavesTheMigrationAsItIs) {
    run([](Store& store) -> Awaitable<void> {
        co_await batch_of(store, specs(4));
        auto claimed = co_await claim_all(store, node);
        CO_ASSERT(claimed.size() == 4);
        CO_ASSERT_OK(co_await store.finish(node, claimed[0], succeeded()));
        CO_ASSERT_OK(co_await store.finish(node, claimed[1], ended(Result::parked, ErrorKind::auth_failed)));
        CO_ASSERT_OK(co_await store.finish(node, claimed[2], ended(Result::failed, ErrorKind::dns)));
        CO_ASSERT_OK(co_await store.act(tenant, claimed[3].migration, Action::cancel));
        CO_ASSERT_OK(
            co_await store.finish(node, claimed[3], ended(Result::interrupted, ErrorKind::cancelled)));
        for (const auto& earlier : claimed) {
            const auto before = co_await view(store, earlier.migration);
            auto asked = co_await store.act(tenant, earlier.migration, Action::preflight);
            CO_ASSERT_OK(asked);
            CO_ASSERT(asked->beside);
            EXPECT_EQ(asked->beside->result, "queued");
            const auto pass = co_await claim_one(store);
            EXPECT_EQ(pass.kind, PassKind::preflight);
            CO_ASSERT_OK(co_await store.save_progress(
                node, {{pass.migration, pass.generation, {.messages_copied = 99}, "x"}}));
            const auto during = co_await view(store, earlier.migration);
            EXPECT_EQ(during.beside->result, "running");
            EXPECT_EQ(during.state, before.state);
            CO_ASSERT_OK(co_await store.finish(node, pass, mapped()));
            const auto after = co_await view(store, earlier.migration);
            EXPECT_EQ(after.state, before.state);
            EXPECT_EQ(after.phase, before.phase);
            EXPECT_EQ(after.attempts, before.attempts);
            EXPECT_EQ(after.progress, before.progress);
            EXPECT_EQ(after.error.has_value(), before.error.has_value());
            EXPECT_EQ(after.beside->result, "succeeded");
            EXPECT_EQ((co_await store.folders(tenant, earlier.migration, {}))->items.size(), 1u);
            EXPECT_EQ((co_await store.passes(tenant, earlier.migration, {}))->items.at(0).kind,
                      PassKind::preflight);
            EXPECT_THAT(co_await claim_all(store, node), IsEmpty());
        }
    });
}

TEST_P(StoreContract, APreflightOfAPausedBatchGoesBeforeItsPasses) {
    run([](Store& store) -> Awaitable<void> {
        const auto batch = co_await batch_of(store, specs(2));
        CO_ASSERT_OK(co_await store.act(tenant, batch, Action::pause));
        CO_ASSERT_OK(co_await store.add_migrations(tenant, batch, specs(1, "late")));
        EXPECT_THAT((co_await store.queue())->lanes, IsEmpty());
        EXPECT_EQ(*co_await store.act(tenant, batch, Action::preflight), 3u);
        EXPECT_EQ(*co_await store.act(tenant, batch, Action::preflight), 3u);  // the same ones
        EXPECT_EQ((co_await store.batch(tenant, batch))->beside[PassKind::preflight], 3u);
        auto claimed = co_await claim_all(store, node);
        CO_ASSERT(claimed.size() == 3);
        for (const auto& pass : claimed) {
            EXPECT_EQ(pass.kind, PassKind::preflight);
            CO_ASSERT_OK(co_await store.finish(node, pass, mapped()));
        }
        EXPECT_TRUE((co_await store.batch(tenant, batch))->beside.empty());
        EXPECT_EQ((co_await store.batch(tenant, batch))->states[State::ready], 1u);
        EXPECT_THAT((co_await store.queue())->lanes, IsEmpty());
        EXPECT_THAT(co_await claim_all(store, node), IsEmpty());
        CO_ASSERT_OK(co_await store.act(tenant, batch, Action::resume));
        claimed = co_await claim_all(store, node);
        CO_ASSERT(claimed.size() == 3);
        for (const auto& pass : claimed) EXPECT_EQ(pass.kind, PassKind::sync);
    });
}

TEST_P(StoreContract, APreflightCostsARetryNothing) {
    run([](Store& store) -> Awaitable<void> {
        co_await batch_of(store, specs(1));
        const auto first = co_await claim_one(store);
        const auto id = first.migration;
        CO_ASSERT_OK(co_await store.finish(
            node, first, ended(Result::retried, ErrorKind::timeout, std::chrono::milliseconds(300))));
        CO_ASSERT_OK(co_await store.act(tenant, id, Action::preflight));
        const auto preflight = co_await claim_one(store);
        EXPECT_NE(preflight.id, first.id);
        auto failed = ended(Result::failed, ErrorKind::dns);
        failed.report.kind = PassKind::preflight;
        CO_ASSERT_OK(co_await store.finish(node, preflight, failed));
        const auto after = co_await view(store, id);
        EXPECT_EQ(after.state, State::retrying);
        EXPECT_EQ(after.error->kind, ErrorKind::timeout);
        EXPECT_EQ(after.beside->error->kind, ErrorKind::dns);
        EXPECT_TRUE(after.next_attempt_at);
        co_await sleep_for(std::chrono::milliseconds(400), {});
        const auto second = co_await claim_one(store);
        EXPECT_EQ(second.kind, PassKind::sync);
        EXPECT_EQ(second.attempt, 2);
        EXPECT_NE(second.id, preflight.id);
    });
}

TEST_P(StoreContract, WhatIsAskedForDuringAPreflightFollowsIt) {
    run([this](Store& store) -> Awaitable<void> {
        co_await batch_of(store, specs(1));
        const auto id = (co_await claim_one(store)).migration;
        CO_ASSERT_OK(co_await store.release_others(node, {}));
        // Queued: a pass that is asked for takes its place. Running: the pass follows.
        CO_ASSERT_OK(co_await store.act(tenant, id, Action::pause));
        CO_ASSERT_OK(co_await store.act(tenant, id, Action::preflight));
        CO_ASSERT_OK(co_await store.act(tenant, id, Action::resume));
        auto pass = co_await claim_one(store);
        EXPECT_EQ(pass.kind, PassKind::sync);
        CO_ASSERT_OK(co_await store.finish(node, pass, succeeded()));
        CO_ASSERT_OK(co_await store.act(tenant, id, Action::preflight));
        pass = co_await claim_one(store);
        CO_ASSERT_OK(co_await store.act(tenant, id, Action::start));
        CO_ASSERT_OK(co_await store.act(tenant, id, Action::pause));
        EXPECT_THAT(under_test_->heartbeat().beat(node, lease)->stop, IsEmpty());
        CO_ASSERT_OK(co_await store.act(tenant, id, Action::resume));
        CO_ASSERT_OK(co_await store.finish(node, pass, mapped()));
        pass = co_await claim_one(store);
        EXPECT_EQ(pass.kind, PassKind::sync);
        EXPECT_EQ(pass.attempt, 1);
    });
}

TEST_P(StoreContract, APreflightTakesNoPlaceFromAPassThatRuns) {
    run([](Store& store) -> Awaitable<void> {
        const auto batch = co_await batch_of(store, specs(2));
        auto claimed = co_await claim_all(store, node);
        CO_ASSERT(claimed.size() == 2);
        CO_ASSERT_OK(co_await store.act(tenant, claimed[0].migration, Action::pause));
        for (const auto& pass : claimed) {
            auto refused = co_await store.act(tenant, pass.migration, Action::preflight);
            CO_ASSERT(!refused);
            EXPECT_EQ(refused.error().kind, ErrorKind::conflict);
        }
        EXPECT_EQ(*co_await store.act(tenant, batch, Action::preflight), 0u);
        CO_ASSERT_OK(
            co_await store.finish(node, claimed[0], ended(Result::interrupted, ErrorKind::cancelled)));
        EXPECT_EQ(*co_await store.act(tenant, batch, Action::preflight), 1u);
    });
}

TEST_P(StoreContract, APreflightThatWasCutShortRunsAgain) {
    run([this](Store& store) -> Awaitable<void> {
        co_await batch_of(store, specs(1));
        const auto id = (co_await claim_one(store)).migration;
        CO_ASSERT_OK(co_await store.release_others(node, {}));
        CO_ASSERT_OK(co_await store.act(tenant, id, Action::pause));
        CO_ASSERT_OK(co_await store.act(tenant, id, Action::preflight));
        const auto lost = co_await claim_one(store);
        under_test_->expire(node);
        EXPECT_EQ(*co_await store.reclaim(), 1u);
        const auto drained = co_await claim_one(store, other_node);
        EXPECT_EQ(drained.id, lost.id);
        CO_ASSERT_OK(
            co_await store.finish(other_node, drained, ended(Result::interrupted, ErrorKind::cancelled)));
        EXPECT_EQ((co_await view(store, id)).beside->result, "queued");
        const auto again = co_await claim_one(store, other_node);
        EXPECT_EQ(again.kind, PassKind::preflight);
        CO_ASSERT_OK(co_await store.finish(other_node, again, mapped()));
        EXPECT_EQ(co_await state(store, id), State::paused);
        EXPECT_THAT(co_await claim_all(store, other_node), IsEmpty());
    });
}

}  // namespace godwit::test
