// TLS of TcpStream against OpenSSL's server side.
#include <future>

#include <gtest/gtest.h>

#include "engine/base/task_scope.h"
#include "engine/net/tcp_stream.h"
#include "tests/support/coro_test.h"
#include "tests/support/local_server.h"

using namespace godwit;
using namespace godwit::test;
using namespace std::chrono_literals;
using godwit::net::TcpStream;
using godwit::net::TlsOptions;

namespace {

void tls_echo(ServerConnection& connection) {
    if (!connection.start_tls()) return;
    for (std::string got = connection.read(); !got.empty(); got = connection.read())
        if (!connection.write(got)) return;
}

struct Handshake {
    Result<void> done;
    net::PeerInfo peer;
};

Handshake shake_hands(std::uint16_t port, TlsOptions options, Deadline deadline = after(10s)) {
    Handshake out;
    run_coro(
        [](Handshake& result, std::uint16_t to, const TlsOptions& wanted, Deadline until) -> Awaitable<void> {
            TcpStream stream(co_await executor());
            CO_ASSERT_OK(co_await stream.connect("127.0.0.1", to, after(5s)));
            result.done = co_await stream.start_tls(wanted, until);
            result.peer = stream.peer();
            if (!result.done) co_return;
            CO_ASSERT_OK(co_await stream.write("ping", after(5s)));
            std::string buffer(16, '\0');
            const auto got = co_await stream.read_some(buffer, after(5s));
            CO_ASSERT_OK(got);
            EXPECT_EQ(buffer.substr(0, *got), "ping");
        }(out, port, options, deadline));
    return out;
}

TlsOptions named(std::string name) { return TlsOptions{.server_name = std::move(name)}; }

void expect_verify_failure(const Handshake& handshake, std::string_view reason) {
    ASSERT_FALSE(handshake.done);
    EXPECT_EQ(handshake.done.error().kind, ErrorKind::tls_verify) << handshake.done.error().to_string();
    EXPECT_EQ(handshake.done.error().reach, Reach::host);
    EXPECT_EQ(handshake.done.error().cause, reason);
}

TEST(Tls, SelfSignedCertificateIsRefused) {
    const Certificate certificate({"DNS:imap.example.org"});
    LocalServer server(tls_echo, &certificate);
    const auto refused = shake_hands(server.port(), named("imap.example.org"));
    expect_verify_failure(refused, "self-signed certificate");
    EXPECT_EQ(refused.done.error().context, "TLS with imap.example.org");
}

TEST(Tls, UnknownAuthorityIsRefused) {
    const Certificate authority({});
    const Certificate certificate({"DNS:imap.example.org"}, &authority);
    LocalServer server(tls_echo, &certificate);
    expect_verify_failure(shake_hands(server.port(), named("imap.example.org")),
                          "unable to get local issuer certificate");
}

TEST(Tls, AuthorityFile) {
    const Certificate authority({});
    const Certificate certificate({"DNS:imap.example.org", "DNS:*.mail.example.org", "IP:127.0.0.1"},
                                  &authority);
    LocalServer server(tls_echo, &certificate);
    const TemporaryFile file(authority.pem());
    TlsOptions options{.ca_file = file.path()};
    for (const auto name :
         {"imap.example.org", "imap.example.org.", "IMAP.example.org", "a.mail.example.org", "127.0.0.1"}) {
        options.server_name = name;
        const auto shaken = shake_hands(server.port(), options);
        EXPECT_TRUE(shaken.done) << name << ": " << text_of(shaken.done);
        EXPECT_EQ(shaken.peer.tls_version, "TLSv1.3");
        EXPECT_EQ(shaken.peer.certificate_sha256, certificate.sha256());
    }
    for (const auto name : {"other.example.org", "a.b.mail.example.org", "mail.example.org"}) {
        options.server_name = name;
        expect_verify_failure(shake_hands(server.port(), options), "hostname mismatch");
    }
    options.server_name = "127.0.0.2";
    expect_verify_failure(shake_hands(server.port(), options), "IP address mismatch");
}

TEST(Tls, AuthorityFileMayHoldTheServersOwnCertificate) {
    const Certificate authority({});
    const Certificate certificate({"DNS:imap.example.org"}, &authority);
    LocalServer server(tls_echo, &certificate);
    const TemporaryFile file(certificate.pem());
    TlsOptions options{.server_name = "imap.example.org", .ca_file = file.path()};
    const auto shaken = shake_hands(server.port(), options);
    EXPECT_TRUE(shaken.done) << text_of(shaken.done);
}

TEST(Tls, ExpiredCertificateIsRefused) {
    const Certificate certificate({"DNS:imap.example.org"}, nullptr, -2);
    LocalServer server(tls_echo, &certificate);
    const TemporaryFile file(certificate.pem());
    TlsOptions options{.server_name = "imap.example.org", .ca_file = file.path()};
    expect_verify_failure(shake_hands(server.port(), options), "certificate has expired");
}

TEST(Tls, AuthorityFileThatIsNone) {
    const Certificate certificate({"DNS:imap.example.org"});
    LocalServer server(tls_echo, &certificate);
    const TemporaryFile empty("not a certificate");
    for (const std::string& path : {std::string("/does/not/exist.pem"), empty.path()}) {
        TlsOptions options{.server_name = "imap.example.org", .ca_file = path};
        const auto refused = shake_hands(server.port(), options);
        ASSERT_FALSE(refused.done);
        EXPECT_EQ(refused.done.error().kind, ErrorKind::invalid_argument);
        EXPECT_EQ(refused.done.error().context, "certificate authorities in " + path);
    }
}

TEST(Tls, WithoutVerification) {
    const Certificate certificate({"DNS:other.example.org"});
    LocalServer server(tls_echo, &certificate);
    TlsOptions options{.server_name = "imap.example.org", .verify = false};
    const auto shaken = shake_hands(server.port(), options);
    EXPECT_TRUE(shaken.done) << text_of(shaken.done);
}

TEST(Tls, PinIsCheckedWithAndWithoutVerification) {
    const Certificate certificate({"DNS:imap.example.org"});
    const Certificate other({"DNS:imap.example.org"});
    LocalServer server(tls_echo, &certificate);
    const TemporaryFile file(certificate.pem());
    for (const bool verify : {true, false}) {
        TlsOptions options{.server_name = "imap.example.org", .verify = verify, .ca_file = file.path()};
        options.pinned_sha256 = certificate.sha256();
        const auto shaken = shake_hands(server.port(), options);
        EXPECT_TRUE(shaken.done) << text_of(shaken.done);
        options.pinned_sha256 = other.sha256();
        expect_verify_failure(shake_hands(server.port(), options),
                              "certificate does not match the pinned one");
    }
}

TEST(Tls, ServerThatDoesNotSpeakIt) {
    LocalServer server([](ServerConnection& connection) {
        connection.write("* OK this is plain IMAP\r\n");
        connection.read();
    });
    const auto refused = shake_hands(server.port(), named("imap.example.org"));
    ASSERT_FALSE(refused.done);
    EXPECT_EQ(refused.done.error().kind, ErrorKind::tls_handshake);
    EXPECT_EQ(refused.done.error().cause, "wrong version number");
}

TEST(Tls, ServerThatClosesDuringTheHandshake) {
    LocalServer server([](ServerConnection& connection) { connection.read(); });
    const auto refused = shake_hands(server.port(), named("imap.example.org"));
    ASSERT_FALSE(refused.done);
    EXPECT_EQ(refused.done.error().kind, ErrorKind::tls_handshake);
}

TEST(Tls, SilentHandshakeTimesOut) {
    std::promise<void> done;
    LocalServer server([&](ServerConnection&) { done.get_future().wait(); });
    const auto refused = shake_hands(server.port(), named("imap.example.org"), after(30ms));
    done.set_value();
    ASSERT_FALSE(refused.done);
    EXPECT_EQ(refused.done.error().kind, ErrorKind::timeout);
    EXPECT_EQ(refused.done.error().context, "TLS with imap.example.org");
}

Awaitable<std::unique_ptr<TcpStream>> secured(std::uint16_t port) {
    auto stream = std::make_unique<TcpStream>(co_await executor());
    EXPECT_TRUE(co_await stream->connect("127.0.0.1", port, after(5s)));
    const TlsOptions options{.server_name = "localhost", .verify = false};
    const auto done = co_await stream->start_tls(options, after(5s));
    EXPECT_TRUE(done) << text_of(done);
    co_return stream;
}

TEST(Tls, BothDirectionsAtOnce) {
    constexpr std::size_t total = 10 << 20;
    const Certificate certificate({"DNS:localhost"});
    LocalServer server(tls_echo, &certificate);
    run_coro([&]() -> Awaitable<void> {
        auto stream = co_await secured(server.port());
        TaskScope scope(co_await executor());
        std::string sent(total, '\0'), got;
        for (std::size_t i = 0; i < total; ++i) sent[i] = static_cast<char>(i * 2654435761u >> 24);
        scope.spawn("writer", [](net::Stream& to, const std::string& data) -> Awaitable<void> {
            std::string_view left = data;
            for (std::size_t size = 1; !left.empty(); size = size * 3 % 262139) {
                const auto piece = left.substr(0, size);
                const auto done = co_await to.write(piece, after(20s));
                CO_ASSERT_OK(done);
                left.remove_prefix(piece.size());
            }
        }(*stream, sent));
        std::string buffer(65536, '\0');
        while (got.size() < total) {
            const auto read = co_await stream->read_some(buffer, after(20s));
            CO_ASSERT_OK(read);
            got.append(buffer, 0, *read);
        }
        co_await scope.join();
        EXPECT_TRUE(got == sent);
    }());
}

// A server's read() gives one record at most.
TEST(Tls, SmallPiecesShareARecord) {
    const Certificate certificate({"DNS:localhost"});
    std::promise<std::vector<std::string>> arrived;
    LocalServer server(
        [&](ServerConnection& connection) {
            std::vector<std::string> records;
            connection.start_tls();
            for (std::string record = connection.read(); !record.empty(); record = connection.read())
                records.push_back(std::move(record));
            arrived.set_value(std::move(records));
        },
        &certificate);
    const std::string middle(1000, 'm'), large(40'000, 'l');
    const std::vector<std::string_view> pieces{
        "g1 APPEND INBOX {1000+}\r\n", middle, " {40000+}\r\n", large, "\r", "\n"};
    std::string sent;
    for (const auto piece : pieces) sent += piece;
    run_coro([&]() -> Awaitable<void> {
        auto stream = co_await secured(server.port());
        CO_ASSERT_OK(co_await stream->write_gathered(pieces, after(5s)));
        stream->close();
    }());
    const auto records = arrived.get_future().get();
    ASSERT_EQ(records.size(), 3u);
    EXPECT_EQ(records[0].size(), 16384u);
    EXPECT_EQ(records[1].size(), 16384u);
    EXPECT_TRUE(records[0] + records[1] + records[2] == sent);
}

TEST(Tls, UpgradesAfterPlaintext) {
    const Certificate certificate({"DNS:localhost"});
    LocalServer server(
        [](ServerConnection& connection) {
            connection.write("* OK ready\r\n");
            if (connection.read_until("\r\n") != "a STARTTLS\r\n") return;
            connection.write("a OK go\r\n");
            tls_echo(connection);
        },
        &certificate);
    run_coro([&]() -> Awaitable<void> {
        TcpStream stream(co_await executor());
        CO_ASSERT_OK(co_await stream.connect("127.0.0.1", server.port(), after(5s)));
        std::string buffer(256, '\0');
        CO_ASSERT_OK(co_await stream.read_some(buffer, after(5s)));
        CO_ASSERT_OK(co_await stream.write("a STARTTLS\r\n", after(5s)));
        CO_ASSERT_OK(co_await stream.read_some(buffer, after(5s)));
        const TlsOptions options{.server_name = "localhost", .verify = false};
        CO_ASSERT_OK(co_await stream.start_tls(options, after(5s)));
        EXPECT_FALSE(co_await stream.start_tls(options, after(5s)));
        CO_ASSERT_OK(co_await stream.write("secret", after(5s)));
        const auto got = co_await stream.read_some(buffer, after(5s));
        CO_ASSERT_OK(got);
        EXPECT_EQ(buffer.substr(0, *got), "secret");
    }());
}

TEST(Tls, EndOfStreamIsToldFromACut) {
    const Certificate certificate({"DNS:localhost"});
    std::atomic<bool> cut = false;
    LocalServer server(
        [&](ServerConnection& connection) {
            connection.start_tls();
            connection.read();
            cut ? connection.reset() : connection.close();
        },
        &certificate);
    run_coro([&]() -> Awaitable<void> {
        for (const bool by_cut : {false, true}) {
            cut = by_cut;
            auto stream = co_await secured(server.port());
            CO_ASSERT_OK(co_await stream->write("x", after(5s)));
            std::string buffer(16, '\0');
            const auto got = co_await stream->read_some(buffer, after(5s));
            CO_ASSERT(!got);
            EXPECT_EQ(got.error().kind, ErrorKind::connection_lost);
            EXPECT_EQ(got.error().cause == net::end_of_stream, !by_cut) << got.error().cause;
        }
    }());
}

TEST(Tls, CloseEndsAPendingRead) {
    const Certificate certificate({"DNS:localhost"});
    LocalServer server(tls_echo, &certificate);
    run_coro([&]() -> Awaitable<void> {
        auto stream = co_await secured(server.port());
        TaskScope scope(co_await executor());
        ErrorKind kind{};
        scope.spawn("reader", [](net::Stream& s, ErrorKind& k) -> Awaitable<void> {
            std::string buffer(16, '\0');
            const auto got = co_await s.read_some(buffer, after(20s));
            k = got ? ErrorKind::internal : got.error().kind;
        }(*stream, kind));
        co_await let_others_run();
        stream->close();
        co_await scope.join();
        EXPECT_EQ(kind, ErrorKind::cancelled);
    }());
}

}  // namespace
