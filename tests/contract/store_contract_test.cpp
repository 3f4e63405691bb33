#include "tests/contract/store_contract.h"

#include <gmock/gmock.h>

#include "tests/support/coro_test.h"

namespace godwit::test {

using namespace scheduler;
using testing::ElementsAre;
using testing::SizeIs;

namespace {
const TenantId tenant = default_tenant;
const NodeId node{"nod_a"}, other_node{"nod_b"};
constexpr std::chrono::seconds lease{30};

Batch new_batch(std::string name, int priority = 0) { return {new_batch_id(), std::move(name), priority, false, {}}; }

// Claims up to `count` of every lane that has something.
Awaitable<std::vector<ClaimedPass>> claim_all(Store& store, const NodeId& by, std::uint32_t count = 100) {
    auto view = co_await store.queue();
    std::vector<ClaimRequest> requests;
    if (view)
        for (const auto& lane : view->lanes) requests.push_back({lane.id, count});
    auto claimed = co_await store.claim(by, requests);
    if (!claimed) ADD_FAILURE() << claimed.error().to_string();
    co_return claimed ? *claimed : std::vector<ClaimedPass>();
}

PassOutcome succeeded() {
    PassOutcome outcome;
    outcome.report.counters.messages_copied = 7;
    return outcome;
}

PassOutcome ended(PassOutcome::Result result, ErrorKind kind, std::chrono::milliseconds delay = {}) {
    PassOutcome outcome;
    outcome.result = result;
    outcome.error = Error{kind, Reach::account, "words of the server", "LOGIN"};
    outcome.delay = delay;
    return outcome;
}

Awaitable<State> state(Store& store, MigrationId id) {
    auto view = co_await store.migration(tenant, id);
    if (!view) ADD_FAILURE() << view.error().to_string();
    co_return view ? view->state : State::failed;
}
}  // namespace

void StoreContract::SetUp() {
    std::string why;
    under_test_ = GetParam().make(why);
    if (!under_test_) GTEST_SKIP() << why;
}

void StoreContract::run(std::function<Awaitable<void>(Store&)> body) {
    run_coro([](Store& store, std::function<Awaitable<void>(Store&)> body) -> Awaitable<void> {
        CO_ASSERT_OK(co_await store.join(node, "a", lease));
        CO_ASSERT_OK(co_await store.join(other_node, "b", lease));
        co_await body(store);
    }(under_test_->store(), std::move(body)));
}

MigrationSpec StoreContract::spec(std::string user, std::string source, std::string destination) {
    MigrationSpec out;
    out.id = new_migration_id();
    for (auto* account : {&out.source, &out.destination}) {
        account->user = user;
        account->password = {"k1", std::string("\x01\x00\xff sealed", 10)};
    }
    out.source.host = std::move(source);
    out.destination.host = std::move(destination);
    out.options.exclude = {"Trash"};
    return out;
}

std::vector<MigrationSpec> StoreContract::specs(int count, std::string prefix) {
    std::vector<MigrationSpec> out;
    for (int i = 0; i < count; ++i) out.push_back(spec(prefix + std::to_string(i)));
    return out;
}

TEST_P(StoreContract, CreatingABatchTwiceIsOneBatch) {
    run([](Store& store) -> Awaitable<void> {
        const auto batch = new_batch("acme", 3);
        auto first = co_await store.create_batch(tenant, batch);
        CO_ASSERT_OK(first);
        auto again = co_await store.create_batch(tenant, batch);
        CO_ASSERT_OK(again);
        EXPECT_EQ(again->id, batch.id);
        EXPECT_EQ(again->priority, 3);
        auto same_name = co_await store.create_batch(tenant, new_batch("acme"));
        CO_ASSERT(!same_name);
        EXPECT_EQ(same_name.error().kind, ErrorKind::conflict);
        auto unknown = co_await store.batch(tenant, new_batch_id());
        CO_ASSERT(!unknown);
        EXPECT_EQ(unknown.error().kind, ErrorKind::not_found);
    });
}

TEST_P(StoreContract, PagesHoldEverythingOnce) {
    run([](Store& store) -> Awaitable<void> {
        const auto batch = new_batch("b");
        co_await store.create_batch(tenant, batch);
        CO_ASSERT_OK(co_await store.add_migrations(tenant, batch.id, specs(25)));
        std::set<std::string> seen;
        PageRequest page{"", 10};
        int pages = 0;
        do {
            auto got = co_await store.migrations(tenant, {.batch = batch.id}, page);
            CO_ASSERT_OK(got);
            for (const auto& view : got->items) EXPECT_TRUE(seen.insert(view.id.value).second);
            page.cursor = got->next_cursor;
            ++pages;
        } while (!page.cursor.empty());
        EXPECT_EQ(seen.size(), 25u);
        EXPECT_EQ(pages, 3);
        auto filtered = co_await store.migrations(tenant, {.batch = batch.id, .text = "U2"}, {});
        CO_ASSERT_OK(filtered);
        EXPECT_THAT(filtered->items, SizeIs(6));   // u2, u20 to u24
        auto summary = co_await store.batch(tenant, batch.id);
        CO_ASSERT_OK(summary);
        EXPECT_EQ(summary->states[State::ready], 25u);
    });
}

TEST_P(StoreContract, APairIsInABatchOnce) {
    run([](Store& store) -> Awaitable<void> {
        const auto batch = new_batch("b");
        co_await store.create_batch(tenant, batch);
        auto rows = specs(3);
        for (std::size_t i = 0; i < rows.size(); ++i) rows[i].row = i + 1;
        CO_ASSERT_OK(co_await store.add_migrations(tenant, batch.id, rows));
        for (auto& row : rows) row.id = new_migration_id();
        rows.push_back(spec("new"));
        auto again = co_await store.add_migrations(tenant, batch.id, rows);
        CO_ASSERT_OK(again);
        EXPECT_EQ(again->stored, 1u);
        EXPECT_THAT(again->duplicate_rows, ElementsAre(1, 2, 3));
    });
}

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
        EXPECT_EQ((co_await claim_all(store, node)).size(), 1u);   // the source allows 4
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
        CO_ASSERT_OK(co_await store.add_migrations(tenant, batch.id, {spec("same", "a.example"), spec("SAME", "b.example")}));
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
        CO_ASSERT_OK(co_await store.finish(node, claimed[3], ended(R::retried, ErrorKind::timeout, std::chrono::hours(1))));
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
        CO_ASSERT(again.size() == 1);   // only the interrupted one, as the same attempt
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
        CO_ASSERT_OK(co_await store.finish(node, claimed[0], ended(PassOutcome::Result::retried, ErrorKind::timeout)));
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
                            co_await ledger->intend(pair, std::span(&intent, 1)), co_await ledger->finish(pair, {}, {}),
                            co_await ledger->forget(pair)}) {
            CO_ASSERT(!result);
            EXPECT_EQ(result.error().kind, ErrorKind::lease_lost);
        }
        co_await store.save_progress(node, {{stale[0].migration, stale[0].generation, {.messages_copied = 99}, "x"}});
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
        EXPECT_TRUE((co_await claim_all(store, other_node)).empty());   // still ours
        CO_ASSERT_OK(co_await store.finish(node, claimed[0], ended(PassOutcome::Result::interrupted, ErrorKind::cancelled)));
        EXPECT_EQ((co_await claim_all(store, other_node)).size(), 1u);
    });
}

TEST_P(StoreContract, BatchActionsAndTheClusterSwitch) {
    run([](Store& store) -> Awaitable<void> {
        const auto batch = new_batch("b"), urgent = new_batch("urgent", 5);
        co_await store.create_batch(tenant, batch);
        co_await store.create_batch(tenant, urgent);
        CO_ASSERT_OK(co_await store.add_migrations(tenant, batch.id, specs(4)));
        CO_ASSERT_OK(co_await store.add_migrations(tenant, urgent.id, specs(2, "v")));
        auto view = co_await store.queue();
        CO_ASSERT_OK(view);
        CO_ASSERT(view->lanes.size() == 2);
        for (const auto& lane : view->lanes) EXPECT_EQ(lane.priority, lane.batch == urgent.id ? 5 : 0);
        auto paused = co_await store.act(tenant, batch.id, Action::pause);
        CO_ASSERT_OK(paused);
        EXPECT_EQ(*paused, 4u);
        view = co_await store.queue();
        CO_ASSERT(view->lanes.size() == 1);
        EXPECT_EQ(view->lanes[0].ready, 2u);
        EXPECT_EQ(*co_await store.act(tenant, batch.id, Action::resume), 4u);
        CO_ASSERT_OK(co_await store.set_paused(true));
        EXPECT_TRUE(*co_await store.paused());
        EXPECT_TRUE((co_await store.queue())->paused);
        CO_ASSERT_OK(co_await store.set_paused(false));
        EXPECT_EQ((co_await claim_all(store, node)).size(), 6u);
        EXPECT_EQ(*co_await store.act(tenant, batch.id, Action::cancel), 4u);
        auto counts = co_await store.state_counts();
        CO_ASSERT_OK(counts);
        std::map<State, std::uint64_t> by_state;
        for (const auto& one : *counts) by_state[one.state] += one.count;
        EXPECT_EQ(by_state[State::cancelled], 4u);
        EXPECT_EQ(by_state[State::running], 2u);
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

TEST_P(StoreContract, IssuesAreThoseOfTheLatestPass) {
    run([](Store& store) -> Awaitable<void> {
        const auto batch = new_batch("b");
        co_await store.create_batch(tenant, batch);
        CO_ASSERT_OK(co_await store.add_migrations(tenant, batch.id, specs(1)));
        auto claimed = co_await claim_all(store, node);
        CO_ASSERT(claimed.size() == 1);
        auto outcome = succeeded();
        for (std::uint32_t uid = 1; uid <= 3; ++uid)
            outcome.report.add_issue({ErrorKind::message_too_big, Reach::message, "Entwürfe \"x\"\\", uid, 10, "too {big}, \\ \"really\""});
        CO_ASSERT_OK(co_await store.finish(node, claimed[0], outcome));
        auto issues = co_await store.issues(tenant, claimed[0].migration, {"", 2});
        CO_ASSERT_OK(issues);
        CO_ASSERT(issues->items.size() == 2);
        EXPECT_EQ(issues->items[0].issue.folder, "Entwürfe \"x\"\\");
        EXPECT_EQ(issues->items[1].issue.detail, "too {big}, \\ \"really\"");
        issues = co_await store.issues(tenant, claimed[0].migration, {issues->next_cursor, 2});
        CO_ASSERT_OK(issues);
        EXPECT_EQ(issues->items.size(), 1u);
        EXPECT_EQ(issues->next_cursor, "");
        CO_ASSERT_OK(co_await store.act(tenant, claimed[0].migration, Action::start));
        claimed = co_await claim_all(store, node);
        CO_ASSERT(claimed.size() == 1);
        CO_ASSERT_OK(co_await store.finish(node, claimed[0], succeeded()));
        EXPECT_TRUE((co_await store.issues(tenant, claimed[0].migration, {}))->items.empty());
    });
}

TEST_P(StoreContract, IdempotencyKeys) {
    run([](Store& store) -> Awaitable<void> {
        auto first = co_await store.begin_idempotent(tenant, "k", "f1");
        CO_ASSERT_OK(first);
        EXPECT_FALSE(first->has_value());
        auto meanwhile = co_await store.begin_idempotent(tenant, "k", "f1");
        CO_ASSERT(!meanwhile);
        EXPECT_EQ(meanwhile.error().kind, ErrorKind::conflict);
        CO_ASSERT_OK(co_await store.end_idempotent(tenant, "k", {201, "{\"a\":1}"}));
        auto replay = co_await store.begin_idempotent(tenant, "k", "f1");
        CO_ASSERT_OK(replay);
        CO_ASSERT(replay->has_value());
        EXPECT_EQ((*replay)->status, 201u);
        EXPECT_EQ((*replay)->body, "{\"a\":1}");
        EXPECT_FALSE(co_await store.begin_idempotent(tenant, "k", "f2"));
    });
}

TEST_P(StoreContract, ProgressIsThatOfTheLatestWrite) {
    run([](Store& store) -> Awaitable<void> {
        const auto batch = new_batch("b");
        co_await store.create_batch(tenant, batch);
        CO_ASSERT_OK(co_await store.add_migrations(tenant, batch.id, specs(2)));
        auto claimed = co_await claim_all(store, node);
        CO_ASSERT(claimed.size() == 2);
        for (std::uint64_t n : {5, 9})
            CO_ASSERT_OK(co_await store.save_progress(node, {{claimed[0].migration, claimed[0].generation, {.messages_copied = n}, "INBOX"},
                                                             {claimed[1].migration, claimed[1].generation, {.messages_copied = 1}, "x"}}));
        auto view = co_await store.migration(tenant, claimed[0].migration);
        EXPECT_EQ(view->progress.messages_copied, 9u);
        EXPECT_EQ(view->folder, "INBOX");
        EXPECT_EQ((co_await store.batch(tenant, batch.id))->progress.messages_copied, 10u);
    });
}

}  // namespace godwit::test
