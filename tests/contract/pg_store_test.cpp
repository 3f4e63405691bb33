// The store contract on PostgreSQL.
#include "scheduler/pg/pg_heartbeat.h"
#include "scheduler/pg/pg_store.h"
#include "tests/contract/ledger_contract.h"
#include "tests/contract/store_contract.h"
#include "tests/support/test_postgres.h"

namespace godwit::test {

using namespace scheduler;

namespace {

class PgUnderTest final : public StoreUnderTest {
public:
    explicit PgUnderTest(const std::string& url) : options_{.url = url}, executor_(options_), store_(executor_), heartbeat_(options_) {}
    Store& store() override { return store_; }
    HeartbeatChannel& heartbeat() override { return heartbeat_; }
    void expire(const NodeId& node) override {
        const auto connection = pg::open_connection(options_, "test");
        pqxx::work tx(*connection);
        tx.exec_params("update nodes set lease_until = now() - interval '1 second' where node_id = $1", node.value);
        tx.commit();
    }

private:
    pg::ExecutorOptions options_;
    pg::Executor executor_;
    pg::PgStore store_;
    pg::PgHeartbeat heartbeat_;
};

std::unique_ptr<StoreUnderTest> make_pg(std::string& why) {
    if (!postgres_is_installed()) {
        why = "PostgreSQL 15 is not installed";
        return nullptr;
    }
    return std::make_unique<PgUnderTest>(fresh_database());
}

}  // namespace

INSTANTIATE_TEST_SUITE_P(Pg, StoreContract, testing::Values(StoreImplementation{"pg", make_pg}));
INSTANTIATE_TEST_SUITE_P(Pg, LedgerContract, testing::Values(LedgerImplementation{"pg", ledger_of(make_pg)}));

}  // namespace godwit::test
