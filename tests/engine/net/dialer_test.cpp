#include "engine/net/dialer.h"

#include <future>

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "engine/base/task_scope.h"
#include "tests/support/coro_test.h"
#include "tests/support/local_server.h"

using namespace godwit;
using namespace godwit::test;
using namespace std::chrono_literals;
using godwit::net::AddressPolicy;
using godwit::net::Endpoint;
using godwit::net::TcpDialer;
using godwit::net::TlsMode;

namespace {

AddressPolicy loopback_allowed() {
    AddressPolicy policy;
    EXPECT_TRUE(policy.allow("loopback"));
    return policy;
}

TcpDialer::Lookup answering(std::vector<std::string> addresses) {
    return [addresses](const std::string&) { return Result<std::vector<std::string>>(addresses); };
}

void echo_plain(ServerConnection& connection) {
    for (std::string got = connection.read(); !got.empty(); got = connection.read()) connection.write(got);
}

void greet_tls(ServerConnection& connection) {
    if (connection.start_tls()) connection.write("* OK\r\n");
    connection.read();
}

struct Dialed {
    std::string outcome;  // peer address, or the error
    Error error;
    net::PeerInfo peer;
};

Dialed dial(TcpDialer& dialer, Endpoint endpoint, Deadline deadline = after(10s)) {
    Dialed out;
    run_coro([](TcpDialer& with, const Endpoint& to, Deadline until, Dialed& result) -> Awaitable<void> {
        const auto context = context_on(co_await executor());
        auto stream = co_await with.dial(context, to, until);
        if (stream) {
            result.peer = (*stream)->peer();
            result.outcome = result.peer.address;
        } else {
            result.error = stream.error();
            result.outcome = stream.error().to_string();
        }
    }(dialer, endpoint, deadline, out));
    return out;
}

Endpoint plain(std::string host, std::uint16_t port) {
    return Endpoint{.host = std::move(host), .port = port, .tls = TlsMode::none};
}

std::string local(std::uint16_t port) { return "127.0.0.1:" + std::to_string(port); }

TEST(Dialer, ConnectsByNameAndByAddress) {
    LocalServer server(echo_plain);
    TcpDialer dialer(loopback_allowed());
    EXPECT_EQ(dial(dialer, plain("127.0.0.1", server.port())).outcome, local(server.port()));
    EXPECT_EQ(dial(dialer, plain("localhost", server.port())).outcome, local(server.port()));
}

TEST(Dialer, Ipv6) {
    if (!LocalServer::v6_available()) GTEST_SKIP() << "::1 is not available on this machine";
    LocalServer server(echo_plain, nullptr, true);
    TcpDialer dialer(loopback_allowed());
    const std::string six = "[::1]:" + std::to_string(server.port());
    EXPECT_EQ(dial(dialer, plain("::1", server.port())).outcome, six);
    EXPECT_EQ(dial(dialer, plain("[::1]", server.port())).outcome, six);
}

TEST(Dialer, LoopbackIsRefusedByDefault) {
    LocalServer server(echo_plain);
    TcpDialer dialer(AddressPolicy{}, answering({"127.0.0.1", "::1"}));
    const auto refused = dial(dialer, plain("inside.example.org", server.port()));
    EXPECT_EQ(refused.error.kind, ErrorKind::address_denied);
    EXPECT_EQ(refused.error.context, "connecting to inside.example.org:" + std::to_string(server.port()));
    EXPECT_EQ(server.accepted(), 0);
}

TEST(Dialer, RefusedAddressesOfANameAreLeftOut) {
    LocalServer server(echo_plain);
    AddressPolicy policy;
    ASSERT_TRUE(policy.allow("127.0.0.1"));
    TcpDialer dialer(policy, answering({"10.0.0.1", "127.0.0.2", "169.254.169.254", "127.0.0.1"}));
    EXPECT_EQ(dial(dialer, plain("mixed.example.org", server.port())).outcome, local(server.port()));
}

TEST(Dialer, ConnectToReplacesTheAddressOnly) {
    const Certificate certificate({"DNS:imap.example.org"});
    const TemporaryFile file(certificate.pem());
    LocalServer server(greet_tls, &certificate);
    TcpDialer dialer(loopback_allowed());
    Endpoint endpoint{.host = "imap.example.org", .ca_file = file.path()};
    for (const std::string& to : {local(server.port()), "localhost:" + std::to_string(server.port())}) {
        endpoint.connect_to = to;
        const auto dialed = dial(dialer, endpoint);
        EXPECT_EQ(dialed.outcome, local(server.port()));
        EXPECT_EQ(dialed.peer.tls_version, "TLSv1.3");
    }
    endpoint.port = server.port();
    endpoint.connect_to = "127.0.0.1";
    EXPECT_EQ(dial(dialer, endpoint).outcome, local(server.port()));
    endpoint.host = "127.0.0.1";
    endpoint.port = 1;
    endpoint.connect_to = ":" + std::to_string(server.port());
    EXPECT_EQ(dial(dialer, endpoint).error.cause, "IP address mismatch");
    for (const auto bad : {"127.0.0.1:", "127.0.0.1:0", "127.0.0.1:99999", "127.0.0.1:x", ":"}) {
        endpoint.connect_to = bad;
        EXPECT_EQ(dial(dialer, endpoint).error.kind, ErrorKind::invalid_argument) << bad;
    }
}

TEST(Dialer, StreamsHaveItsUserTimeout) {
    std::promise<void> over;
    LocalServer server([&](ServerConnection&) { over.get_future().wait(); });
    TcpDialer dialer(loopback_allowed(), 300ms);
    run_coro([](TcpDialer& with, Endpoint to) -> Awaitable<void> {
        const auto context = context_on(co_await executor());
        auto stream = co_await with.dial(context, to, after(5s));
        CO_ASSERT_OK(stream);
        const auto written = co_await (*stream)->write(std::string(64 << 20, 'x'), after(20s));
        CO_ASSERT(!written);
        EXPECT_EQ(written.error().kind, ErrorKind::connection_lost);
    }(dialer, plain("127.0.0.1", server.port())));
    over.set_value();
}

TEST(Dialer, TlsFailureNamesHostPortAndReason) {
    const Certificate certificate({"DNS:imap.example.org"});
    LocalServer server(greet_tls, &certificate);
    TcpDialer dialer(loopback_allowed());
    const auto refused = dial(dialer, Endpoint{.host = "localhost", .port = server.port()});
    EXPECT_EQ(refused.outcome, "connecting to localhost:" + std::to_string(server.port()) +
                                   ": TLS with localhost: self-signed certificate (tls_verify)");
}

TEST(Dialer, RefusedConnectionNamesTheAddress) {
    const std::uint16_t port = closed_port();
    TcpDialer dialer(loopback_allowed(), answering({"127.0.0.1"}));
    const auto refused = dial(dialer, plain("imap.example.org", port));
    const std::string number = std::to_string(port);
    EXPECT_EQ(refused.outcome, "connecting to imap.example.org:" + number + ": 127.0.0.1:" + number +
                                   ": Connection refused (connection_refused)");
    EXPECT_EQ(refused.error.reach, Reach::host);
}

TEST(Dialer, UnknownName) {
    TcpDialer dialer(loopback_allowed(), [](const std::string&) -> Result<std::vector<std::string>> {
        return fail(ErrorKind::dns, Reach::host, "Name or service not known");
    });
    const auto refused = dial(dialer, plain("no.example.org", 143));
    EXPECT_EQ(refused.outcome, "connecting to no.example.org:143: Name or service not known (dns)");
}

TEST(Dialer, GoesOnToTheNextAddressAfterARefusal) {
    if (!LocalServer::v6_available()) GTEST_SKIP() << "::1 is not available on this machine";
    LocalServer server(echo_plain);
    TcpDialer dialer(loopback_allowed(), answering({"::1", "127.0.0.1"}));
    const auto start = std::chrono::steady_clock::now();
    EXPECT_EQ(dial(dialer, plain("two.example.org", server.port())).outcome, local(server.port()));
    EXPECT_LT(std::chrono::steady_clock::now() - start, 200ms) << "a refusal needs no head start";
}

// 127.0.0.1 is silent; 127.0.0.2 on the same port answers.
struct HalfSilent {
    SilentPort silent;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool usable = false;
    HalfSilent() {
        const sockaddr_in address{.sin_family = AF_INET,
                                  .sin_port = htons(silent.port()),
                                  .sin_addr = {htonl(INADDR_LOOPBACK + 1)}};
        usable = silent.is_silent() &&
                 bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
                 listen(listener, 16) == 0;
    }
    ~HalfSilent() { close(listener); }
};

TEST(Dialer, ASilentAddressLosesTheRaceAndComesLastAfterwards) {
    HalfSilent ports;
    if (!ports.usable) GTEST_SKIP() << "no silent port on this machine";
    const std::uint16_t port = ports.silent.port();
    TcpDialer dialer(loopback_allowed(), answering({"127.0.0.1", "127.0.0.2"}));
    const std::string answer = "127.0.0.2:" + std::to_string(port);
    auto start = std::chrono::steady_clock::now();
    EXPECT_EQ(dial(dialer, plain("two.example.org", port)).outcome, answer);
    EXPECT_GE(std::chrono::steady_clock::now() - start, 250ms);
    start = std::chrono::steady_clock::now();
    EXPECT_EQ(dial(dialer, plain("two.example.org", port)).outcome, answer);
    EXPECT_LT(std::chrono::steady_clock::now() - start, 200ms);
}

TEST(Dialer, ConnectTimesOut) {
    SilentPort port;
    if (!port.is_silent()) GTEST_SKIP() << "no silent port on this machine";
    TcpDialer dialer(loopback_allowed());
    EXPECT_EQ(dial(dialer, plain("127.0.0.1", port.port()), after(30ms)).error.kind,
              ErrorKind::connect_timeout);
}

TEST(Dialer, SilentHandshakeTimesOut) {
    std::promise<void> done;
    LocalServer server([&](ServerConnection&) { done.get_future().wait(); });
    TcpDialer dialer(loopback_allowed());
    const auto refused = dial(dialer, Endpoint{.host = "localhost", .port = server.port()}, after(50ms));
    done.set_value();
    EXPECT_EQ(refused.error.kind, ErrorKind::timeout);
    EXPECT_EQ(refused.error.reach, Reach::host);
}

// `end` is called when the dial is waiting for a TLS handshake that never comes.
void expect_cancelled(const std::function<void(std::stop_source&, TaskScope&)>& end) {
    std::promise<void> done;
    LocalServer server([&](ServerConnection& connection) {
        connection.read();  // the ClientHello
        done.get_future().wait();
    });
    TcpDialer dialer(loopback_allowed());
    run_coro([&]() -> Awaitable<void> {
        const auto on = co_await executor();
        std::stop_source stop;
        TaskScope scope(on);
        ErrorKind kind{};
        scope.spawn(
            "dial",
            [](TcpDialer& d, std::uint16_t port, std::stop_token token, ErrorKind& k) -> Awaitable<void> {
                const auto context = context_on(co_await executor(), token);
                const Endpoint endpoint{.host = "127.0.0.1", .port = port};
                const auto dialed = co_await d.dial(context, endpoint, after(20s));
                k = dialed ? ErrorKind::internal : dialed.error().kind;
            }(dialer, server.port(), stop.get_token(), kind));
        while (server.accepted() == 0) co_await let_others_run();
        end(stop, scope);
        co_await scope.join();
        EXPECT_EQ(kind, ErrorKind::cancelled);
    }());
    done.set_value();
}

TEST(Dialer, StopEndsADial) {
    expect_cancelled([](std::stop_source& stop, TaskScope&) { stop.request_stop(); });
}

TEST(Dialer, StopFromAnotherThreadEndsADial) {
    expect_cancelled([](std::stop_source& stop, TaskScope&) { std::jthread([&] { stop.request_stop(); }); });
}

TEST(Dialer, CancellingTheTaskEndsADial) {
    expect_cancelled([](std::stop_source&, TaskScope& scope) { scope.cancel(); });
}

}  // namespace
