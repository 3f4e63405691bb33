// What the API does when the database is down, silent, or back again.
#include <gmock/gmock.h>

#include "engine/base/task_scope.h"
#include "tests/api/api_fixture.h"

namespace godwit::api::test {
namespace {

using namespace std::chrono_literals;
using namespace scheduler;
using testing::HasSubstr;
using testing::Not;

class FailingStore final : public godwit::test::MemoryStore {
public:
    bool down = false;
    bool silent = false;

    Awaitable<Result<bool>> paused() override {
        if (silent) (void)co_await sleep_for(3s);
        if (down) co_return unreachable();
        co_return co_await MemoryStore::paused();
    }
    Awaitable<Result<std::vector<StateCount>>> state_counts() override {
        if (down) co_return unreachable();
        co_return co_await MemoryStore::state_counts();
    }
    Awaitable<Result<Batch>> create_batch(TenantId tenant, Batch batch) override {
        if (down) co_return unreachable();
        co_return co_await MemoryStore::create_batch(std::move(tenant), std::move(batch));
    }

private:
    static std::unexpected<Error> unreachable() {
        return fail(ErrorKind::database, Reach::node, "could not connect to /run/db as user godwit", "connect");
    }
};

TEST(FailingStore, IsNotReadyAndStillHasMetrics) {
    FailingStore store;
    store.down = true;
    with_server([&](World&, Client& client, ApiServer&) -> Awaitable<void> {
        ASK(health, "GET", "/healthz");
        EXPECT_EQ(health.status, 200u);
        ASK(ready, "GET", "/readyz");
        EXPECT_EQ(ready.status, 503u);
        EXPECT_EQ(text_at(object_of(ready), "code"), "database_unavailable");
        ASK(metrics, "GET", "/metrics");
        EXPECT_EQ(metrics.status, 200u);
        EXPECT_THAT(metrics.body, HasSubstr("godwit_database_up 0"));
        ASK(status, "GET", "/api/v1/status");
        EXPECT_EQ(status.status, 503u);
        EXPECT_EQ(status.header("retry-after"), "1");
        EXPECT_THAT(status.body, Not(HasSubstr("/run/db")));
        store.down = false;
        ASK(back, "GET", "/readyz");
        EXPECT_EQ(back.status, 200u);
    }, test_options(), &store);
}

TEST(FailingStore, ThatIsSilentIsNotWaitedForLong) {
    FailingStore store;
    store.silent = true;
    auto options = test_options();
    options.ready_timeout = 50ms;
    with_server([&](World&, Client& client, ApiServer&) -> Awaitable<void> {
        const auto started = std::chrono::steady_clock::now();
        ASK(ready, "GET", "/readyz");
        EXPECT_EQ(ready.status, 503u);
        EXPECT_EQ(text_at(object_of(ready), "code"), "database_timeout");
        EXPECT_LT(std::chrono::steady_clock::now() - started, 2s);
    }, options, &store);
}

TEST(FailingStore, GivesIdempotencyKeysBack) {
    FailingStore store;
    with_server([&](World&, Client& client, ApiServer&) -> Awaitable<void> {
        const std::string fields = "Content-Type: application/json\r\nIdempotency-Key: k\r\n";
        store.down = true;
        ASK(failed, "POST", "/api/v1/batches", R"({"name":"one"})", fields);
        EXPECT_EQ(failed.status, 503u);
        store.down = false;
        ASK(repeated, "POST", "/api/v1/batches", R"({"name":"one"})", fields);
        EXPECT_EQ(repeated.status, 201u) << repeated.body;
    }, test_options(), &store);
}

}  // namespace
}  // namespace godwit::api::test
