// The store contract on the store in memory: what tests rely on there holds in PostgreSQL as well.
#include "tests/support/memory_store.h"

#include "tests/contract/ledger_contract.h"
#include "tests/contract/store_contract.h"

namespace godwit::test {

namespace {

class MemoryUnderTest final : public StoreUnderTest {
public:
    scheduler::Store& store() override { return store_; }
    scheduler::HeartbeatChannel& heartbeat() override { return heartbeat_; }
    void expire(const scheduler::NodeId& node) override { store_.expire(node); }

private:
    MemoryStore store_;
    MemoryHeartbeat heartbeat_{store_};
};

std::unique_ptr<StoreUnderTest> make_memory(std::string&) { return std::make_unique<MemoryUnderTest>(); }

}  // namespace

INSTANTIATE_TEST_SUITE_P(Memory, StoreContract, testing::Values(StoreImplementation{"memory", make_memory}));
INSTANTIATE_TEST_SUITE_P(MemoryStore, LedgerContract,
                         testing::Values(LedgerImplementation{"memory", ledger_of(make_memory)}));

}  // namespace godwit::test
