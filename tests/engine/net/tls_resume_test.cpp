// Which connections resume the TLS session of an earlier one, and which must not.
#include <fstream>

#include <gtest/gtest.h>

#include "engine/net/tcp_stream.h"
#include "tests/support/coro_test.h"
#include "tests/support/local_server.h"

using namespace godwit;
using namespace godwit::test;
using namespace std::chrono_literals;
using godwit::net::TcpStream;
using godwit::net::TlsOptions;

namespace {

constexpr auto server_name = "imap.example.org";

void greet(ServerConnection& connection) {
    if (!connection.start_tls()) return;
    connection.write("* OK hello\r\n");
    connection.read();
}

struct Shaken {
    Result<void> done;
    net::PeerInfo peer;
};

// With `read`, the greeting is read: TLS 1.3 hands out sessions with what follows the handshake.
Shaken shake_hands(std::uint16_t port, const TlsOptions& options, bool read = true) {
    Shaken out;
    run_coro([](Shaken& shaken, std::uint16_t to, const TlsOptions& wanted, bool reads) -> Awaitable<void> {
        TcpStream stream(co_await executor());
        CO_ASSERT_OK(co_await stream.connect("127.0.0.1", to, after(5s)));
        shaken.done = co_await stream.start_tls(wanted, after(5s));
        shaken.peer = stream.peer();
        if (!shaken.done || !reads) co_return;
        std::string buffer(64, '\0');
        const auto got = co_await stream.read_some(buffer, after(5s));
        CO_ASSERT_OK(got);
        EXPECT_EQ(buffer.substr(0, *got), "* OK hello\r\n");
    }(out, port, options, read));
    return out;
}

bool resumed(std::uint16_t port, const TlsOptions& options, bool read = true) {
    const auto shaken = shake_hands(port, options, read);
    EXPECT_TRUE(shaken.done) << text_of(shaken.done);
    EXPECT_FALSE(shaken.peer.certificate_sha256.empty());
    return shaken.peer.tls_resumed;
}

struct TlsResume : testing::TestWithParam<int> {
    const Certificate certificate{{"DNS:imap.example.org", "DNS:other.example.org"}};
    const TemporaryFile authorities{certificate.pem()};
    LocalServer server{greet, &certificate};
    TlsOptions options{.server_name = server_name, .ca_file = authorities.path()};

    void SetUp() override { SSL_CTX_set_max_proto_version(server.tls(), GetParam()); }
};

INSTANTIATE_TEST_SUITE_P(Versions, TlsResume, testing::Values(TLS1_2_VERSION, TLS1_3_VERSION),
                         [](const auto& version) {
                             return version.param == TLS1_2_VERSION ? "Tls12" : "Tls13";
                         });

TEST_P(TlsResume, TheSecondConnectionAndEachAfterIt) {
    EXPECT_FALSE(resumed(server.port(), options));
    for (int i = 0; i < 5; ++i) {
        const auto again = shake_hands(server.port(), options);
        ASSERT_TRUE(again.done) << text_of(again.done);
        EXPECT_TRUE(again.peer.tls_resumed);
        EXPECT_EQ(again.peer.certificate_sha256, certificate.sha256());
        EXPECT_EQ(again.peer.tls_version, GetParam() == TLS1_2_VERSION ? "TLSv1.2" : "TLSv1.3");
    }
}

TEST_P(TlsResume, NotUnderOtherSettings) {
    EXPECT_FALSE(resumed(server.port(), options));
    EXPECT_TRUE(resumed(server.port(), options));
    auto other = options;
    other.server_name = "other.example.org";
    EXPECT_FALSE(resumed(server.port(), other));
    other = options;
    other.verify = false;
    EXPECT_FALSE(resumed(server.port(), other));
    EXPECT_TRUE(resumed(server.port(), other));
    other = options;
    other.pinned_sha256 = certificate.sha256();
    EXPECT_FALSE(resumed(server.port(), other));
    EXPECT_TRUE(resumed(server.port(), other));
    const TemporaryFile same_authorities(certificate.pem());
    other = options;
    other.ca_file = same_authorities.path();
    EXPECT_FALSE(resumed(server.port(), other));
}

TEST_P(TlsResume, AnUnverifiedSessionOpensNothing) {
    auto unverified = options;
    unverified.verify = false;
    EXPECT_FALSE(resumed(server.port(), unverified));
    const Certificate stranger({"DNS:imap.example.org"});
    const TemporaryFile strangers(stranger.pem());
    options.ca_file = strangers.path();
    const auto refused = shake_hands(server.port(), options);
    ASSERT_FALSE(refused.done);
    EXPECT_EQ(refused.done.error().kind, ErrorKind::tls_verify);
}

TEST_P(TlsResume, NotAfterAWrongPin) {
    auto pinned = options;
    pinned.pinned_sha256 = std::string(64, '0');
    for (int i = 0; i < 2; ++i) {
        const auto refused = shake_hands(server.port(), pinned);
        ASSERT_FALSE(refused.done);
        EXPECT_EQ(refused.done.error().kind, ErrorKind::tls_verify);
        EXPECT_FALSE(refused.peer.tls_resumed);
    }
}

TEST_P(TlsResume, AnAuthorityFileThatChangedIsReadAgain) {
    const TemporaryFile changing(certificate.pem());
    options.ca_file = changing.path();
    EXPECT_FALSE(resumed(server.port(), options));
    EXPECT_TRUE(resumed(server.port(), options));
    std::ofstream(changing.path(), std::ios::app) << certificate.pem();
    EXPECT_FALSE(resumed(server.port(), options));
    std::ofstream(changing.path(), std::ios::trunc) << Certificate({"DNS:imap.example.org"}).pem();
    EXPECT_FALSE(shake_hands(server.port(), options).done);
}

// Whose sessions are of no use to it: it has its own keys and another certificate.
TEST_P(TlsResume, AnotherServerAtThatAddressIsVerified) {
    EXPECT_FALSE(resumed(server.port(), options));
    const Certificate renewed({"DNS:imap.example.org"});
    const TemporaryFile both(certificate.pem() + renewed.pem());
    options.ca_file = both.path();
    EXPECT_FALSE(resumed(server.port(), options));
    SSL_CTX_use_certificate(server.tls(), renewed.x509());
    SSL_CTX_use_PrivateKey(server.tls(), renewed.key());
    std::string keys(80, 'k');
    ASSERT_EQ(SSL_CTX_set_tlsext_ticket_keys(server.tls(), keys.data(), keys.size()), 1);
    SSL_CTX_flush_sessions(server.tls(), 0);
    const auto shaken = shake_hands(server.port(), options);
    ASSERT_TRUE(shaken.done) << text_of(shaken.done);
    EXPECT_FALSE(shaken.peer.tls_resumed);
    EXPECT_EQ(shaken.peer.certificate_sha256, renewed.sha256());
    EXPECT_TRUE(resumed(server.port(), options));
}

TEST_P(TlsResume, AServerThatHandsOutNone) {
    SSL_CTX_set_options(server.tls(), SSL_OP_NO_TICKET);
    SSL_CTX_set_num_tickets(server.tls(), 0);
    SSL_CTX_set_session_cache_mode(server.tls(), SSL_SESS_CACHE_OFF);
    for (int i = 0; i < 2; ++i) EXPECT_FALSE(resumed(server.port(), options));
}

// An attempt that fails with a session is not repeated with the next one.
TEST_P(TlsResume, AServerThatStumblesOverResuming) {
    std::atomic<bool> stumbles = false;
    LocalServer fragile(
        [&](ServerConnection& connection) {
            if (!stumbles) return greet(connection);
            connection.read();
            connection.reset();
        },
        &certificate);
    EXPECT_FALSE(resumed(fragile.port(), options));
    EXPECT_TRUE(resumed(fragile.port(), options));
    stumbles = true;
    EXPECT_FALSE(shake_hands(fragile.port(), options).done);
    stumbles = false;
    EXPECT_FALSE(resumed(fragile.port(), options));
    EXPECT_TRUE(resumed(fragile.port(), options));
}

TEST_P(TlsResume, ManyThreadsAtOnce) {
    std::atomic<int> count = 0;
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 4; ++i)
            threads.emplace_back([&] {
                for (int j = 0; j < 10; ++j) count += resumed(server.port(), options);
            });
    }
    EXPECT_GE(count, 30) << "each thread's first connection may have found none";
}

}  // namespace
