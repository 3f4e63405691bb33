// A Connection served over a stream in memory, with a test at its other end.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/connection.h"
#include "api/problem.h"
#include "engine/base/task_scope.h"
#include "tests/api/http_reply.h"
#include "tests/support/coro_test.h"
#include "tests/support/memory_stream.h"

namespace godwit::api::test {

using godwit::test::executor;
using godwit::test::memory_stream_pair;
using godwit::test::MemoryStream;
using godwit::test::run_coro;
using godwit::test::text_of;
using namespace std::chrono_literals;

inline constexpr std::uint64_t body_limit = 1u << 20;

// Answers with what it got: method, target, length and the body itself.
inline Awaitable<Response> echo(Request& request, BodyReader& body) {
    body.limit(body_limit);
    std::string text;
    for (;;) {
        const auto piece = co_await body.read_chunk();
        if (!piece) co_return to_response(problem_of(piece.error()), request);
        if (!*piece) break;
        text += **piece;
    }
    co_return Response{200, "text/plain", {}, fmt::format("{} {} {}", request.method, request.target, text)};
}

inline Awaitable<Response> ignore_body(Request&, BodyReader& body) {
    body.limit(body_limit);
    co_return Response{200, "text/plain", {}, "ignored"};
}

// A connection that runs while a test talks to its other end.
struct Served {
    TaskScope scope;
    std::unique_ptr<MemoryStream> client;
    MemoryStream* server;
    std::unique_ptr<Connection> connection;
    ReplyReader replies;

    Served(asio::any_io_executor executor, Connection::Respond respond, ConnectionLimits limits = {})
        : Served(executor, memory_stream_pair(executor), std::move(respond), limits) {}

    Awaitable<void> end() {
        connection->close();
        co_await scope.join();
    }
    Awaitable<Result<Reply>> ask(std::string bytes) {
        GODWIT_CO_CHECK(co_await client->write(bytes, after(10s)));
        co_return co_await replies.next(bytes.starts_with("HEAD"));
    }

private:
    Served(asio::any_io_executor executor, std::pair<std::unique_ptr<MemoryStream>, std::unique_ptr<MemoryStream>> ends,
           Connection::Respond respond, ConnectionLimits limits)
        : scope(executor), client(std::move(ends.first)), server(ends.second.get()),
          connection(std::make_unique<Connection>(std::move(ends.second), limits, std::move(respond))),
          replies(*client) {
        scope.spawn("connection", connection->serve());
    }
};

}  // namespace godwit::api::test
