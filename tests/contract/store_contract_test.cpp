#include "tests/contract/store_contract.h"

#include <gmock/gmock.h>

#include "tests/support/coro_test.h"

namespace godwit::test {

using namespace scheduler;
using testing::ElementsAre;
using testing::SizeIs;

Batch new_batch(std::string name, int priority) {
    return {new_batch_id(), std::move(name), priority, false, {}};
}

Awaitable<std::vector<ClaimedPass>> claim_all(Store& store, const NodeId& by, std::uint32_t count) {
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

PassOutcome ended(PassOutcome::Result result, ErrorKind kind, std::chrono::milliseconds delay) {
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

Awaitable<BatchId> batch_of(Store& store, std::vector<MigrationSpec> specs) {
    const auto batch = new_batch("b");
    co_await store.create_batch(tenant, batch);
    auto added = co_await store.add_migrations(tenant, batch.id, std::move(specs));
    EXPECT_TRUE(added.has_value());
    co_return batch.id;
}

Awaitable<MigrationView> view(Store& store, MigrationId id) {
    auto found = co_await store.migration(tenant, id);
    EXPECT_TRUE(found.has_value());
    co_return found.value_or(MigrationView{});
}

Awaitable<ClaimedPass> claim_one(Store& store, const NodeId& by) {
    auto claimed = co_await claim_all(store, by);
    EXPECT_EQ(claimed.size(), 1u);
    co_return claimed.empty() ? ClaimedPass{} : claimed[0];
}

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
        EXPECT_THAT(filtered->items, SizeIs(6));  // u2, u20 to u24
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

TEST_P(StoreContract, IssuesAreThoseOfTheLatestPass) {
    run([](Store& store) -> Awaitable<void> {
        const auto batch = new_batch("b");
        co_await store.create_batch(tenant, batch);
        CO_ASSERT_OK(co_await store.add_migrations(tenant, batch.id, specs(1)));
        auto claimed = co_await claim_all(store, node);
        CO_ASSERT(claimed.size() == 1);
        auto outcome = succeeded();
        for (std::uint32_t uid = 1; uid <= 3; ++uid)
            outcome.report.add_issue({ErrorKind::message_too_big, Reach::message, "Entwürfe \"x\"\\", uid, 10,
                                      "too {big}, \\ \"really\""});
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
            CO_ASSERT_OK(co_await store.save_progress(
                node, {{claimed[0].migration, claimed[0].generation, {.messages_copied = n}, "INBOX"},
                       {claimed[1].migration, claimed[1].generation, {.messages_copied = 1}, "x"}}));
        auto view = co_await store.migration(tenant, claimed[0].migration);
        EXPECT_EQ(view->progress.messages_copied, 9u);
        EXPECT_EQ(view->folder, "INBOX");
        EXPECT_EQ((co_await store.batch(tenant, batch.id))->progress.messages_copied, 10u);
    });
}

TEST_P(StoreContract, TheSameRowsAgainAreTheSameRequest) {
    run([](Store& store) -> Awaitable<void> {
        const auto batch = new_batch("b");
        co_await store.create_batch(tenant, batch);
        const auto rows = specs(3);
        CO_ASSERT_OK(co_await store.add_migrations(tenant, batch.id, rows));
        auto again = co_await store.add_migrations(tenant, batch.id, rows);
        CO_ASSERT_OK(again);
        EXPECT_EQ(again->stored, 0u);
        EXPECT_TRUE(again->duplicate_rows.empty());
        EXPECT_EQ((co_await store.batch(tenant, batch.id))->migrations, 3u);
        auto nowhere = co_await store.add_migrations(tenant, new_batch_id(), rows);
        CO_ASSERT(!nowhere);
        EXPECT_EQ(nowhere.error().kind, ErrorKind::not_found);
    });
}

TEST_P(StoreContract, AnExternalIdIsThereOnceInAllBatches) {
    run([](Store& store) -> Awaitable<void> {
        const auto one = new_batch("b"), two = new_batch("c");
        co_await store.create_batch(tenant, one);
        co_await store.create_batch(tenant, two);
        auto rows = specs(2);
        for (std::size_t i = 0; i < rows.size(); ++i) {
            rows[i].external_id = "crm-" + std::to_string(i);
            rows[i].row = i + 1;
        }
        CO_ASSERT_OK(co_await store.add_migrations(tenant, one.id, rows));
        rows = specs(2, "other");
        rows[0].external_id = "crm-1";
        rows[0].row = 7;
        auto second = co_await store.add_migrations(tenant, two.id, rows);
        CO_ASSERT_OK(second);
        EXPECT_EQ(second->stored, 1u);
        EXPECT_THAT(second->duplicate_rows, ElementsAre(7));
    });
}

TEST_P(StoreContract, AnIdempotencyKeyMayBeGivenBack) {
    run([](Store& store) -> Awaitable<void> {
        CO_ASSERT_OK(co_await store.begin_idempotent(tenant, "k", "f"));
        CO_ASSERT_OK(co_await store.end_idempotent(tenant, "k", {0, ""}));
        auto anew = co_await store.begin_idempotent(tenant, "k", "other");
        CO_ASSERT_OK(anew);
        EXPECT_FALSE(anew->has_value());
    });
}

}  // namespace godwit::test
