// The contract of engine/sync/ledger.h: one suite, run on every implementation.
#pragma once

#include <functional>
#include <memory>

#include <gtest/gtest.h>

#include "engine/sync/ledger.h"
#include "tests/contract/store_contract.h"

namespace godwit::test {

struct LedgerUnderTest {
    virtual ~LedgerUnderTest() = default;
    // The same ledger each time, as a new pass over the same migration would get it.
    virtual Awaitable<std::unique_ptr<sync::Ledger>> open() = 0;
    // The pass before has ended: one at a time has the ledger.
    Awaitable<void> reopen(std::unique_ptr<sync::Ledger>& ledger) {
        ledger.reset();
        ledger = co_await open();
    }
};

using LedgerFactory = std::function<std::unique_ptr<LedgerUnderTest>(std::string& why)>;
// The ledger of a migration in a store.
LedgerFactory ledger_of(StoreFactory store);

struct LedgerImplementation {
    std::string name;
    LedgerFactory make;
};

class LedgerContract : public testing::TestWithParam<LedgerImplementation> {
protected:
    void SetUp() override;
    void run(std::function<Awaitable<void>(LedgerUnderTest&)> body);
    std::unique_ptr<LedgerUnderTest> under_test_;
};

}  // namespace godwit::test
