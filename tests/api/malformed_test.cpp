// What is not HTTP, or not the HTTP that is spoken here.
#include "tests/api/served.h"

namespace godwit::api::test {
namespace {

using testing::HasSubstr;

struct Bad {
    const char* name;
    std::string bytes;
    unsigned status;
    const char* code;
};

std::vector<Bad> bad_requests() {
    std::string many = "GET / HTTP/1.1\r\nHost: a\r\n";
    for (int i = 0; i < 2000; ++i) many += fmt::format("X-{}: 0123456789\r\n", i);
    const auto with = [](std::string fields) { return "POST / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n"; };
    return {
        {"no request line", "hello\r\n\r\n", 400, "malformed_request"},
        {"zero bytes", std::string("\0\0\0\0\r\n\r\n", 8), 400, "malformed_request"},
        {"TLS hello", std::string("\x16\x03\x01\x02\x00\x01\x00\x01", 8), 400, "malformed_request"},
        {"no version", "GET /\r\n\r\n", 400, "malformed_request"},
        {"version 2", "GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505, "http_version"},
        {"no host", "GET / HTTP/1.1\r\n\r\n", 400, "malformed_request"},
        {"space in field name", "GET / HTTP/1.1\r\nHo st: a\r\n\r\n", 400, "malformed_request"},
        {"bare LF in field", "GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n", 400, "malformed_request"},
        {"long target", "GET /" + std::string(20000, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n", 431, "header_too_large"},
        {"long field", with("X: " + std::string(20000, 'a') + "\r\n"), 431, "header_too_large"},
        {"many fields", many + "\r\n", 431, "header_too_large"},
        {"length and chunks", with("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n"), 400, "malformed_request"},
        {"chunks and length", with("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n"), 400, "malformed_request"},
        {"two lengths", with("Content-Length: 3\r\nContent-Length: 4\r\n"), 400, "malformed_request"},
        {"negative length", with("Content-Length: -3\r\n"), 400, "malformed_request"},
        {"huge length", with("Content-Length: 99999999999999999999\r\n"), 400, "malformed_request"},
        {"chunked twice", with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), 400,
         "malformed_request"},
        {"gzip coding", with("Transfer-Encoding: gzip, chunked\r\n"), 501, "transfer_coding"},
        {"unknown coding", with("Transfer-Encoding: gzip\r\n"), 501, "transfer_coding"},
        {"chunks in 1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, "malformed_request"},
        {"content coding", with("Content-Encoding: gzip\r\nContent-Length: 1\r\n"), 415, "content_coding"},
        {"expectation", with("Expect: miracles\r\n"), 417, "expectation"},
        {"broken escape", "GET /a%zz HTTP/1.1\r\nHost: a\r\n\r\n", 400, "malformed_target"},
        {"control character", "GET /a%0ab HTTP/1.1\r\nHost: a\r\n\r\n", 400, "malformed_target"},
        {"absolute target", "GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n", 400, "malformed_target"},
    };
}

Awaitable<void> expect_refusal(const Bad& bad, std::size_t piece) {
    ConnectionLimits limits;
    limits.discard_timeout = 20ms;
    Served served(co_await executor(), echo, limits);
    served.server->limit_reads(piece);
    auto reply = co_await served.ask(bad.bytes);
    CO_ASSERT_OK(reply);
    EXPECT_EQ(reply->status, bad.status) << bad.name << ": " << reply->body;
    EXPECT_THAT(reply->body, HasSubstr(fmt::format("\"code\":\"{}\"", bad.code))) << bad.name;
    EXPECT_EQ(reply->header("content-type"), "application/problem+json");
    EXPECT_EQ(reply->header("connection"), "close");
    EXPECT_TRUE(co_await served.replies.closed());
    co_await served.scope.join();
}

TEST(Connection, RefusesWhatIsNotARequest) {
    for (const auto& bad : bad_requests())
        for (const std::size_t piece : {std::size_t{1}, std::size_t{1000}, std::size_t{100'000}})
            run_coro(expect_refusal(bad, piece));
}

TEST(Connection, RefusesBrokenChunks) {
    for (const std::string chunks : {"zz\r\n", "-1\r\n", "3\r\nabcd\r\n0\r\n\r\n", "FFFFFFFFFFFFFFFFF\r\n"})
        run_coro([](std::string broken) -> Awaitable<void> {
            ConnectionLimits limits;
            limits.discard_timeout = 20ms;
            Served served(co_await executor(), echo, limits);
            auto reply = co_await served.ask("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + broken);
            CO_ASSERT_OK(reply);
            EXPECT_EQ(reply->status, 400u) << broken;
            EXPECT_EQ(reply->header("connection"), "close");
            EXPECT_TRUE(co_await served.replies.closed());
            co_await served.scope.join();
        }(chunks));
}

TEST(Connection, EndsChunkLinesThatNeverEnd) {
    run_coro([]() -> Awaitable<void> {
        Served served(co_await executor(), echo);
        auto reply = co_await served.ask("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3;" +
                                         std::string(100'000, 'x'));
        CO_ASSERT_OK(reply);
        EXPECT_EQ(reply->status, 400u);
        EXPECT_TRUE(co_await served.replies.closed());
        co_await served.scope.join();
    }());
}

}  // namespace
}  // namespace godwit::api::test
