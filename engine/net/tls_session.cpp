#include "engine/net/tls_session.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <climits>
#include <cstring>

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

#include "engine/net/tls_session_cache.h"

namespace godwit::net {
namespace {

// The socket as OpenSSL sees it. Its own socket BIO uses write(), which raises SIGPIPE.
struct Wire {
    int descriptor = -1;
    int error = 0;
    bool end = false;
};

int wire_result(BIO* bio, ssize_t moved, int retry_flag) {
    BIO_clear_retry_flags(bio);
    if (moved >= 0) return static_cast<int>(moved);
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)
        BIO_set_flags(bio, retry_flag | BIO_FLAGS_SHOULD_RETRY);
    else
        static_cast<Wire*>(BIO_get_data(bio))->error = errno;
    return -1;
}

int wire_read(BIO* bio, char* data, int size) {
    auto* wire = static_cast<Wire*>(BIO_get_data(bio));
    const ssize_t moved = recv(wire->descriptor, data, static_cast<std::size_t>(size), 0);
    if (moved == 0) wire->end = true;
    return wire_result(bio, moved, BIO_FLAGS_READ);
}

int wire_write(BIO* bio, const char* data, int size) {
    auto* wire = static_cast<Wire*>(BIO_get_data(bio));
    return wire_result(bio, send(wire->descriptor, data, static_cast<std::size_t>(size), MSG_NOSIGNAL),
                       BIO_FLAGS_WRITE);
}

long wire_control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

const BIO_METHOD* wire_method() {
    static const BIO_METHOD* const method = [] {
        BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "godwit socket");
        BIO_meth_set_read(made, wire_read);
        BIO_meth_set_write(made, wire_write);
        BIO_meth_set_ctrl(made, wire_control);
        return made;
    }();
    return method;
}

constexpr std::size_t max_kept = 4;                // sessions of one connection, for later ones
constexpr std::size_t max_kept_bytes = 16u << 10;  // of a ticket and its certificates, as they came

TlsSessionCache& sessions() {
    static TlsSessionCache cache;
    return cache;
}

std::size_t certificates_size(const STACK_OF(X509) * chain) {
    std::size_t size = 0;
    for (int i = 0; i < sk_X509_num(chain); ++i)
        size += static_cast<std::size_t>(std::max(0, i2d_X509(sk_X509_value(chain, i), nullptr)));
    return size;
}

std::size_t ticket_size(const SSL_SESSION* session) {
    std::size_t size = 0;
    SSL_SESSION_get0_ticket(session, nullptr, &size);
    return size;
}

bool is_numeric_address(const std::string& name) {
    std::array<unsigned char, 16> bytes{};
    return inet_pton(AF_INET, name.c_str(), bytes.data()) == 1 ||
           inet_pton(AF_INET6, name.c_str(), bytes.data()) == 1;
}

std::string hex_of(std::span<const unsigned char> bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out;
    for (const unsigned char byte : bytes) {
        out += digits[byte >> 4];
        out += digits[byte & 15];
    }
    return out;
}

// "AB:CD…" as other tools print it, or plain hex.
std::string normalised_pin(std::string_view pin) {
    std::string out;
    for (const char c : pin)
        if (c != ':' && c != ' ') out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return out;
}

}  // namespace

struct TlsSession::Impl {
    TlsContext context;
    std::unique_ptr<SSL, decltype(&SSL_free)> ssl{nullptr, SSL_free};
    Wire wire;
    TlsSessionCache::Key key;
    bool verify = true;
    bool offered = false;  // a session of an earlier connection
    bool trusted = false;  // the handshake is over, and everything that was asked for has been checked
    SteadyTime verified;   // when the certificate was, by this connection or the one it goes back to
    std::size_t kept = 0;  // sessions for later connections
    bool usable = true;    // false after a fatal error: then OpenSSL may not even be asked to shut down

    ~Impl();
    Result<void> expect_name();
    Result<void> check_pin();
    void offer_session();
    void trust();
    void keep_session(const SSL_SESSION* session);
    Result<Progress> settle(int returned, std::size_t bytes);
    Error handshake_error();
    std::string certificate_sha256() const;
};

TlsSession::Impl::~Impl() {
    // It may have been the resumption that the server stumbled over: the next attempt does without.
    if (offered && !trusted) sessions().forget(key);
}

Result<void> TlsSession::Impl::expect_name() {
    X509_VERIFY_PARAM* param = SSL_get0_param(ssl.get());
    if (is_numeric_address(key.name)) {
        if (!verify || X509_VERIFY_PARAM_set1_ip_asc(param, key.name.c_str()) == 1) return {};
    } else {
        SSL_set_hostflags(ssl.get(), X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
        const bool named = key.name.empty() || SSL_set_tlsext_host_name(ssl.get(), key.name.c_str()) == 1;
        if (named && (!verify || (!key.name.empty() && SSL_set1_host(ssl.get(), key.name.c_str()) == 1)))
            return {};
    }
    return fail(ErrorKind::invalid_argument, Reach::host, openssl_reason("no name to verify"),
                "TLS with " + printable(key.name, 255));
}

Result<void> TlsSession::Impl::check_pin() {
    if (key.pin.empty() || certificate_sha256() == key.pin) return {};
    return fail(ErrorKind::tls_verify, Reach::host, "certificate does not match the pinned one",
                "TLS with " + printable(key.name, 255));
}

void TlsSession::Impl::offer_session() {
    const auto known = sessions().take(key, std::chrono::steady_clock::now());
    if (!known) return;
    offered = SSL_set_session(ssl.get(), known->session.get()) == 1;
    if (offered) verified = known->verified;
    ERR_clear_error();
}

// The handshake is over and all that is asked for holds. TLS 1.3 gives sessions later, with what is read.
void TlsSession::Impl::trust() {
    if (SSL_session_reused(ssl.get()) != 1) verified = std::chrono::steady_clock::now();
    trusted = true;
    if (SSL_version(ssl.get()) < TLS1_3_VERSION) keep_session(SSL_get0_session(ssl.get()));
}

void TlsSession::Impl::keep_session(const SSL_SESSION* session) {
    const auto size = certificates_size(SSL_get_peer_cert_chain(ssl.get())) + ticket_size(session);
    if (!trusted || kept >= max_kept || size > max_kept_bytes || SSL_SESSION_is_resumable(session) != 1)
        return;
    // A copy, so that no other connection changes it: OpenSSL marks that of one which is broken off.
    TlsSessionCache::Session copy{{SSL_SESSION_dup(session), SSL_SESSION_free}, verified};
    if (!copy.session) return ERR_clear_error();
    sessions().put(key, std::move(copy));
    ++kept;
}

// What an SSL_* call that moved `bytes` and returned `returned` means.
Result<TlsSession::Progress> TlsSession::Impl::settle(int returned, std::size_t bytes) {
    if (returned > 0) return Progress{Step::done, bytes};
    switch (SSL_get_error(ssl.get(), returned)) {
        case SSL_ERROR_WANT_READ: return Progress{Step::want_read};
        case SSL_ERROR_WANT_WRITE: return Progress{Step::want_write};
        case SSL_ERROR_ZERO_RETURN:
            return fail(ErrorKind::connection_lost, Reach::account, std::string(end_of_stream));
        default: break;
    }
    usable = false;
    std::string cause = wire.error != 0 ? std::strerror(wire.error)
                        : wire.end      ? "connection closed without a TLS close"
                                        : openssl_reason("TLS failed");
    ERR_clear_error();
    return fail(ErrorKind::connection_lost, Reach::account, std::move(cause));
}

Error TlsSession::Impl::handshake_error() {
    Error error{.kind = ErrorKind::tls_handshake,
                .reach = Reach::host,
                .context = "TLS with " + printable(key.name, 255)};
    const long verdict = SSL_get_verify_result(ssl.get());
    if (verify && verdict != X509_V_OK) {
        error.kind = ErrorKind::tls_verify;
        error.cause = X509_verify_cert_error_string(verdict);
    } else if (wire.error != 0) {
        error.cause = std::strerror(wire.error);
    } else {
        error.cause =
            wire.end ? "connection closed during the handshake" : openssl_reason("handshake failed");
    }
    ERR_clear_error();
    return error;
}

std::string TlsSession::Impl::certificate_sha256() const {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    const X509* certificate = SSL_get0_peer_certificate(ssl.get());
    if (!certificate || X509_digest(certificate, EVP_sha256(), digest.data(), &size) != 1) return {};
    return hex_of(std::span(digest).first(size));
}

int on_new_tls_session(SSL* ssl, SSL_SESSION* session) {
    static_cast<TlsSession::Impl*>(SSL_get_app_data(ssl))->keep_session(session);
    return 0;  // the session stays OpenSSL's
}

TlsSession::TlsSession(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
TlsSession::~TlsSession() = default;

Result<std::unique_ptr<TlsSession>> TlsSession::client(int descriptor, const TlsOptions& options,
                                                       const std::string& address) {
    auto impl = std::make_unique<Impl>();
    GODWIT_TRY(context, tls_context(options.verify, options.ca_file));
    impl->context = std::move(context);
    impl->verify = options.verify;
    std::string name = options.server_name;
    if (name.ends_with('.')) name.pop_back();
    impl->key = {impl->context.number, address, std::move(name), normalised_pin(options.pinned_sha256)};
    impl->wire.descriptor = descriptor;
    ERR_clear_error();
    impl->ssl.reset(SSL_new(impl->context.shared.get()));
    BIO* bio = BIO_new(wire_method());
    if (!impl->ssl || !bio) {
        BIO_free(bio);
        return fail(ErrorKind::internal, Reach::node, openssl_reason("no TLS session"));
    }
    BIO_set_data(bio, &impl->wire);
    BIO_set_init(bio, 1);
    SSL_set_bio(impl->ssl.get(), bio, bio);
    SSL_set_connect_state(impl->ssl.get());
    GODWIT_CHECK(impl->expect_name());
    SSL_set_app_data(impl->ssl.get(), impl.get());
    impl->offer_session();
    return std::unique_ptr<TlsSession>(new TlsSession(std::move(impl)));
}

Result<TlsSession::Progress> TlsSession::handshake() {
    ERR_clear_error();
    const int returned = SSL_do_handshake(impl_->ssl.get());
    if (returned <= 0) {
        const int error = SSL_get_error(impl_->ssl.get(), returned);
        if (error == SSL_ERROR_WANT_READ) return Progress{Step::want_read};
        if (error == SSL_ERROR_WANT_WRITE) return Progress{Step::want_write};
        impl_->usable = false;
        return std::unexpected(impl_->handshake_error());
    }
    if (auto pinned = impl_->check_pin(); !pinned) {
        impl_->usable = false;
        return std::unexpected(std::move(pinned).error());
    }
    impl_->trust();
    return Progress{};
}

Result<TlsSession::Progress> TlsSession::read(std::span<char> buffer) {
    std::size_t total = 0;
    // One call gives one record at most; what was read ahead is taken along without asking the socket.
    do {
        ERR_clear_error();
        std::size_t bytes = 0;
        const int returned =
            SSL_read_ex(impl_->ssl.get(), buffer.data() + total, buffer.size() - total, &bytes);
        if (returned <= 0) {
            auto stopped = impl_->settle(returned, 0);  // an error comes again with the next call
            if (total > 0) break;
            return stopped;
        }
        total += bytes;
    } while (total < buffer.size() && SSL_has_pending(impl_->ssl.get()) == 1);
    return Progress{Step::done, total};
}

Result<TlsSession::Progress> TlsSession::write(std::string_view data) {
    ERR_clear_error();
    std::size_t bytes = 0;
    const int returned = SSL_write_ex(impl_->ssl.get(), data.data(), data.size(), &bytes);
    return impl_->settle(returned, bytes);
}

void TlsSession::shutdown() {
    if (!impl_->usable) return;
    ERR_clear_error();
    SSL_shutdown(impl_->ssl.get());
    ERR_clear_error();
}

void TlsSession::describe(PeerInfo& peer) const {
    peer.tls_version = SSL_get_version(impl_->ssl.get());
    peer.certificate_sha256 = impl_->certificate_sha256();
    peer.tls_resumed = SSL_session_reused(impl_->ssl.get()) == 1;
}

}  // namespace godwit::net
