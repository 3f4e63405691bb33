// The store contract: verify and undo passes, what they find, and the keys of their reports.
#include <gmock/gmock.h>

#include "tests/contract/store_contract.h"
#include "tests/support/coro_test.h"

namespace godwit::test {

using namespace scheduler;
using sync::Finding;
using sync::FindingKind;
using sync::PassKind;
using Outcome = PassOutcome::Result;
using testing::IsEmpty;

namespace {

constexpr PassParameters dry{.verifybytes = {}, .dry = true}, for_real{.verifybytes = {}, .dry = false};

PassOutcome found(PassKind kind, std::vector<Finding> findings) {
    PassOutcome outcome;
    outcome.report.kind = kind;
    for (const auto& finding : findings) ++outcome.report.findings[static_cast<std::size_t>(finding.kind)];
    outcome.report.messages_digested = 5;
    outcome.report.set_digest = kind == PassKind::verify ? "abc" : "";
    outcome.report.counters.messages_verified = 9;
    outcome.report.folders.push_back({.source_name = std::string(sync::name_of(kind)), .destination_name = "INBOX"});
    return outcome;
}

// Ends the pass with these findings, written to its ledger in two pieces.
Awaitable<void> end_with(Store& store, const ClaimedPass& pass, std::vector<Finding> findings,
                         Outcome result = Outcome::succeeded) {
    const auto ledger = store.ledger(node, pass);
    const std::span all(findings);
    if (!all.empty()) {
        CO_ASSERT_OK(co_await ledger->add_findings(all.first(1)));
        CO_ASSERT_OK(co_await ledger->add_findings(all.subspan(1)));
    }
    auto outcome = found(pass.kind, findings);
    outcome.result = result;
    if (result != Outcome::succeeded) outcome.error = Error{ErrorKind::timeout, Reach::account, "", ""};
    CO_ASSERT_OK(co_await store.finish(node, pass, outcome));
}

// A migration whose first sync pass has ended.
Awaitable<MigrationId> copied(Store& store, std::vector<MigrationSpec> specs, PassOutcome outcome = succeeded()) {
    co_await batch_of(store, std::move(specs));
    const auto pass = co_await claim_one(store);
    EXPECT_TRUE(co_await store.finish(node, pass, std::move(outcome)));
    co_return pass.migration;
}

Awaitable<ErrorKind> refusal_of(Store& store, MigrationId id, Action action, PassParameters parameters = {}) {
    const auto moved = co_await store.act(tenant, id, action, parameters);
    EXPECT_FALSE(moved.has_value()) << name_of(action);
    co_return moved ? ErrorKind::internal : moved.error().kind;
}

const std::vector<Finding> two{{FindingKind::missing, "INBOX", "INBOX", 7, 0, 100, ""},
                               {FindingKind::altered, "Sent", "Sent", 8, 18, 200, "SHA-256"}};

}  // namespace

TEST_P(StoreContract, AVerifyPassLeavesTheMigrationAndItsFindings) {
    run([](Store& store) -> Awaitable<void> {
        const auto id = co_await copied(store, specs(1));
        const auto before = co_await view(store, id);
        EXPECT_FALSE((co_await store.reported_pass(tenant, id))->has_value());
        CO_ASSERT_OK(co_await store.act(tenant, id, Action::verify, {.verifybytes = 12.5, .dry = true}));
        const auto pass = co_await claim_one(store);
        EXPECT_EQ(pass.kind, PassKind::verify);
        EXPECT_EQ(pass.options.verifybytes, 12.5);
        EXPECT_FALSE(pass.options.dry);   // not of a verify pass
        EXPECT_EQ(pass.options.exclude, std::vector<std::string>{"Trash"});
        EXPECT_EQ((co_await view(store, id)).beside->result, "running");
        EXPECT_EQ(co_await refusal_of(store, id, Action::verify), ErrorKind::conflict);
        co_await end_with(store, pass, two);

        const auto after = co_await view(store, id);
        EXPECT_EQ(after.state, before.state);
        EXPECT_EQ(after.phase, before.phase);
        EXPECT_EQ(after.progress, before.progress);
        CO_ASSERT(after.beside);
        EXPECT_EQ(after.beside->kind, PassKind::verify);
        EXPECT_EQ(after.beside->result, "succeeded");
        EXPECT_EQ(after.beside->findings[static_cast<std::size_t>(FindingKind::altered)], 1u);
        const auto passes = co_await store.passes(tenant, id, {});
        const auto& last = passes->items.at(0);
        EXPECT_EQ(last.parameters.verifybytes, 12.5);
        EXPECT_EQ(last.findings[static_cast<std::size_t>(FindingKind::missing)], 1u);
        EXPECT_EQ(last.messages_digested, 5u);
        EXPECT_EQ(last.set_digest, "abc");

        const auto first = co_await store.findings(tenant, id, {}, {.cursor = "", .limit = 1});
        CO_ASSERT(first->items.size() == 1);
        EXPECT_EQ(first->items[0].finding, two[0]);
        EXPECT_EQ(first->items[0].pass, pass.id);
        const auto second = co_await store.findings(tenant, id, {}, {.cursor = first->next_cursor, .limit = 1});
        EXPECT_EQ(second->items.at(0).finding, two[1]);
        EXPECT_TRUE(second->next_cursor.empty());
        const auto altered = co_await store.findings(tenant, id, FindingKind::altered, {});
        CO_ASSERT(altered->items.size() == 1);
        EXPECT_EQ(altered->items[0].finding, two[1]);
    });
}

TEST_P(StoreContract, AReportStaysUntilTheNextOneIsThere) {
    run([](Store& store) -> Awaitable<void> {
        const auto id = co_await copied(store, specs(1));
        CO_ASSERT_OK(co_await store.act(tenant, id, Action::verify));
        const auto first = co_await claim_one(store);
        co_await end_with(store, first, two);
        // Another sync pass.
        CO_ASSERT_OK(co_await store.act(tenant, id, Action::start));
        CO_ASSERT_OK(co_await store.finish(node, co_await claim_one(store), succeeded()));
        EXPECT_THAT((co_await store.folders(tenant, id, {}))->items, IsEmpty());
        // A verify pass that is cut short after it has found something, twice.
        CO_ASSERT_OK(co_await store.act(tenant, id, Action::verify));
        for (const auto result : {Outcome::interrupted, Outcome::retried}) {
            co_await end_with(store, co_await claim_one(store), {two[1], two[1], two[1]}, result);
            const auto reported = co_await store.reported_pass(tenant, id);
            CO_ASSERT(reported && *reported);
            EXPECT_EQ((*reported)->pass.id, first.id);
            EXPECT_EQ((*reported)->options.exclude, std::vector<std::string>{"Trash"});
            EXPECT_EQ((co_await store.findings(tenant, id, {}, {}))->items.size(), 2u);
            const auto folders = co_await store.reported_folders(tenant, id, {});
            CO_ASSERT(folders->items.size() == 1);
            EXPECT_EQ(folders->items[0].pass, first.id);
        }
        // Its next attempt finds nothing any more.
        const auto last = co_await claim_one(store);
        EXPECT_EQ(last.attempt, 2);
        co_await end_with(store, last, {});
        EXPECT_EQ((*co_await store.reported_pass(tenant, id))->pass.id, last.id);
        EXPECT_THAT((co_await store.findings(tenant, id, {}, {}))->items, IsEmpty());
        EXPECT_EQ(co_await state(store, id), State::done);
    });
}

TEST_P(StoreContract, AVerifyPassGoesBeforeARetryAndCostsItNothing) {
    run([](Store& store) -> Awaitable<void> {
        const auto id = co_await copied(store, specs(1), ended(Outcome::retried, ErrorKind::timeout));
        CO_ASSERT_OK(co_await store.act(tenant, id, Action::verify));
        const auto verify = co_await claim_one(store);
        EXPECT_EQ(verify.attempt, 1);
        co_await end_with(store, verify, {}, Outcome::retried);
        co_await end_with(store, co_await claim_one(store), {}, Outcome::failed);
        EXPECT_EQ(co_await state(store, id), State::retrying);
        const auto second = co_await claim_one(store);
        EXPECT_EQ(second.kind, PassKind::sync);
        EXPECT_EQ(second.attempt, 2);
        EXPECT_EQ(second.options.verifybytes, 0);
        EXPECT_EQ(co_await refusal_of(store, id, Action::verify), ErrorKind::conflict);
    });
}

TEST_P(StoreContract, AnUndoNeedsADryOneRightBefore) {
    run([](Store& store) -> Awaitable<void> {
        const auto id = co_await copied(store, specs(1));
        EXPECT_EQ(co_await refusal_of(store, id, Action::undo, for_real), ErrorKind::conflict);
        CO_ASSERT_OK(co_await store.act(tenant, id, Action::undo));   // dry unless it says otherwise
        EXPECT_EQ(co_await refusal_of(store, id, Action::undo, dry), ErrorKind::conflict);   // something is queued
        EXPECT_EQ(co_await refusal_of(store, id, Action::verify), ErrorKind::conflict);
        auto pass = co_await claim_one(store);
        EXPECT_EQ(pass.kind, PassKind::undo);
        EXPECT_TRUE(pass.options.dry);
        co_await end_with(store, pass, {{FindingKind::removed, "INBOX", "INBOX", 1, 2, 3, ""}});
        EXPECT_EQ(co_await state(store, id), State::done);
        // A pass between the two: what the dry run said may hold no longer.
        CO_ASSERT_OK(co_await store.act(tenant, id, Action::verify));
        co_await end_with(store, co_await claim_one(store), {});
        EXPECT_EQ(co_await refusal_of(store, id, Action::undo, for_real), ErrorKind::conflict);
        CO_ASSERT_OK(co_await store.act(tenant, id, Action::undo, dry));
        co_await end_with(store, co_await claim_one(store), {}, Outcome::failed);
        EXPECT_EQ(co_await refusal_of(store, id, Action::undo, for_real), ErrorKind::conflict);
        CO_ASSERT_OK(co_await store.act(tenant, id, Action::undo, dry));
        co_await end_with(store, co_await claim_one(store), {});

        CO_ASSERT_OK(co_await store.act(tenant, id, Action::undo, for_real));
        pass = co_await claim_one(store);
        EXPECT_FALSE(pass.options.dry);
        EXPECT_EQ(co_await refusal_of(store, id, Action::start), ErrorKind::conflict);
        co_await end_with(store, pass, {});
        const auto undone = co_await view(store, id);
        EXPECT_EQ(undone.state, State::waiting);
        EXPECT_EQ(undone.phase, Phase::presync);
        EXPECT_EQ(undone.progress, sync::Counters{});
        EXPECT_EQ(undone.attempts, 0);
        EXPECT_EQ(co_await refusal_of(store, id, Action::undo, for_real), ErrorKind::conflict);
        EXPECT_THAT(co_await claim_all(store, node), IsEmpty());
        CO_ASSERT_OK(co_await store.act(tenant, id, Action::start));
        EXPECT_EQ((co_await claim_one(store)).kind, PassKind::sync);
    });
}

TEST_P(StoreContract, OfABatchWhatCanBeIsVerifiedAndUndone) {
    run([](Store& store) -> Awaitable<void> {
        const auto batch = co_await batch_of(store, specs(3));
        auto claimed = co_await claim_all(store, node);
        CO_ASSERT(claimed.size() == 3);
        CO_ASSERT_OK(co_await store.finish(node, claimed[0], succeeded()));
        CO_ASSERT_OK(co_await store.finish(node, claimed[1], ended(Outcome::parked, ErrorKind::auth_failed)));
        EXPECT_EQ(*co_await store.act(tenant, batch, Action::undo, for_real), 0u);
        EXPECT_EQ(*co_await store.act(tenant, batch, Action::undo, dry), 2u);
        EXPECT_EQ((co_await store.batch(tenant, batch))->beside[PassKind::undo], 2u);
        for (const auto& pass : co_await claim_all(store, node)) co_await end_with(store, pass, {});
        EXPECT_EQ(*co_await store.act(tenant, batch, Action::verify, {.verifybytes = 1.0, .dry = {}}), 2u);
        for (const auto& pass : co_await claim_all(store, node)) co_await end_with(store, pass, {});
        EXPECT_EQ(*co_await store.act(tenant, batch, Action::undo, for_real), 0u);
        CO_ASSERT_OK(co_await store.act(tenant, claimed[1].migration, Action::undo, dry));
        co_await end_with(store, co_await claim_one(store), {});
        EXPECT_EQ(*co_await store.act(tenant, batch, Action::undo, for_real), 1u);
        co_await claim_one(store);
        EXPECT_EQ(*co_await store.act(tenant, batch, Action::start), 1u);   // not the one that is being undone
    });
}

TEST_P(StoreContract, AStaleVerifyPassAddsNoFindings) {
    run([this](Store& store) -> Awaitable<void> {
        const auto id = co_await copied(store, specs(1));
        CO_ASSERT_OK(co_await store.act(tenant, id, Action::verify));
        const auto lost = co_await claim_one(store);
        const auto ledger = store.ledger(node, lost);
        CO_ASSERT_OK(co_await ledger->add_findings(two));
        under_test_->expire(node);
        EXPECT_EQ(*co_await store.reclaim(), 1u);
        const auto again = co_await claim_one(store, other_node);
        EXPECT_EQ(again.id, lost.id);
        EXPECT_EQ((co_await ledger->add_findings(two)).error().kind, ErrorKind::lease_lost);
        CO_ASSERT_OK(co_await store.finish(other_node, again, found(PassKind::verify, {})));
        EXPECT_THAT((co_await store.findings(tenant, id, {}, {}))->items, IsEmpty());
    });
}

TEST_P(StoreContract, KeysOfReportsAreKept) {
    run([](Store& store) -> Awaitable<void> {
        const std::string octets("\x00\xff octets", 9);
        CO_ASSERT_OK(co_await store.add_report_key({"bb", octets, "a", node}));
        CO_ASSERT_OK(co_await store.add_report_key({"aa", octets, "b", node}));
        CO_ASSERT_OK(co_await store.add_report_key({"bb", octets, "c", other_node}));
        const auto first = co_await store.report_keys({.cursor = "", .limit = 1});
        CO_ASSERT(first->items.size() == 1);
        EXPECT_EQ(first->items[0].fingerprint, "aa");
        const auto second = co_await store.report_keys({.cursor = first->next_cursor, .limit = 1});
        CO_ASSERT(second->items.size() == 1);
        EXPECT_TRUE(second->next_cursor.empty());
        const auto& key = second->items[0];
        EXPECT_EQ(key.public_key, octets);
        EXPECT_EQ(key.host_name, "c");
        EXPECT_EQ(key.node, other_node);
        EXPECT_LE(key.first_used_at, key.last_used_at);
    });
}

}  // namespace godwit::test
