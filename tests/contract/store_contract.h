// The contract of scheduler/store.h: one suite, run on every implementation.
#pragma once

#include <functional>
#include <memory>

#include <gtest/gtest.h>

#include "scheduler/store.h"

namespace godwit::test {

// One implementation with an empty world; `expire(node)` lets the node's lease end.
struct StoreUnderTest {
    virtual ~StoreUnderTest() = default;
    virtual scheduler::Store& store() = 0;
    virtual scheduler::HeartbeatChannel& heartbeat() = 0;
    virtual void expire(const scheduler::NodeId& node) = 0;
};

// Nothing when the implementation cannot run here, with the reason in `why`.
using StoreFactory = std::function<std::unique_ptr<StoreUnderTest>(std::string& why)>;

struct StoreImplementation {
    std::string name;
    StoreFactory make;
};

class StoreContract : public testing::TestWithParam<StoreImplementation> {
protected:
    void SetUp() override;
    // Runs a coroutine to its end.
    void run(std::function<Awaitable<void>(scheduler::Store&)> body);
    static scheduler::MigrationSpec spec(std::string user, std::string source = "src.example",
                                         std::string destination = "dst.example");
    static std::vector<scheduler::MigrationSpec> specs(int count, std::string prefix = "u");

    std::unique_ptr<StoreUnderTest> under_test_;
};

// What the tests of both files use.
inline const scheduler::TenantId tenant = scheduler::default_tenant;
inline const scheduler::NodeId node{"nod_a"}, other_node{"nod_b"};
inline constexpr std::chrono::seconds lease{30};

scheduler::Batch new_batch(std::string name, int priority = 0);
// Claims up to `count` of every lane that has something.
Awaitable<std::vector<scheduler::ClaimedPass>> claim_all(scheduler::Store& store, const scheduler::NodeId& by,
                                                         std::uint32_t count = 100);
scheduler::PassOutcome succeeded();
scheduler::PassOutcome ended(scheduler::PassOutcome::Result result, ErrorKind kind,
                             std::chrono::milliseconds delay = {});
Awaitable<scheduler::State> state(scheduler::Store& store, scheduler::MigrationId id);
// A new batch with these migrations.
Awaitable<scheduler::BatchId> batch_of(scheduler::Store& store, std::vector<scheduler::MigrationSpec> specs);
Awaitable<scheduler::MigrationView> view(scheduler::Store& store, scheduler::MigrationId id);
// The one pass that can be claimed now.
Awaitable<scheduler::ClaimedPass> claim_one(scheduler::Store& store, const scheduler::NodeId& by = node);

}  // namespace godwit::test
