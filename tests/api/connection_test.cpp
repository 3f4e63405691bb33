#include "tests/api/served.h"

namespace godwit::api::test {
namespace {

TEST(Connection, KeepsAliveAndAnswersPipelinedRequestsInOrder) {
    run_coro([]() -> Awaitable<void> {
        Served served(co_await executor(), echo);
        auto first = co_await served.ask("GET /one HTTP/1.1\r\nHost: a\r\n\r\nPOST /two HTTP/1.1\r\nHost: a\r\n"
                                         "Content-Length: 3\r\n\r\nabcGET /three HTTP/1.1\r\nHost: a\r\n\r\n");
        CO_ASSERT_OK(first);
        EXPECT_EQ(first->body, "GET /one ");
        EXPECT_EQ(first->header("connection"), "keep-alive");
        auto second = co_await served.replies.next();
        CO_ASSERT_OK(second);
        EXPECT_EQ(second->body, "POST /two abc");
        auto third = co_await served.replies.next();
        CO_ASSERT_OK(third);
        EXPECT_EQ(third->body, "GET /three ");
        auto fourth = co_await served.ask("GET /four HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        CO_ASSERT_OK(fourth);
        EXPECT_EQ(fourth->header("connection"), "close");
        EXPECT_TRUE(co_await served.replies.closed());
        co_await served.scope.join();
    }());
}

TEST(Connection, ReadsRequestsSplitAtEveryByte) {
    run_coro([]() -> Awaitable<void> {
        Served served(co_await executor(), echo);
        served.server->limit_reads(1);
        auto reply = co_await served.ask("POST /a?b=%20c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                                         "3;x=\"y\"\r\nabc\r\nA\r\n0123456789\r\n0\r\nTrailer: t\r\n\r\n");
        CO_ASSERT_OK(reply);
        EXPECT_EQ(reply->body, "POST /a?b=%20c abc0123456789");
        auto next = co_await served.ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        CO_ASSERT_OK(next);
        EXPECT_EQ(next->status, 200u);
        co_await served.end();
    }());
}

TEST(Connection, LimitsBodies) {
    for (const std::string body : {fmt::format("Content-Length: {}\r\n\r\n", body_limit + 1),
                                   fmt::format("Transfer-Encoding: chunked\r\n\r\n{:x}\r\n", body_limit * 3) +
                                       std::string(body_limit * 3, 'a')})
        run_coro([](std::string text) -> Awaitable<void> {
            ConnectionLimits limits;
            limits.discard_timeout = 20ms;
            Served served(co_await executor(), echo, limits);
            auto reply = co_await served.ask("POST / HTTP/1.1\r\nHost: a\r\n" + text);
            CO_ASSERT_OK(reply);
            EXPECT_EQ(reply->status, 413u);
            EXPECT_TRUE(co_await served.replies.closed());
            co_await served.scope.join();
        }(body));
}

TEST(Connection, GoesOnAfterABodyThatWasALittleTooLarge) {
    run_coro([]() -> Awaitable<void> {
        Served served(co_await executor(), [](Request& request, BodyReader& body) -> Awaitable<Response> {
            body.limit(10);
            const auto piece = co_await body.read_chunk();
            co_return piece ? Response{} : to_response(problem_of(piece.error()), request);
        });
        auto reply = co_await served.ask("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 20\r\n\r\n" +
                                         std::string(20, 'a'));
        CO_ASSERT_OK(reply);
        EXPECT_EQ(reply->status, 413u);
        EXPECT_EQ(reply->header("connection"), "keep-alive");
        reply = co_await served.ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        CO_ASSERT_OK(reply);
        EXPECT_EQ(reply->status, 200u);
        co_await served.end();
    }());
}

TEST(Connection, GivesUpOnSlowClients) {
    run_coro([]() -> Awaitable<void> {
        ConnectionLimits limits;
        limits.header_timeout = limits.body_timeout = limits.discard_timeout = 30ms;
        Served header(co_await executor(), echo, limits);
        auto reply = co_await header.ask("GET / HTTP/1.1\r\nHo");
        CO_ASSERT_OK(reply);
        EXPECT_EQ(reply->status, 408u);
        EXPECT_TRUE(co_await header.replies.closed());
        Served body(co_await executor(), echo, limits);
        reply = co_await body.ask("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc");
        CO_ASSERT_OK(reply);
        EXPECT_EQ(reply->status, 408u);
        EXPECT_TRUE(co_await body.replies.closed());
        co_await header.scope.join();
        co_await body.scope.join();
    }());
}

TEST(Connection, ClosesIdleConnectionsWithoutAWord) {
    run_coro([]() -> Awaitable<void> {
        ConnectionLimits limits;
        limits.idle_timeout = 20ms;
        Served served(co_await executor(), echo, limits);
        EXPECT_TRUE(co_await served.replies.closed());
        co_await served.scope.join();
    }());
}

TEST(Connection, AsksForTheBodyOnlyWhenItIsWanted) {
    const std::string header = "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n";
    run_coro([](std::string expecting) -> Awaitable<void> {
        Served wanted(co_await executor(), echo);
        auto reply = co_await wanted.ask(expecting);
        CO_ASSERT_OK(reply);
        EXPECT_EQ(reply->status, 100u);
        reply = co_await wanted.ask("abc");
        CO_ASSERT_OK(reply);
        EXPECT_EQ(reply->body, "POST / abc");
        EXPECT_EQ(reply->header("connection"), "keep-alive");
        co_await wanted.end();
        ConnectionLimits limits;
        limits.discard_timeout = 20ms;
        Served unwanted(co_await executor(), ignore_body, limits);
        reply = co_await unwanted.ask(expecting);
        CO_ASSERT_OK(reply);
        EXPECT_EQ(reply->status, 200u);
        EXPECT_EQ(reply->header("connection"), "close");
        EXPECT_TRUE(co_await unwanted.replies.closed());
        co_await unwanted.scope.join();
    }(header));
}

TEST(Connection, DiscardsBodiesThatNobodyRead) {
    run_coro([]() -> Awaitable<void> {
        Served served(co_await executor(), ignore_body);
        auto reply = co_await served.ask("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n" +
                                         std::string(100'000, 'a'));
        CO_ASSERT_OK(reply);
        EXPECT_EQ(reply->header("connection"), "keep-alive");
        reply = co_await served.ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        CO_ASSERT_OK(reply);
        EXPECT_EQ(reply->body, "ignored");
        co_await served.end();
    }());
}

TEST(Connection, EndsAfterAnUnreadBodyThatIsTooLarge) {
    run_coro([]() -> Awaitable<void> {
        Served served(co_await executor(), ignore_body);
        auto reply = co_await served.ask("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9000000000\r\n\r\nabc");
        CO_ASSERT_OK(reply);
        EXPECT_EQ(reply->status, 200u);
        EXPECT_EQ(reply->header("connection"), "close");
        served.client->close();
        co_await served.scope.join();
    }());
}

TEST(Connection, AnswersHeadWithoutABody) {
    run_coro([]() -> Awaitable<void> {
        Served served(co_await executor(), echo);
        auto reply = co_await served.ask("HEAD /x HTTP/1.1\r\nHost: a\r\n\r\n");
        CO_ASSERT_OK(reply);
        EXPECT_EQ(reply->header("content-length"), "8");
        reply = co_await served.ask("GET /y HTTP/1.1\r\nHost: a\r\n\r\n");
        CO_ASSERT_OK(reply);
        EXPECT_EQ(reply->body, "GET /y ");
        co_await served.end();
    }());
}

TEST(Connection, KeepsGoodRequestIdsAndReplacesOthers) {
    run_coro([]() -> Awaitable<void> {
        Served served(co_await executor(), echo);
        auto reply = co_await served.ask("GET / HTTP/1.1\r\nHost: a\r\nX-Request-Id: abc-1.2_Z\r\n\r\n");
        CO_ASSERT_OK(reply);
        EXPECT_EQ(reply->header("x-request-id"), "abc-1.2_Z");
        reply = co_await served.ask("GET / HTTP/1.1\r\nHost: a\r\nX-Request-Id: a b<c>\r\n\r\n");
        CO_ASSERT_OK(reply);
        EXPECT_TRUE(reply->header("x-request-id").starts_with("req_"));
        co_await served.end();
    }());
}

TEST(Connection, ReadsFromTheClientOnlyWhatTheHandlerAskedFor) {
    run_coro([]() -> Awaitable<void> {
        constexpr std::size_t capacity = 64u << 10;
        const auto on = co_await executor();
        Signal started(on), go(on);
        Served served(on, [&](Request& request, BodyReader& body) -> Awaitable<Response> {
            body.limit(16u << 20);
            (void)co_await body.read_chunk();
            started.notify_all();
            (void)co_await go.wait();
            body.limit(16u << 20);
            std::size_t size = 0;
            for (;;) {
                const auto piece = co_await body.read_chunk();
                if (!piece) co_return to_response(problem_of(piece.error()), request);
                if (!*piece) break;
                EXPECT_LE((*piece)->size(), 64u << 10);
                size += (*piece)->size();
            }
            co_return Response{200, "text/plain", {}, "done"};
        });
        served.client->limit_capacity(capacity);
        bool sent = false;
        served.scope.spawn("upload", [](MemoryStream& client, bool& done) -> Awaitable<void> {
            const std::string bytes = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 8388608\r\n\r\n" +
                                      std::string(8u << 20, 'x');
            EXPECT_TRUE(co_await client.write(bytes, after(20s)));
            done = true;
        }(*served.client, sent));
        EXPECT_TRUE(co_await started.wait(after(10s)));
        EXPECT_FALSE(sent);
        EXPECT_LE(served.client->unread(), capacity + 1);
        go.notify_all();
        auto reply = co_await served.replies.next();
        CO_ASSERT_OK(reply);
        EXPECT_EQ(reply->status, 200u);
        EXPECT_TRUE(sent);
        co_await served.end();
    }());
}

TEST(Connection, DrainsAtOnceWhenIdleAndAfterTheAnswerWhenBusy) {
    run_coro([]() -> Awaitable<void> {
        const auto on = co_await executor();
        Served idle(on, echo);
        auto reply = co_await idle.ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        CO_ASSERT_OK(reply);
        idle.connection->drain();
        EXPECT_TRUE(co_await idle.replies.closed());
        co_await idle.scope.join();
        Signal started(on), go(on);
        Served busy(on, [&](Request&, BodyReader&) -> Awaitable<Response> {
            started.notify_all();
            (void)co_await go.wait();
            co_return Response{200, "text/plain", {}, "late"};
        });
        EXPECT_TRUE(co_await busy.client->write("GET / HTTP/1.1\r\nHost: a\r\n\r\n", after(10s)));
        EXPECT_TRUE(co_await started.wait(after(10s)));
        busy.connection->drain();
        go.notify_all();
        reply = co_await busy.replies.next();
        CO_ASSERT_OK(reply);
        EXPECT_EQ(reply->body, "late");
        EXPECT_EQ(reply->header("connection"), "close");
        EXPECT_TRUE(co_await busy.replies.closed());
        co_await busy.scope.join();
    }());
}

}  // namespace
}  // namespace godwit::api::test
