#include "tests/contract/ledger_contract.h"

#include <gmock/gmock.h>

#include "engine/base/in_parallel.h"
#include "engine/sync/memory_ledger.h"
#include "tests/support/coro_test.h"

namespace godwit::test {

using namespace sync;
using testing::ElementsAre;
using testing::IsEmpty;

namespace {

class MemoryLedgerUnderTest final : public LedgerUnderTest {
public:
    Awaitable<std::unique_ptr<Ledger>> open() override {
        struct Shared final : Ledger {
            MemoryLedger& kept;
            explicit Shared(MemoryLedger& ledger) : kept(ledger) {}
            Awaitable<Result<LedgerFolder>> load(const FolderPair& pair) override { return kept.load(pair); }
            Awaitable<Result<void>> intend(const FolderPair& pair, std::span<const LedgerIntent> intents) override {
                return kept.intend(pair, intents);
            }
            Awaitable<Result<void>> record(const FolderPair& pair, const FolderCursor& cursor,
                                           std::span<const LedgerEntry> entries) override {
                return kept.record(pair, cursor, entries);
            }
            Awaitable<Result<void>> withdraw(const FolderPair& pair,
                                             std::span<const std::uint32_t> source_uids) override {
                return kept.withdraw(pair, source_uids);
            }
            Awaitable<Result<void>> finish(const FolderPair& pair, const FolderCursor& cursor,
                                           std::span<const LedgerEntry> last, std::span<const std::uint32_t> gone) override {
                return kept.finish(pair, cursor, last, gone);
            }
            Awaitable<Result<void>> forget(const FolderPair& pair) override { return kept.forget(pair); }
            Awaitable<Result<std::vector<LedgerPair>>> pairs() override { return kept.pairs(); }
            Awaitable<Result<std::vector<LedgerFact>>> facts(const FolderPair& pair, FactKind kind) override {
                return kept.facts(pair, kind);
            }
            Awaitable<Result<void>> keep_facts(const FolderPair& pair, FactKind kind, std::span<const LedgerFact> facts,
                                               bool keep_first) override {
                return kept.keep_facts(pair, kind, facts, keep_first);
            }
            Awaitable<Result<void>> drop_facts(const FolderPair& pair, FactKind kind,
                                               std::span<const std::uint32_t> uids) override {
                return kept.drop_facts(pair, kind, uids);
            }
            Awaitable<Result<void>> add_findings(std::span<const Finding> findings) override {
                return kept.add_findings(findings);
            }
        };
        co_return std::make_unique<Shared>(ledger_);
    }

private:
    MemoryLedger ledger_;
};

class StoreLedgerUnderTest final : public LedgerUnderTest {
public:
    explicit StoreLedgerUnderTest(std::unique_ptr<StoreUnderTest> store) : store_(std::move(store)) {}

    // Each time a new claim of the same migration.
    Awaitable<std::unique_ptr<Ledger>> open() override {
        using namespace scheduler;
        const NodeId node{"nod_l"};
        Store& store = store_->store();
        if (!migration_) {
            co_await store.join(node, "l", std::chrono::minutes(5));
            const Batch batch{new_batch_id(), "ledger", 0, false, {}};
            co_await store.create_batch(default_tenant, batch);
            MigrationSpec spec;
            spec.id = new_migration_id();
            spec.source.host = "a";
            spec.destination.host = "b";
            spec.source.user = spec.destination.user = "u";
            co_await store.add_migrations(default_tenant, batch.id, {spec});
            migration_ = spec.id;
        } else {
            co_await store.release_others(node, {});
        }
        auto view = co_await store.queue();
        auto claimed = co_await store.claim(node, {{view->lanes.at(0).id, 1}});
        co_return store.ledger(node, claimed->at(0));
    }

private:
    std::unique_ptr<StoreUnderTest> store_;
    std::optional<scheduler::MigrationId> migration_;
};

const FolderPair pair{"INBOX", std::string("Entw\xc3\xbcrfe\\'\"\0x", 14)};
const FolderCursor cursor{(std::uint64_t{1} << 33) + 7, 100, UINT64_MAX - 1, 9, UINT32_MAX, 12'345, 2,
                          {UINT64_MAX - 2, UINT32_MAX, std::uint64_t{1} << 50, 3, 4, 5, UINT32_MAX, UINT64_MAX - 3, 6}};

LedgerEntry entry(std::uint32_t uid, std::uint32_t to = 1) {
    return {uid, to, Provenance::matched, 0xff, UINT64_MAX - uid};
}

std::vector<LedgerEntry> entries(std::uint32_t first, std::uint32_t last) {
    std::vector<LedgerEntry> out;
    for (std::uint32_t uid = first; uid <= last; ++uid) out.push_back(entry(uid));
    return out;
}

}  // namespace

LedgerFactory ledger_of(StoreFactory store) {
    return [store = std::move(store)](std::string& why) -> std::unique_ptr<LedgerUnderTest> {
        auto made = store(why);
        if (!made) return nullptr;
        return std::make_unique<StoreLedgerUnderTest>(std::move(made));
    };
}

void LedgerContract::SetUp() {
    std::string why;
    under_test_ = GetParam().make(why);
    if (!under_test_) GTEST_SKIP() << why;
}

void LedgerContract::run(std::function<Awaitable<void>(LedgerUnderTest&)> body) { run_coro(body(*under_test_)); }

TEST_P(LedgerContract, ANewFolderIsEmpty) {
    run([](LedgerUnderTest& test) -> Awaitable<void> {
        auto ledger = co_await test.open();
        auto folder = co_await ledger->load(pair);
        CO_ASSERT_OK(folder);
        EXPECT_THAT(folder->entries, IsEmpty());
        EXPECT_EQ(folder->cursor, FolderCursor{});
    });
}

TEST_P(LedgerContract, WhatWasRecordedIsThereForTheNextPass) {
    run([](LedgerUnderTest& test) -> Awaitable<void> {
        auto ledger = co_await test.open();
        const auto written = entries(1, 300);
        CO_ASSERT_OK(co_await ledger->record(pair, cursor, written));
        co_await test.reopen(ledger);
        auto folder = co_await ledger->load(pair);
        CO_ASSERT_OK(folder);
        EXPECT_EQ(folder->entries, written);
        EXPECT_EQ(folder->cursor, cursor);
        auto other = co_await ledger->load({"INBOX", "other"});
        CO_ASSERT_OK(other);
        EXPECT_THAT(other->entries, IsEmpty());
    });
}

TEST_P(LedgerContract, IntentsStandUntilTheirReceiptOrTheEnd) {
    run([](LedgerUnderTest& test) -> Awaitable<void> {
        auto ledger = co_await test.open();
        const std::vector<LedgerIntent> intents{{1, 11, 100}, {2, UINT64_MAX, 200}, {3, 33, 300}};
        CO_ASSERT_OK(co_await ledger->intend(pair, intents));
        const auto receipt = entry(2);
        CO_ASSERT_OK(co_await ledger->record(pair, cursor, std::span(&receipt, 1)));
        co_await test.reopen(ledger);
        auto folder = co_await ledger->load(pair);
        CO_ASSERT_OK(folder);
        EXPECT_THAT(folder->intents, ElementsAre(intents[0], intents[2]));
        CO_ASSERT_OK(co_await ledger->finish(pair, cursor, {}, {}));
        folder = co_await ledger->load(pair);
        EXPECT_THAT(folder->intents, IsEmpty());
        EXPECT_THAT(folder->entries, ElementsAre(receipt));
    });
}

TEST_P(LedgerContract, ALaterIntentTakesThePlaceOfTheEarlier) {
    run([](LedgerUnderTest& test) -> Awaitable<void> {
        auto ledger = co_await test.open();
        const std::vector<LedgerIntent> first{{5, 11, 100}, {4, 44, 400}}, again{{5, 11, 100, 1}};
        CO_ASSERT_OK(co_await ledger->intend(pair, first));
        CO_ASSERT_OK(co_await ledger->intend(pair, again));
        co_await test.reopen(ledger);
        EXPECT_THAT((co_await ledger->load(pair))->intents, ElementsAre(first[1], again[0]));
    });
}

TEST_P(LedgerContract, IntentsMayOverlapEvenInANewFolder) {
    run([](LedgerUnderTest& test) -> Awaitable<void> {
        auto ledger = co_await test.open();
        const std::vector<LedgerIntent> first{{1, 11, 100}}, second{{2, 22, 200}};
        auto [a, b] =
            co_await in_parallel(co_await executor(), ledger->intend(pair, first), ledger->intend(pair, second));
        CO_ASSERT_OK(a);
        CO_ASSERT_OK(b);
        EXPECT_THAT((co_await ledger->load(pair))->intents, ElementsAre(first[0], second[0]));
    });
}

TEST_P(LedgerContract, WithdrawnIntentsAreGone) {
    run([](LedgerUnderTest& test) -> Awaitable<void> {
        auto ledger = co_await test.open();
        const std::vector<std::uint32_t> withdrawn{1, 3, 99};
        CO_ASSERT_OK(co_await ledger->withdraw(pair, withdrawn));   // of a folder that is not there: nothing
        const std::vector<LedgerIntent> intents{{1, 11, 100}, {2, 22, 200}, {3, 33, 300}};
        CO_ASSERT_OK(co_await ledger->intend(pair, intents));
        CO_ASSERT_OK(co_await ledger->withdraw(pair, withdrawn));
        co_await test.reopen(ledger);
        EXPECT_THAT((co_await ledger->load(pair))->intents, ElementsAre(intents[1]));
    });
}

// Whichever way an intent with doubts is closed, it stays: a late copy must be known for what it is.
TEST_P(LedgerContract, IntentsWithDoubtsStayClosed) {
    run([](LedgerUnderTest& test) -> Awaitable<void> {
        auto ledger = co_await test.open();
        std::vector<LedgerIntent> intents{{1, 11, 100, 1}, {2, 22, 200, 2}, {3, 33, 300, 1}, {4, 44, 400}};
        CO_ASSERT_OK(co_await ledger->intend(pair, intents));
        const auto receipt = entry(1);
        const std::vector<std::uint32_t> withdrawn{2};
        CO_ASSERT_OK(co_await ledger->record(pair, cursor, std::span(&receipt, 1)));
        CO_ASSERT_OK(co_await ledger->withdraw(pair, withdrawn));
        intents[0].open = intents[1].open = false;
        EXPECT_THAT((co_await ledger->load(pair))->intents,
                    ElementsAre(intents[0], intents[1], intents[2], intents[3]));
        CO_ASSERT_OK(co_await ledger->finish(pair, cursor, {}, {}));
        co_await test.reopen(ledger);
        intents[2].open = false;
        EXPECT_THAT((co_await ledger->load(pair))->intents, ElementsAre(intents[0], intents[1], intents[2]));
        CO_ASSERT_OK(co_await ledger->forget(pair));
        EXPECT_THAT((co_await ledger->load(pair))->intents, IsEmpty());
    });
}

TEST_P(LedgerContract, EveryProvenanceSurvivesCompaction) {
    run([](LedgerUnderTest& test) -> Awaitable<void> {
        auto ledger = co_await test.open();
        auto written = entries(1, 4);
        written[0].provenance = Provenance::put;
        written[1].provenance = Provenance::matched;
        written[2].provenance = Provenance::removed;
        written[3].provenance = Provenance::filtered;
        CO_ASSERT_OK(co_await ledger->record(pair, cursor, written));
        EXPECT_EQ((co_await ledger->load(pair))->entries, written);
        CO_ASSERT_OK(co_await ledger->finish(pair, cursor, {}, {}));
        co_await test.reopen(ledger);
        EXPECT_EQ((co_await ledger->load(pair))->entries, written);
    });
}

TEST_P(LedgerContract, FinishingKeepsEverythingAndForgetsWhatIsGone) {
    run([](LedgerUnderTest& test) -> Awaitable<void> {
        auto ledger = co_await test.open();
        const auto first = entries(1, 9000);
        CO_ASSERT_OK(co_await ledger->record(pair, cursor, first));
        CO_ASSERT_OK(co_await ledger->finish(pair, cursor, {}, {}));
        EXPECT_EQ((co_await ledger->load(pair))->entries, first);
        // A later pass: one entry changes in the middle, some are new, one is gone.
        const std::vector<LedgerEntry> later{entry(4500, 77), entry(20000)};
        const std::vector<std::uint32_t> gone{8999};
        CO_ASSERT_OK(co_await ledger->record(pair, cursor, later));
        CO_ASSERT_OK(co_await ledger->finish(pair, cursor, {}, gone));
        auto expected = first;
        expected[4499] = later[0];
        expected.erase(expected.begin() + 8998);
        expected.push_back(later[1]);
        EXPECT_EQ((co_await ledger->load(pair))->entries, expected);
    });
}

// They close their intents, come after what was recorded, and of two of one message the later one counts.
TEST_P(LedgerContract, FinishingStoresTheLastReceipts) {
    run([](LedgerUnderTest& test) -> Awaitable<void> {
        auto ledger = co_await test.open();
        const std::vector<LedgerIntent> intents{{1, 11, 100}, {5000, 12, 200}};
        CO_ASSERT_OK(co_await ledger->intend(pair, intents));
        const auto recorded = entries(1, 5000);
        CO_ASSERT_OK(co_await ledger->record(pair, cursor, recorded));
        const std::vector<LedgerEntry> last{entry(7000), entry(2, 5), entry(6000), entry(2, 9)};
        CO_ASSERT_OK(co_await ledger->finish(pair, cursor, last, {}));
        co_await test.reopen(ledger);
        auto expected = recorded;
        expected[1] = last[3];
        expected.push_back(last[2]);
        expected.push_back(last[0]);
        const auto folder = co_await ledger->load(pair);
        CO_ASSERT_OK(folder);
        EXPECT_EQ(folder->entries, expected);
        EXPECT_THAT(folder->intents, IsEmpty());
        EXPECT_EQ(folder->cursor, cursor);
    });
}

TEST_P(LedgerContract, ForgettingAFolderLeavesTheOthers) {
    run([](LedgerUnderTest& test) -> Awaitable<void> {
        auto ledger = co_await test.open();
        const auto one = entry(1);
        CO_ASSERT_OK(co_await ledger->record(pair, cursor, std::span(&one, 1)));
        CO_ASSERT_OK(co_await ledger->record({"A", "A"}, cursor, std::span(&one, 1)));
        CO_ASSERT_OK(co_await ledger->forget(pair));
        EXPECT_THAT((co_await ledger->load(pair))->entries, IsEmpty());
        EXPECT_THAT((co_await ledger->load({"A", "A"}))->entries, ElementsAre(one));
    });
}

TEST_P(LedgerContract, PairsAreToldByName) {
    run([](LedgerUnderTest& test) -> Awaitable<void> {
        auto ledger = co_await test.open();
        EXPECT_THAT(*co_await ledger->pairs(), IsEmpty());
        const auto one = entry(1);
        CO_ASSERT_OK(co_await ledger->record(pair, cursor, std::span(&one, 1)));
        const std::vector<LedgerIntent> intents{{1, 11, 100}};
        CO_ASSERT_OK(co_await ledger->intend({"A", "B"}, intents));
        co_await test.reopen(ledger);
        const auto pairs = co_await ledger->pairs();
        CO_ASSERT_OK(pairs);
        EXPECT_EQ(pairs->size(), 2u);
        if (pairs->size() != 2) co_return;
        EXPECT_EQ(pairs->at(0).pair, (FolderPair{"A", "B"}));
        EXPECT_EQ(pairs->at(0).cursor, FolderCursor{});
        EXPECT_TRUE(pairs->at(0).in_doubt);
        EXPECT_EQ(pairs->at(1).pair, pair);
        EXPECT_EQ(pairs->at(1).cursor, cursor);
        EXPECT_FALSE(pairs->at(1).in_doubt);
    });
}

TEST_P(LedgerContract, FactsAreKeptByKindAndUid) {
    run([](LedgerUnderTest& test) -> Awaitable<void> {
        auto ledger = co_await test.open();
        const std::vector<LedgerFact> first{{7, std::string("\0\xff", 2)}, {UINT32_MAX, "b"}, {1, ""}}, again{{7, "c"}, {8, "d"}};
        CO_ASSERT_OK(co_await ledger->keep_facts(pair, FactKind::digest, first));
        CO_ASSERT_OK(co_await ledger->keep_facts(pair, FactKind::note, again));
        CO_ASSERT_OK(co_await ledger->keep_facts(pair, FactKind::digest, again, true));
        co_await test.reopen(ledger);
        EXPECT_THAT(*co_await ledger->facts(pair, FactKind::digest), ElementsAre(first[2], first[0], again[1], first[1]));
        EXPECT_THAT(*co_await ledger->facts(pair, FactKind::note), ElementsAre(again[0], again[1]));
        CO_ASSERT_OK(co_await ledger->keep_facts(pair, FactKind::digest, again));
        const std::vector<std::uint32_t> dropped{1, 8, 99};
        CO_ASSERT_OK(co_await ledger->drop_facts(pair, FactKind::digest, dropped));
        EXPECT_THAT(*co_await ledger->facts(pair, FactKind::digest), ElementsAre(again[0], first[1]));
        EXPECT_THAT(*co_await ledger->facts(pair, FactKind::flags_before), IsEmpty());
        CO_ASSERT_OK(co_await ledger->forget(pair));
        EXPECT_THAT(*co_await ledger->facts(pair, FactKind::note), IsEmpty());
    });
}

INSTANTIATE_TEST_SUITE_P(Memory, LedgerContract,
                         testing::Values(LedgerImplementation{
                             "memory", [](std::string&) { return std::make_unique<MemoryLedgerUnderTest>(); }}));

}  // namespace godwit::test
