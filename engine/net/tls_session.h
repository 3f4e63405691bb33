// TlsSession: the client side of TLS on a connected non-blocking socket. Never waits: every step says what
// the socket must become ready for. (OpenSSL directly on the descriptor, not asio::ssl, whose four 17 kB
// buffers a connection would be most of the memory of an idle session.)
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "engine/net/stream.h"
#include "engine/net/tls_context.h"

namespace godwit::net {

class TlsSession {
public:
    static constexpr std::size_t record_bytes = 16u << 10;  // the most that one record carries

    enum class Step { done, want_read, want_write };
    struct Progress {
        Step step = Step::done;
        std::size_t bytes = 0;  // moved, when step is done
    };

    // TLS 1.2 or later. With `verify`, the chain is checked against the system's store or `ca_file`, and the
    // name (or numeric address, against the IP SANs); a pin is checked besides, and alone when `verify` is
    // off. Contexts are shared by sessions with equal options; a changed ca_file is read again. A session of
    // an earlier connection to `address` with the same options is resumed if the server likes
    // (tls_session_cache.h).
    static Result<std::unique_ptr<TlsSession>> client(int descriptor, const TlsOptions& options,
                                                      const std::string& address);
    ~TlsSession();

    // Errors: tls_verify with OpenSSL's reason ("self-signed certificate"), else tls_handshake; Reach::host.
    Result<Progress> handshake();
    // Errors: connection_lost. A retried write gets the same data again.
    Result<Progress> read(std::span<char> buffer);
    Result<Progress> write(std::string_view data);
    // Sends close_notify if that takes no waiting.
    void shutdown();

    void describe(PeerInfo& peer) const;

private:
    friend int on_new_tls_session(SSL* ssl, SSL_SESSION* session);
    struct Impl;
    explicit TlsSession(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace godwit::net
