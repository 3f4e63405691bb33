// A whole ApiServer on a real socket, with the store in memory, for tests.
#pragma once

#include <filesystem>
#include <functional>

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "api/auth.h"
#include "api/server.h"
#include "engine/base/digest.h"
#include "engine/base/log.h"
#include "engine/net/tcp_stream.h"
#include "tests/api/http_reply.h"
#include "tests/support/coro_test.h"
#include "tests/support/memory_store.h"
#include "tests/support/temp_directory.h"

namespace godwit::api::test {

namespace json = boost::json;

// Everything that outlives the server.
struct World {
    godwit::test::TempDirectory folder;
    std::unique_ptr<scheduler::CredentialBox> box;
    std::unique_ptr<ReportSigner> signer;
    godwit::test::MemoryStore store;
    Metrics metrics;
    std::string token = new_token().reveal();
    int wakes = 0;

    World() {
        auto opened = scheduler::CredentialBox::open_file(folder.path() / "keys");
        EXPECT_TRUE(opened);
        box = std::make_unique<scheduler::CredentialBox>(std::move(*opened));
        auto key = SigningKey::open_file(folder.path() / "report_key.pem");
        EXPECT_TRUE(key);
        signer = std::make_unique<ReportSigner>(std::move(*key), "mover1");
        signer->set_node(scheduler::NodeId{"nod_test"});
    }
    Services services(scheduler::Store& over) {
        return {over, *box, metrics, *signer, sha256_hex(token), [this] { ++wakes; }};
    }
};

class Client {
public:
    Client(asio::any_io_executor executor, std::uint16_t port, std::string token)
        : stream_(executor), replies_(stream_), port_(port), token_(std::move(token)) {}

    Awaitable<Result<void>> connect() {
        co_return co_await stream_.connect("127.0.0.1", port_, after(std::chrono::seconds(10)));
    }
    Awaitable<Result<Reply>> ask(std::string method, std::string target, std::string body = {},
                                 std::string fields = "Content-Type: application/json\r\n") {
        std::string bytes = method + " " + target + " HTTP/1.1\r\nHost: test\r\n";
        if (!token_.empty()) bytes += "Authorization: Bearer " + token_ + "\r\n";
        if (!body.empty() || method == "POST") bytes += fields + fmt::format("Content-Length: {}\r\n", body.size());
        else if (!fields.starts_with("Content-Type")) bytes += fields;
        bytes += "\r\n" + body;
        GODWIT_CO_CHECK(co_await stream_.write(bytes, after(std::chrono::seconds(20))));
        co_return co_await replies_.next(method == "HEAD");
    }
    net::TcpStream& stream() { return stream_; }
    ReplyReader& replies() { return replies_; }

private:
    net::TcpStream stream_;
    ReplyReader replies_;
    std::uint16_t port_;
    std::string token_;
};

using Talk = std::function<Awaitable<void>(World&, Client&, ApiServer&)>;

inline ApiOptions test_options() {
    ApiOptions options;
    options.port = 0;
    options.drain = std::chrono::seconds(2);
    return options;
}

// Starts a server over `store` (the world's own by default), connects a client with the token, talks, and stops.
inline void with_server(Talk talk, ApiOptions options = test_options(), scheduler::Store* store = nullptr) {
    log_threshold(LogLevel::error);
    World world;
    godwit::test::run_coro([](World& w, Talk t, ApiOptions o, scheduler::Store* over) -> Awaitable<void> {
        const auto on = co_await godwit::test::executor();
        ApiServer server(on, o, w.services(over != nullptr ? *over : w.store));
        const auto port = server.start();
        CO_ASSERT_OK(port);
        {
            Client client(on, *port, w.token);
            const auto connected = co_await client.connect();
            EXPECT_TRUE(connected);
            if (connected) co_await t(w, client, server);
        }
        co_await server.stop();
    }(world, std::move(talk), std::move(options), store), std::chrono::seconds(60));
}

inline json::object object_of(const Reply& reply) {
    json::error_code error;
    auto value = json::parse(reply.body, error);
    EXPECT_FALSE(error) << reply.body;
    return error || !value.is_object() ? json::object{} : value.as_object();
}

inline std::string text_at(const json::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    return value != nullptr && value->is_string() ? json::value_to<std::string>(*value) : "";
}

inline std::int64_t number_at(const json::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    return value != nullptr && value->is_number() ? value->to_number<std::int64_t>() : -1;
}

}  // namespace godwit::api::test

// Declares `name` as the reply to client.ask(…), or ends the test.
#define ASK(name, ...)                               \
    auto name##_result = co_await client.ask(__VA_ARGS__); \
    CO_ASSERT_OK(name##_result);                     \
    const Reply name = *name##_result
