// Dialer: from a name to a connected Stream, within the address policy.
//
// Resolution runs on a small thread pool with a cache (Asio's own resolver is one uncancellable thread),
// every address is checked against the policy and left out when refused, then the others race (RFC 8305: IPv6
// and IPv4 interleaved, each with a head start of 250 ms over the next; one that lost or failed lately comes
// last and later). One Dialer serves the whole process; dial() may be called from any executor, which must be
// context.executor.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/net/address_policy.h"
#include "engine/net/tcp_stream.h"

namespace godwit::net {

enum class TlsMode { none, starttls, implicit };

// Where and how to connect. `connect_to` ("host:port", "host", ":port" or "[::1]:993") replaces the address
// only: `host` stays the name for SNI and verification.
struct Endpoint {
    std::string host;
    std::uint16_t port = 993;
    TlsMode tls = TlsMode::implicit;
    bool verify = true;
    std::string ca_file;
    std::string connect_to;
};

TlsOptions tls_options_of(const Endpoint& endpoint);

class Dialer {
public:
    virtual ~Dialer() = default;
    // Connected, and past the TLS handshake when `tls` is implicit. STARTTLS is the protocol's business.
    // Errors name host and port. Reach::host: dns, address_denied, connect_timeout, connection_refused,
    // tls_handshake, tls_verify, timeout (of the handshake), invalid_argument (connect_to, ca_file);
    // Reach::node: limit_exceeded; cancelled by context.stop.
    virtual Awaitable<Result<std::unique_ptr<Stream>>> dial(const RunContext& context,
                                                            const Endpoint& endpoint, Deadline deadline) = 0;
};

class TcpDialer final : public Dialer {
public:
    // Names to numeric addresses; blocking, called on threads of the dialer's own.
    using Lookup = std::function<Result<std::vector<std::string>>(const std::string& name)>;

    // Streams get that user timeout (tcp_stream.h).
    explicit TcpDialer(AddressPolicy policy,
                       std::chrono::milliseconds user_timeout = TcpStream::default_user_timeout);
    TcpDialer(AddressPolicy policy, Lookup lookup);
    ~TcpDialer() override;
    Awaitable<Result<std::unique_ptr<Stream>>> dial(const RunContext& context, const Endpoint& endpoint,
                                                    Deadline deadline) override;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace godwit::net
