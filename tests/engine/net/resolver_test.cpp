#include "engine/net/resolver.h"

#include <atomic>
#include <future>

#include <gtest/gtest.h>

#include "engine/base/task_scope.h"
#include "tests/support/coro_test.h"

using namespace godwit;
using namespace godwit::test;
using namespace std::chrono_literals;
using godwit::net::Addresses;
using godwit::net::Resolver;

namespace {

std::string joined(const Result<Addresses>& result) {
    if (!result) return std::string(name_of(result.error().kind));
    std::string out;
    for (const auto& address : *result) out += (out.empty() ? "" : " ") + address;
    return out;
}

Awaitable<std::string> ask(Resolver& resolver, std::string name, Deadline deadline = after(10s)) {
    const auto context = context_on(co_await executor());
    const auto answer = co_await resolver.resolve(context, name, deadline);
    co_return joined(answer);
}

TEST(Resolver, NumericAddressesAreTheirOwnAnswer) {
    Resolver resolver([](const std::string&) -> Result<Addresses> {
        ADD_FAILURE() << "looked up";
        return Addresses{};
    });
    run_coro([&]() -> Awaitable<void> {
        EXPECT_EQ(co_await ask(resolver, "192.0.2.1"), "192.0.2.1");
        EXPECT_EQ(co_await ask(resolver, "2001:db8::1"), "2001:db8::1");
        EXPECT_EQ(co_await ask(resolver, "[2001:db8::1]"), "2001:db8::1");
    }());
}

TEST(Resolver, Localhost) {
    Resolver resolver;
    run_coro([&]() -> Awaitable<void> {
        const std::string got = co_await ask(resolver, "localhost");
        EXPECT_TRUE(got.find("127.0.0.1") != std::string::npos || got.find("::1") != std::string::npos)
            << got;
    }());
}

TEST(Resolver, RefusesWhatIsNoName) {
    Resolver resolver([](const std::string&) { return Result<Addresses>(Addresses{"192.0.2.1"}); });
    run_coro([&]() -> Awaitable<void> {
        EXPECT_EQ(co_await ask(resolver, ""), "dns");
        EXPECT_EQ(co_await ask(resolver, std::string(256, 'a')), "dns");
        EXPECT_EQ(co_await ask(resolver, std::string("a\0b", 3)), "dns");
    }());
}

TEST(Resolver, CachesAnswersAndFailuresForTheirLifetimes) {
    std::atomic<int> lookups = 0;
    const Resolver::Lookup lookup = [&](const std::string& name) -> Result<Addresses> {
        ++lookups;
        if (name == "bad") return fail(ErrorKind::dns, Reach::host, "no such name");
        if (name == "empty") return Addresses{};
        return Addresses{"192.0.2.1", "2001:db8::1"};
    };
    Resolver lasting(lookup);
    Resolver fleeting(lookup, {.lifetime = 0s, .failure_lifetime = 0s});
    run_coro([&]() -> Awaitable<void> {
        for (int i = 0; i < 3; ++i) {
            EXPECT_EQ(co_await ask(lasting, "good"), "192.0.2.1 2001:db8::1");
            EXPECT_EQ(co_await ask(lasting, "bad"), "dns");
            EXPECT_EQ(co_await ask(lasting, "empty"), "dns");
        }
        EXPECT_EQ(lookups, 3);
        for (int i = 0; i < 3; ++i) EXPECT_EQ(co_await ask(fleeting, "good"), "192.0.2.1 2001:db8::1");
        EXPECT_EQ(lookups, 6);
    }());
}

TEST(Resolver, CacheIsBounded) {
    std::atomic<int> lookups = 0;
    Resolver resolver(
        [&](const std::string&) {
            ++lookups;
            return Result<Addresses>(Addresses{"192.0.2.1"});
        },
        {.cache_entries = 2});
    run_coro([&]() -> Awaitable<void> {
        for (const auto name : {"a", "b", "c", "c", "a"})
            EXPECT_EQ(co_await ask(resolver, name), "192.0.2.1");
        EXPECT_EQ(lookups, 4);
    }());
}

// A lookup that ends when the test says so.
struct HeldLookup {
    std::promise<void> release;
    std::shared_future<void> released = release.get_future().share();
    std::shared_ptr<std::atomic<int>> lookups = std::make_shared<std::atomic<int>>(0);
    Resolver::Lookup lookup() {
        return [released = released, lookups = lookups](const std::string&) {
            ++*lookups;
            released.wait();
            return Result<Addresses>(Addresses{"192.0.2.1"});
        };
    }
};

TEST(Resolver, EqualNamesShareALookup) {
    HeldLookup held;
    Resolver resolver(held.lookup());
    run_coro([&]() -> Awaitable<void> {
        TaskScope scope(co_await executor());
        int answers = 0;
        for (int i = 0; i < 50; ++i)
            scope.spawn("ask", [](Resolver& r, int& count) -> Awaitable<void> {
                if (co_await ask(r, "name") == "192.0.2.1") ++count;
            }(resolver, answers));
        co_await let_others_run();
        held.release.set_value();
        co_await scope.join();
        EXPECT_EQ(answers, 50);
        EXPECT_EQ(*held.lookups, 1);
    }());
}

TEST(Resolver, DeadlineStopAndCancellationEndTheWait) {
    HeldLookup held;
    auto resolver = std::make_unique<Resolver>(held.lookup());
    run_coro([&]() -> Awaitable<void> {
        const auto on = co_await executor();
        EXPECT_EQ(co_await ask(*resolver, "slow", after(5ms)), "dns");

        std::stop_source stop;
        TaskScope scope(on);
        std::vector<std::string> ended;
        const auto wait = [](Resolver& r, std::stop_token token,
                             std::vector<std::string>& out) -> Awaitable<void> {
            const auto context = context_on(co_await executor(), token);
            out.push_back(joined(co_await r.resolve(context, "slow", after(20s))));
        };
        scope.spawn("stopped", wait(*resolver, stop.get_token(), ended));
        co_await let_others_run();
        stop.request_stop();
        co_await scope.join();
        scope.spawn("cancelled", wait(*resolver, {}, ended));
        co_await let_others_run();
        scope.cancel();
        co_await scope.join();
        EXPECT_EQ(ended, (std::vector<std::string>{"cancelled", "cancelled"}));
    }());
    resolver.reset();  // does not wait for the lookup
    held.release.set_value();
}

TEST(Resolver, PendingNamesAreBounded) {
    HeldLookup held;
    Resolver resolver(held.lookup(), {.threads = 1, .pending_names = 2});
    run_coro([&]() -> Awaitable<void> {
        EXPECT_EQ(co_await ask(resolver, "a", after(1ms)), "dns");
        EXPECT_EQ(co_await ask(resolver, "b", after(1ms)), "dns");
        EXPECT_EQ(co_await ask(resolver, "c", after(10s)), "limit_exceeded");
        held.release.set_value();
        EXPECT_EQ(co_await ask(resolver, "a"), "192.0.2.1");
        EXPECT_EQ(co_await ask(resolver, "b"), "192.0.2.1");
        EXPECT_EQ(co_await ask(resolver, "c"), "192.0.2.1");
    }());
}

}  // namespace
