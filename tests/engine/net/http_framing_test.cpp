// What the HTTP client makes of its base URL, and of bytes that arrive in any pieces.
#include <gtest/gtest.h>

#include "engine/net/chunked.h"
#include "engine/net/http_client.h"
#include "tests/support/coro_test.h"
#include "tests/support/memory_stream.h"

using namespace godwit;
using namespace godwit::test;
using namespace std::chrono_literals;
using godwit::net::HttpClient;
using godwit::net::HttpRequest;

namespace {

TEST(HttpClient, BaseUrls) {
    net::TcpDialer dialer{net::AddressPolicy{}};
    for (const auto url :
         {"http://localhost", "https://example.org:8443/prefix/", "http://[::1]:8080", "HTTPS://x"})
        EXPECT_TRUE(HttpClient::make(dialer, url)) << url;
    for (const auto url :
         {"", "example.org", "ftp://example.org", "http://", "http://user:pw@example.org",
          "http://example.org/?q", "http://example.org/#f", "http://example.org:99999", "/path"})
        EXPECT_FALSE(HttpClient::make(dialer, url)) << url;
}

// Hands out the client's ends of memory streams, so that answers can be cut at every byte.
class MemoryDialer final : public net::Dialer {
public:
    std::vector<std::unique_ptr<MemoryStream>> ends;
    Awaitable<Result<std::unique_ptr<net::Stream>>> dial(const RunContext&, const net::Endpoint&,
                                                         Deadline) override {
        std::unique_ptr<net::Stream> next = std::move(ends.back());
        ends.pop_back();
        co_return next;
    }
};

TEST(HttpClient, AnswersCutAtEveryByte) {
    const std::string chunked =
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
    const std::string sized =
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
    for (const std::string& answer : {chunked, sized})
        run_coro([&]() -> Awaitable<void> {
            auto [client, server] = memory_stream_pair(co_await executor());
            client->limit_reads(1);
            CO_ASSERT_OK(co_await server->write(answer, after(5s)));
            MemoryDialer dialer;
            dialer.ends.push_back(std::move(client));
            auto http = HttpClient::make(dialer, "http://example.org");
            CO_ASSERT_OK(http);
            const auto context = context_on(co_await executor());
            const auto got = co_await http->send(context, HttpRequest{});
            CO_ASSERT_OK(got);
            EXPECT_EQ(got->body, "hello");
        }());
}

// Beast aborts when it is given less of the last chunk than that.
TEST(EnoughOfChunks, TheLastChunkComesWhole) {
    for (const std::string_view less : {"", "0", "0\r\n", "0\r\n\r", "\r\n0\r", "\r\n", "00"})
        EXPECT_FALSE(godwit::net::enough_of_chunks(less)) << less;
    for (const std::string_view enough : {"0\r\n\r\n", "\r\n0\r\n", "5\r\n", "zz\r\n", "\r\n1"})
        EXPECT_TRUE(godwit::net::enough_of_chunks(enough)) << enough;
}

}  // namespace
