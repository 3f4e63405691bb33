#include "api/server.h"

#include <gmock/gmock.h>

#include "engine/base/task_scope.h"
#include "tests/api/api_fixture.h"

namespace godwit::api::test {
namespace {

using namespace std::chrono_literals;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

TEST(ApiServer, AnswersOnAFreePortAndKeepsTheConnection) {
    with_server([](World&, Client& client, ApiServer& server) -> Awaitable<void> {
        for (int i = 0; i < 3; ++i) {
            ASK(reply, "GET", "/healthz");
            EXPECT_EQ(reply.status, 200u);
            EXPECT_EQ(reply.header("connection"), "keep-alive");
        }
        EXPECT_EQ(server.connections(), 1u);
        ASK(version, "GET", "/version");
        EXPECT_EQ(text_at(object_of(version), "version"), "0.1.0");
    });
}

TEST(ApiServer, WantsTheToken) {
    with_server([](World&, Client& client, ApiServer&) -> Awaitable<void> {
        ASK(reply, "GET", "/api/v1/status");
        EXPECT_EQ(reply.status, 200u) << reply.body;
    });
    with_server([](World&, Client& known, ApiServer&) -> Awaitable<void> {
        const auto port = known.stream().peer().address;
        for (const std::string token : {"", "gdw_x", "Bearer"}) {
            Client client(co_await godwit::test::executor(),
                          static_cast<std::uint16_t>(std::stoi(port.substr(port.rfind(':') + 1))), token);
            CO_ASSERT_OK(co_await client.connect());
            for (const std::string target : {"/api/v1/status", "/api/v1/batches", "/nothing", "/"}) {
                ASK(reply, "GET", target);
                EXPECT_EQ(reply.status, 401u);
                EXPECT_THAT(reply.header("www-authenticate"), HasSubstr("Bearer"));
                EXPECT_EQ(text_at(object_of(reply), "code"), "unauthorized");
            }
            ASK(open, "GET", "/healthz");
            EXPECT_EQ(open.status, 200u);
        }
    });
}

TEST(ApiServer, TellsUnknownPathsFromWrongMethods) {
    with_server([](World&, Client& client, ApiServer&) -> Awaitable<void> {
        ASK(unknown, "GET", "/api/v1/nothing");
        EXPECT_EQ(unknown.status, 404u);
        ASK(wrong, "DELETE", "/api/v1/batches");
        EXPECT_EQ(wrong.status, 405u);
        EXPECT_EQ(wrong.header("allow"), "GET, HEAD, POST");
        ASK(head, "HEAD", "/api/v1/batches");
        EXPECT_EQ(head.status, 200u);
        ASK(parameter, "GET", "/api/v1/batches?limits=3");
        EXPECT_EQ(parameter.status, 400u);
        EXPECT_THAT(parameter.body, HasSubstr("\"parameter\":\"limits\""));
        for (const std::string limit : {"0", "1001", "x", "-1", "1.5", ""}) {
            ASK(reply, "GET", "/api/v1/batches?limit=" + limit);
            EXPECT_EQ(reply.status, 400u) << limit;
        }
    });
}

TEST(ApiServer, LimitsBodiesAndConnections) {
    auto options = test_options();
    options.max_connections = 2;
    options.body_bytes = 100;
    with_server([](World& world, Client& client, ApiServer& server) -> Awaitable<void> {
        ASK(large, "POST", "/api/v1/batches", "{\"name\":\"" + std::string(200, 'a') + "\"}");
        EXPECT_EQ(large.status, 413u);
        const auto address = client.stream().peer().address;
        const auto port = static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
        const auto on = co_await godwit::test::executor();
        Client second(on, port, world.token), third(on, port, world.token);
        CO_ASSERT_OK(co_await second.connect());
        auto reply = co_await second.ask("GET", "/healthz");
        CO_ASSERT_OK(reply);
        EXPECT_EQ(reply->status, 200u);
        EXPECT_EQ(server.connections(), 2u);
        CO_ASSERT_OK(co_await third.connect());
        reply = co_await third.replies().next();
        CO_ASSERT_OK(reply);
        EXPECT_EQ(reply->status, 503u);
        EXPECT_TRUE(co_await third.replies().closed());
    }, options);
}

TEST(ApiServer, RefusesAnAddressThatIsTaken) {
    with_server([](World& world, Client& client, ApiServer&) -> Awaitable<void> {
        const auto address = client.stream().peer().address;
        auto options = test_options();
        options.port = static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
        ApiServer second(co_await godwit::test::executor(), options, world.services(world.store));
        const auto started = second.start();
        EXPECT_FALSE(started);
        options.address = "localhost";
        ApiServer named(co_await godwit::test::executor(), options, world.services(world.store));
        EXPECT_FALSE(named.start());
    });
}

TEST(ApiServer, StopsAlthoughClientsAreSlow) {
    auto options = test_options();
    options.drain = 1s;
    const auto started = std::chrono::steady_clock::now();
    with_server([](World&, Client& client, ApiServer& server) -> Awaitable<void> {
        CO_ASSERT_OK(co_await client.stream().write("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\nPOST /", after(1s)));
        CO_ASSERT_OK(co_await client.replies().next());
        // Half a request is a running one: it is cut when the drain is over.
        co_await server.stop();
        EXPECT_EQ(server.connections(), 0u);
        EXPECT_TRUE(co_await client.replies().closed());
    }, options);
    EXPECT_LT(std::chrono::steady_clock::now() - started, 20s);
}

TEST(ApiServer, ServesMetricsAndItsDescription) {
    with_server([](World& world, Client& client, ApiServer&) -> Awaitable<void> {
        ASK(status, "GET", "/api/v1/status");
        EXPECT_EQ(status.status, 200u);
        ASK(metrics, "GET", "/metrics");
        EXPECT_THAT(metrics.header("content-type"), HasSubstr("text/plain; version=0.0.4"));
        EXPECT_THAT(metrics.body, HasSubstr("godwit_database_up 1"));
        EXPECT_THAT(metrics.body,
                    HasSubstr("godwit_http_requests_total{code=\"2xx\",method=\"GET\",route=\"/api/v1/status\"} 1"));
        EXPECT_THAT(metrics.body, Not(HasSubstr(world.token)));
        ASK(document, "GET", "/openapi.yaml");
        EXPECT_THAT(document.body, HasSubstr("openapi: 3.1.0"));
        ASK(schema, "GET", "/batch.schema.json");
        EXPECT_EQ(schema.status, 200u);
        EXPECT_TRUE(object_of(schema).contains("$defs"));
        ASK(ready, "GET", "/readyz");
        EXPECT_EQ(ready.status, 200u);
    });
}

}  // namespace
}  // namespace godwit::api::test
