// What the ledger contract does not show: how the rows lie in PostgreSQL.
#include "scheduler/pg/pg_ledger.h"

#include <gmock/gmock.h>

#include "scheduler/pg/pg_store.h"
#include "tests/support/coro_test.h"
#include "tests/support/test_postgres.h"

namespace godwit::scheduler::pg {
namespace {

using namespace std::chrono_literals;
using namespace sync;
using test::run_coro;
using testing::ElementsAre;

const FolderPair inbox{"INBOX", "INBOX"};
const FolderCursor cursor{1, 2, 3, 4, 5};

LedgerEntry entry(std::uint32_t uid, FlagBits flags = 0) {
    return {uid, uid + 7, Provenance::put, flags, uid * 31ull};
}

std::vector<LedgerEntry> entries(std::uint32_t first, std::uint32_t last, std::uint32_t step = 1) {
    std::vector<LedgerEntry> out;
    for (std::uint32_t uid = first; uid <= last; uid += step) out.push_back(entry(uid));
    return out;
}

class PgLedgerTest : public testing::Test {
protected:
    void SetUp() override {
        GODWIT_NEEDS_POSTGRES();
        options_.url = test::fresh_database();
        executor_.emplace(options_);
        store_.emplace(*executor_);
        run_coro(claim());
    }
    Awaitable<void> claim() {
        const NodeId node = new_node_id();
        const Batch batch{new_batch_id(), "b", 0, false, {}};
        MigrationSpec spec;
        spec.id = new_migration_id();
        spec.source.host = spec.destination.host = "h.example";
        spec.source.user = spec.destination.user = "u";
        CO_ASSERT_OK(co_await store_->join(node, "n", 5min));
        CO_ASSERT_OK(co_await store_->create_batch(default_tenant, batch));
        CO_ASSERT_OK(co_await store_->add_migrations(default_tenant, batch.id, {spec}));
        auto view = co_await store_->queue();
        CO_ASSERT(view && view->lanes.size() == 1);
        auto claimed = co_await store_->claim(node, {{view->lanes[0].id, 1}});
        CO_ASSERT(claimed && claimed->size() == 1);
        ledger_ = store_->ledger(node, claimed->at(0));
    }
    std::string ask(const std::string& statement) const {
        auto connection = open_connection(options_, "test");
        return pqxx::nontransaction(*connection).exec1(statement)[0].as<std::string>("");
    }
    Awaitable<void> write(std::vector<LedgerEntry> written, std::vector<std::uint32_t> gone = {}) {
        CO_ASSERT_OK(co_await ledger_->record(inbox, cursor, written));
        CO_ASSERT_OK(co_await ledger_->finish(inbox, cursor, {}, gone));
    }
    Awaitable<std::vector<LedgerEntry>> all() {
        auto folder = co_await ledger_->load(inbox);
        if (!folder) ADD_FAILURE() << folder.error().to_string();
        co_return folder ? folder->entries : std::vector<LedgerEntry>();
    }
    // Which transaction wrote each segment.
    std::string segments() const {
        return ask(
            "select string_agg(first_uid || ':' || xmin, ' ' order by first_uid) from ledger_segments");
    }

    ExecutorOptions options_;
    std::optional<Executor> executor_;
    std::optional<PgStore> store_;
    std::unique_ptr<Ledger> ledger_;
};

TEST_F(PgLedgerTest, OnlyTheSegmentThatChangesIsRewritten) {
    run_coro([this]() -> Awaitable<void> {
        auto expected = entries(1, 3 * 4096);
        co_await write(expected);
        EXPECT_EQ(ask("select count(*) from ledger_segments"), "3");
        EXPECT_EQ(ask("select count(*) from ledger_receipts"), "0");
        const auto before = segments();
        co_await write({entry(5000, 9)}, {6000});
        expected[4999] = entry(5000, 9);
        expected.erase(expected.begin() + 5999);
        EXPECT_EQ(co_await all(), expected);
        const auto after = segments();
        EXPECT_EQ(before.substr(0, before.find(' ')), after.substr(0, after.find(' ')));
        EXPECT_EQ(before.substr(before.rfind(' ')), after.substr(after.rfind(' ')));
        EXPECT_NE(before, after);
        // New mail goes behind a full segment.
        co_await write({entry(20'000)});
        EXPECT_EQ(ask("select count(*) from ledger_segments"), "4");
        expected.push_back(entry(20'000));
        EXPECT_EQ(co_await all(), expected);
    }());
}

TEST_F(PgLedgerTest, EntriesInAnyOrderEndInOrder) {
    run_coro([this]() -> Awaitable<void> {
        co_await write(entries(20'001, 29'999, 2));
        co_await write(entries(2, 30'000, 2));
        co_await write(entries(1, 20'000, 2));
        EXPECT_EQ(co_await all(), entries(1, 30'000));
        const auto gone = [] {
            std::vector<std::uint32_t> uids;
            for (std::uint32_t uid = 30'000; uid > 10; --uid) uids.push_back(uid);
            return uids;
        }();
        CO_ASSERT_OK(co_await ledger_->finish(inbox, cursor, {}, gone));
        EXPECT_EQ(co_await all(), entries(1, 10));
        EXPECT_EQ(ask("select count(*) from ledger_segments"), "1");
    }());
}

// The receipts of a large folder become segments before its end.
TEST_F(PgLedgerTest, ReceiptsDoNotPileUp) {
    run_coro(
        [this]() -> Awaitable<void> {
            for (std::uint32_t first = 1; first <= 40'000; first += 500)
                CO_ASSERT_OK(co_await ledger_->record(inbox, cursor, entries(first, first + 499)));
            EXPECT_LE(std::stoi(ask("select count(*) from ledger_receipts")), 16'384);
            EXPECT_EQ((co_await all()).size(), 40'000u);
        }(),
        120s);
}

TEST_F(PgLedgerTest, OfEqualUidsInOneCallTheLastCounts) {
    run_coro([this]() -> Awaitable<void> {
        const std::vector<LedgerIntent> intents{{7, 1, 1}, {7, 2, 2}};
        CO_ASSERT_OK(co_await ledger_->intend(inbox, intents));
        auto folder = co_await ledger_->load(inbox);
        CO_ASSERT_OK(folder);
        EXPECT_THAT(folder->intents, ElementsAre(intents[1]));
        CO_ASSERT_OK(
            co_await ledger_->record(inbox, cursor, std::vector{entry(7, 1), entry(6), entry(7, 2)}));
        EXPECT_THAT(co_await all(), ElementsAre(entry(6), entry(7, 2)));
        CO_ASSERT_OK(co_await ledger_->record(inbox, cursor, {}));
        CO_ASSERT_OK(co_await ledger_->intend(inbox, {}));
    }());
}

TEST_F(PgLedgerTest, NamesMayBeLongAndAnyBytes) {
    run_coro([this]() -> Awaitable<void> {
        std::string name;
        for (int i = 0; i < 8000; ++i) name += static_cast<char>(i * 7);
        const FolderPair one{name, name}, other{name, name + "x"};
        CO_ASSERT_OK(co_await ledger_->record(one, cursor, entries(1, 3)));
        auto found = co_await ledger_->load(one);
        CO_ASSERT_OK(found);
        EXPECT_EQ(found->entries.size(), 3u);
        EXPECT_EQ(found->cursor, cursor);
        found = co_await ledger_->load(other);
        CO_ASSERT_OK(found);
        EXPECT_TRUE(found->entries.empty());
    }());
}

TEST_F(PgLedgerTest, ADamagedSegmentIsAnErrorNotAnEmptyFolder) {
    run_coro([this]() -> Awaitable<void> {
        co_await write(entries(1, 10));
        ask("update ledger_segments set entries = substr(entries, 1, 20) returning 1");
        auto folder = co_await ledger_->load(inbox);
        CO_ASSERT(!folder);
        EXPECT_EQ(folder.error().kind, ErrorKind::database);
    }());
}

}  // namespace
}  // namespace godwit::scheduler::pg
