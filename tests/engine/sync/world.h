// World: whole passes between two fake servers, in one process and without sockets.
#pragma once

#include "engine/sync/account_sync.h"
#include "engine/sync/memory_ledger.h"
#include "tests/support/coro_test.h"
#include "tests/support/memory_stream.h"
#include "tests/support/sync_request.h"
#include "tools/fakeimap/server.h"

namespace godwit::sync {

inline fakeimap::Message mail(int number, std::string body = "hello\r\n", std::vector<std::string> flags = {}) {
    return {0, std::move(flags), "01-Feb-2024 10:00:00 +0100",
            fmt::format("Message-ID: <{}@x>\r\nSubject: s{}\r\n\r\n{}", number, number, body)};
}

// Two fake servers, each with the account "u".
struct World {
    fakeimap::Server source, destination;
    MemoryLedger ledger;
    SyncRequest request = test::sync_request();
    std::stop_source stop, drain;
    std::function<bool()> holds_lease;
    ByteBudget* budget = nullptr;
    int served = INT_MAX;   // connections that get a word from their server; both sides count

    explicit World(fakeimap::Persona from = {}, fakeimap::Persona to = {}) : source(std::move(from)), destination(std::move(to)) {
        source.accounts["u"].password = destination.accounts["u"].password = "pw";
        request.limits.settle = std::chrono::milliseconds(20);
        request.limits.command_timeout = std::chrono::seconds(5);
    }

    fakeimap::Folder& from(const std::string& name = "INBOX") { return source.accounts["u"].folders[name]; }
    fakeimap::Folder& to(const std::string& name = "INBOX") { return destination.accounts["u"].folders[name]; }
    std::vector<std::string> bodies(const std::string& name = "INBOX") {
        std::vector<std::string> out;
        for (const auto& message : to(name).messages) out.push_back(message.octets);
        std::ranges::sort(out);
        return out;
    }

    // Passes may use so many connections to each side, and try another one all the time.
    void allow_lanes(std::size_t most) {
        request.limits.connections = most;
        request.limits.lane_interval = std::chrono::milliseconds(1);
    }
    SyncReport run(SyncObserver* observer = nullptr);
};

class WorldDialer final : public net::Dialer {
public:
    WorldDialer(World& world, TaskScope& scope) : world_(world), scope_(scope) {}
    Awaitable<Result<std::unique_ptr<net::Stream>>> dial(const RunContext& context, const net::Endpoint& endpoint,
                                                         Deadline) override {
        auto [client, server] = test::memory_stream_pair(context.executor);
        client->limit_capacity(100'000);
        server->limit_capacity(100'000);
        auto& side = endpoint.host == "src" ? world_.source : world_.destination;
        if (++dialled_ > world_.served)
            silent_.push_back(std::move(server));
        else
            scope_.spawn("fake server", side.serve(std::move(server)));
        co_return std::move(client);
    }

private:
    World& world_;
    TaskScope& scope_;
    int dialled_ = 0;
    std::vector<std::unique_ptr<net::Stream>> silent_;
};

inline SyncReport World::run(SyncObserver* observer) {
    SyncReport report;
    SyncObserver quiet;
    test::run_coro([](World& world, SyncObserver& observer, SyncReport& report) -> Awaitable<void> {
        auto context = test::context_on(co_await test::executor(), world.stop.get_token(), world.drain.get_token());
        context.holds_lease = world.holds_lease;
        context.budget = world.budget;
        TaskScope scope(context.executor);
        WorldDialer dialer(world, scope);
        report = co_await sync_account(context, dialer, world.request, world.ledger, observer);
        co_await scope.join();
    }(*this, observer ? *observer : quiet, report));
    return report;
}

}  // namespace godwit::sync
