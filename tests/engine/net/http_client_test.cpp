#include "engine/net/http_client.h"

#include <future>
#include <mutex>

#include <gtest/gtest.h>
#include <sys/socket.h>

#include "engine/base/task_scope.h"
#include "tests/support/coro_test.h"
#include "tests/support/local_server.h"

using namespace godwit;
using namespace godwit::test;
using namespace std::chrono_literals;
using godwit::net::HttpClient;
using godwit::net::HttpLimits;
using godwit::net::HttpRequest;
using godwit::net::HttpResponse;
using godwit::net::TcpDialer;

namespace {

net::AddressPolicy loopback_allowed() {
    net::AddressPolicy policy;
    EXPECT_TRUE(policy.allow("loopback"));
    return policy;
}

// Answers each request (as read up to its blank line) on one connection with the next text of `answers`; a
// text ending in "!close" ends the connection after it.
class Scripted {
public:
    explicit Scripted(std::vector<std::string> answers) : answers_(std::move(answers)) {}

    void operator()(ServerConnection& connection) {
        for (;;) {
            const std::string request = connection.read_until("\r\n\r\n");
            if (!request.ends_with("\r\n\r\n")) return;
            requests.push_back(request);
            if (requests.size() > answers_.size()) return;
            std::string answer = answers_[requests.size() - 1];
            const bool close = answer.ends_with("!close");
            if (close) answer.resize(answer.size() - 6);
            connection.write(answer);
            if (close) return;
        }
    }
    std::vector<std::string> requests;

private:
    std::vector<std::string> answers_;
};

struct Client {
    TcpDialer dialer{loopback_allowed()};
    Result<HttpClient> http;

    explicit Client(std::uint16_t port, HttpLimits limits = {}, std::string path = "")
        : http(HttpClient::make(dialer, "http://127.0.0.1:" + std::to_string(port) + path, limits)) {
        EXPECT_TRUE(http) << text_of(http);
    }
    // Every request of `requests`, one after the other on one executor.
    std::vector<Result<HttpResponse>> send(std::vector<HttpRequest> requests) {
        std::vector<Result<HttpResponse>> out;
        run_coro([&]() -> Awaitable<void> {
            const auto context = context_on(co_await executor());
            for (auto& request : requests) out.push_back(co_await http->send(context, std::move(request)));
            http = fail(ErrorKind::internal, Reach::node, "done");  // closes what it kept, on its executor
        }());
        return out;
    }
    Result<HttpResponse> get(std::string target = "/") {
        std::vector<HttpRequest> requests(1);
        requests[0].target = std::move(target);
        return std::move(send(std::move(requests))[0]);
    }
};

HttpRequest request(std::string method, std::string target = "/", std::string body = "") {
    return HttpRequest{.method = std::move(method), .target = std::move(target), .body = std::move(body)};
}

ErrorKind kind_of(const Result<HttpResponse>& result) {
    return result ? ErrorKind::internal : result.error().kind;
}

// One answer of a server, as the client sees it.
Result<HttpResponse> answered_with(std::string answer, HttpLimits limits = {}) {
    Scripted script({std::move(answer)});
    LocalServer server(std::ref(script));
    return Client(server.port(), limits).get();
}

TEST(HttpClient, ContentLength) {
    const auto got =
        answered_with("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-One: a\r\nx-one: b\r\n\r\nhello");
    ASSERT_TRUE(got) << text_of(got);
    EXPECT_EQ(got->status, 200u);
    EXPECT_EQ(got->body, "hello");
    EXPECT_EQ(got->headers.at("content-length"), "5");
    EXPECT_EQ(got->headers.at("x-one"), "a, b");
}

TEST(HttpClient, Chunked) {
    const auto got = answered_with(
        "HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n7;x=y\r\n, "
        "world\r\n0\r\n\r\n");
    ASSERT_TRUE(got) << text_of(got);
    EXPECT_EQ(got->status, 404u);
    EXPECT_EQ(got->body, "hello, world");
}

TEST(HttpClient, BodyThatEndsWithTheConnection) {
    const auto got = answered_with("HTTP/1.1 200 OK\r\n\r\nuntil the end!close");
    ASSERT_TRUE(got) << text_of(got);
    EXPECT_EQ(got->body, "until the end");
}

TEST(HttpClient, NoContentAndInterimAnswers) {
    const auto got = answered_with(
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
        "HTTP/1.1 204 No Content\r\n\r\n");
    ASSERT_TRUE(got) << text_of(got);
    EXPECT_EQ(got->status, 204u);
    std::string endless;
    for (int i = 0; i < 100; ++i) endless += "HTTP/1.1 100 Continue\r\n\r\n";
    EXPECT_EQ(kind_of(answered_with(endless)), ErrorKind::protocol_error);
}

TEST(HttpClient, RequestOnTheWire) {
    Scripted script(
        {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n"});
    LocalServer server(std::ref(script));
    Client client(server.port(), {}, "/api/v1/");
    std::vector<HttpRequest> requests{request("POST", "/batches?x=1"), request("HEAD")};
    requests[0].headers = {{"Authorization", "Bearer t"}};
    const auto got = client.send(std::move(requests));
    ASSERT_TRUE(got[0]) << text_of(got[0]);
    ASSERT_TRUE(got[1]) << text_of(got[1]);
    const std::string host = "127.0.0.1:" + std::to_string(server.port());
    ASSERT_EQ(script.requests.size(), 2u);
    EXPECT_EQ(script.requests[0],
              "POST /api/v1/batches?x=1 HTTP/1.1\r\nHost: " + host +
                  "\r\nUser-Agent: godwit/0.1.0\r\nAuthorization: Bearer t\r\nContent-Length: 0\r\n\r\n");
    EXPECT_TRUE(script.requests[1].starts_with("HEAD /api/v1/ HTTP/1.1\r\n"));
    EXPECT_EQ(script.requests[1].find("Content-Length"), std::string::npos);
    EXPECT_EQ(server.accepted(), 1) << "the connection is kept";
}

TEST(HttpClient, SendsABody) {
    std::string got;
    LocalServer server([&](ServerConnection& connection) {
        connection.read_until("\r\n\r\n");
        got = connection.read_exactly(100'000);
        connection.write("HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n");
        connection.read();
    });
    const std::string body(100'000, 'b');
    const auto answer = Client(server.port()).send({request("POST", "/", body)});
    ASSERT_TRUE(answer[0]) << text_of(answer[0]);
    EXPECT_EQ(answer[0]->status, 201u);
    EXPECT_EQ(got, body);
}

std::string read_chunked(ServerConnection& connection) {
    std::string body;
    for (;;) {
        const std::size_t size = std::stoul(connection.read_until("\r\n"), nullptr, 16);
        body += connection.read_exactly(size);
        if (connection.read_exactly(2) != "\r\n") return "malformed";
        if (size == 0) return body;
    }
}

TEST(HttpClient, StreamsAnUpload) {
    std::string head, got;
    LocalServer server([&](ServerConnection& connection) {
        head = connection.read_until("\r\n\r\n");
        got = read_chunked(connection);
        connection.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        connection.read();
    });
    std::string sent;
    for (int i = 0; sent.size() < 3'000'000; ++i) sent += std::to_string(i) + ",row\n";
    std::vector<HttpRequest> requests{request("POST", "/import")};
    requests[0].body_source =
        [left = std::string_view(sent)](std::span<char> to) mutable -> Result<std::size_t> {
        const std::size_t size = std::min({to.size(), left.size(), std::size_t{10'007}});
        std::copy_n(left.begin(), size, to.begin());
        left.remove_prefix(size);
        return size;
    };
    const auto answer = Client(server.port()).send(std::move(requests));
    ASSERT_TRUE(answer[0]) << text_of(answer[0]);
    EXPECT_NE(head.find("\r\nTransfer-Encoding: chunked\r\n"), std::string::npos);
    EXPECT_EQ(head.find("Content-Length"), std::string::npos);
    EXPECT_TRUE(got == sent);
}

TEST(HttpClient, FailingBodySourceIsTheError) {
    LocalServer server([](ServerConnection& connection) {
        while (!connection.read().empty()) continue;
    });
    std::vector<HttpRequest> requests{request("POST")};
    requests[0].body_source = [](std::span<char>) -> Result<std::size_t> {
        return fail(ErrorKind::not_found, Reach::node, "file vanished");
    };
    const auto answer = Client(server.port()).send(std::move(requests));
    EXPECT_EQ(text_of(answer[0]).find("file vanished") == std::string::npos, false) << text_of(answer[0]);
}

TEST(HttpClient, AnswerBeforeTheEndOfAnUpload) {
    LocalServer server([](ServerConnection& connection) {
        connection.read_until("\r\n\r\n");
        connection.write("HTTP/1.1 401 Unauthorized\r\nContent-Length: 4\r\n\r\nnope");
        shutdown(connection.descriptor(), SHUT_WR);
        // Goes on reading a little: a reset would destroy the answer on its way.
        connection.read_exactly(200'000);
    });
    std::vector<HttpRequest> requests{request("POST", "/import")};
    requests[0].body_source = [](std::span<char> to) -> Result<std::size_t> {
        std::fill(to.begin(), to.end(), 'x');
        return to.size();
    };
    const auto answer = Client(server.port(), {.timeout = 2s}).send(std::move(requests));
    // The system may drop a received answer when the reset comes; an error is then all there is to tell.
    if (answer[0])
        EXPECT_EQ(answer[0]->status, 401u);
    else
        EXPECT_EQ(kind_of(answer[0]), ErrorKind::connection_lost);
}

TEST(HttpClient, BodyLimit) {
    const HttpLimits limits{.body_bytes = 10};
    const std::string ok = "HTTP/1.1 200 OK\r\n";
    EXPECT_TRUE(answered_with(ok + "Content-Length: 10\r\n\r\n0123456789", limits));
    EXPECT_EQ(kind_of(answered_with(ok + "Content-Length: 11\r\n\r\n01234567890", limits)),
              ErrorKind::limit_exceeded);
    EXPECT_EQ(kind_of(answered_with(
                  ok + "Transfer-Encoding: chunked\r\n\r\n6\r\n012345\r\n5\r\n67890\r\n0\r\n\r\n", limits)),
              ErrorKind::limit_exceeded);
    EXPECT_EQ(kind_of(answered_with(ok + "\r\n01234567890!close", limits)), ErrorKind::limit_exceeded);
}

TEST(HttpClient, HeaderLimit) {
    const HttpLimits limits{.header_bytes = 1000};
    EXPECT_EQ(kind_of(answered_with("HTTP/1.1 200 OK\r\nX: " + std::string(2000, 'x') + "\r\n\r\n", limits)),
              ErrorKind::limit_exceeded);
    EXPECT_EQ(kind_of(answered_with("HTTP/1.1 200 OK\r\nX: " + std::string(100'000, 'x'), limits)),
              ErrorKind::limit_exceeded);
}

TEST(HttpClient, MalformedAnswers) {
    for (const auto answer :
         {"HELO\r\n\r\n", "* OK IMAP4rev1 ready\r\n", "HTTP/1.1 abc OK\r\n\r\n", "HTTP/9.9 200 OK\r\n\r\n",
          "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
          "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
          "HTTP/1.1 200 OK\r\nbad header\r\n\r\n",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n"}) {
        const auto got = answered_with(answer);
        EXPECT_EQ(kind_of(got), ErrorKind::protocol_error) << answer << ": " << text_of(got);
    }
}

TEST(HttpClient, ConnectionThatEndsEarly) {
    for (const auto answer : {"!close", "HTTP/1.1 200 OK\r\nContent-!close",
                              "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello!close",
                              "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n!close"}) {
        const auto got = answered_with(answer);
        EXPECT_EQ(kind_of(got), ErrorKind::connection_lost) << answer << ": " << text_of(got);
    }
}

TEST(HttpClient, ResetIsNotTakenForTheEndOfABody) {
    std::promise<void> received;
    LocalServer server([&](ServerConnection& connection) {
        connection.read_until("\r\n\r\n");
        connection.write("HTTP/1.1 200 OK\r\n\r\npart");
        connection.reset();
    });
    EXPECT_EQ(kind_of(Client(server.port()).get()), ErrorKind::connection_lost);
}

TEST(HttpClient, StaleConnectionIsReplacedOnceForRepeatableRequests) {
    const std::string ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok!close";
    for (const bool repeatable : {true, false}) {
        Scripted script({ok, ok});
        LocalServer server(std::ref(script));
        const auto got = Client(server.port()).send({request("GET"), request(repeatable ? "PUT" : "POST")});
        EXPECT_TRUE(got[0]) << text_of(got[0]);
        EXPECT_EQ(got[1].has_value(), repeatable) << text_of(got[1]);
        EXPECT_EQ(server.accepted(), repeatable ? 2 : 1);
    }
}

TEST(HttpClient, ConnectionCloseIsHonoured) {
    const std::string closing = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok!close";
    Scripted script({closing, closing});
    LocalServer server(std::ref(script));
    const auto got = Client(server.port()).send({request("POST"), request("POST")});
    EXPECT_TRUE(got[0]) << text_of(got[0]);
    EXPECT_TRUE(got[1]) << text_of(got[1]);
}

TEST(HttpClient, TimesOut) {
    std::promise<void> done;
    LocalServer server([&](ServerConnection&) { done.get_future().wait(); });
    const auto got = Client(server.port(), {.timeout = 30ms}).get();
    done.set_value();
    EXPECT_EQ(kind_of(got), ErrorKind::timeout);
    EXPECT_EQ(got.error().context, "GET at 127.0.0.1:" + std::to_string(server.port()));
}

TEST(HttpClient, StopEndsARequest) {
    std::promise<void> asked;
    LocalServer server([&](ServerConnection& connection) {
        connection.read_until("\r\n\r\n");
        asked.set_value();
        connection.read();
    });
    TcpDialer dialer(loopback_allowed());
    run_coro([&]() -> Awaitable<void> {
        auto http = HttpClient::make(dialer, "http://127.0.0.1:" + std::to_string(server.port()));
        CO_ASSERT_OK(http);
        std::stop_source stop;
        std::jthread stopper([&] {
            asked.get_future().wait();
            stop.request_stop();
        });
        const auto context = context_on(co_await executor(), stop.get_token());
        const auto got = co_await http->send(context, HttpRequest{});
        EXPECT_EQ(kind_of(got), ErrorKind::cancelled);
    }());
}

TEST(HttpClient, Https) {
    const Certificate certificate({"IP:127.0.0.1"});
    const TemporaryFile file(certificate.pem());
    Scripted script({"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret"});
    LocalServer server(
        [&](ServerConnection& connection) {
            if (connection.start_tls()) script(connection);
        },
        &certificate);
    TcpDialer dialer(loopback_allowed());
    const std::string url = "https://127.0.0.1:" + std::to_string(server.port());
    run_coro([&]() -> Awaitable<void> {
        const auto context = context_on(co_await executor());
        auto trusting = HttpClient::make(dialer, url, {}, {.ca_file = file.path()});
        CO_ASSERT_OK(trusting);
        const auto got = co_await trusting->send(context, HttpRequest{});
        CO_ASSERT_OK(got);
        EXPECT_EQ(got->body, "secret");
        trusting = HttpClient::make(dialer, url);
        EXPECT_EQ(kind_of(co_await trusting->send(context, HttpRequest{})), ErrorKind::tls_verify);
    }());
}

TEST(HttpClient, RefusesRequestsThatWouldBreakTheFraming) {
    Client client(1);
    std::vector<HttpRequest> bad(7);
    bad[0].method = "GET / HTTP/1.1\r\nX:";
    bad[1].target = "relative";
    bad[2].target = "/a b";
    bad[3].target = "/a\r\nX: y";
    bad[4].headers = {{"X", "a\r\nY: b"}};
    bad[5].headers = {{"X Y", "a"}};
    bad[6].headers = {{"content-length", "5"}};
    for (const auto& got : client.send(std::move(bad))) EXPECT_EQ(kind_of(got), ErrorKind::invalid_argument);
}

}  // namespace
