// Dialer: from a name to a connected Stream, within the address policy.
//
// Resolution runs on a small thread pool with a cache (Asio's own resolver is one uncancellable thread), every
// address is checked against the policy, then addresses are tried in turn (IPv6 and IPv4 interleaved, RFC 8305
// in spirit). One Dialer serves the whole process; dial() may be called from any executor.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "engine/net/address_policy.h"
#include "engine/net/stream.h"

namespace godwit::net {

enum class TlsMode { none, starttls, implicit };

// Where and how to connect. `connect_to` ("host:port", "host" or ":port") replaces the address only: `host` stays the
// name for SNI and verification.
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
    // Errors have Reach::host: dns, address_denied, connect_timeout, connection_refused, tls_handshake, tls_verify.
    virtual Awaitable<Result<std::unique_ptr<Stream>>> dial(const RunContext& context, const Endpoint& endpoint,
                                                            Deadline deadline) = 0;
};

class TcpDialer final : public Dialer {
public:
    explicit TcpDialer(AddressPolicy policy);
    ~TcpDialer() override;
    Awaitable<Result<std::unique_ptr<Stream>>> dial(const RunContext& context, const Endpoint& endpoint,
                                                    Deadline deadline) override;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace godwit::net
