// Stream: a connected byte stream, plain or TLS, with a deadline on every wait.
//
// The only way other code sees a socket. One reader and one writer may be active at once; both, and close(),
// run on the stream's executor. An operation that is pending when the stream is destroyed ends as after
// close(). A cancelled task (TaskScope::cancel) gets ErrorKind::cancelled. Implementations: a real socket
// (tcp_stream.h) and the in-memory pair of the tests (tests/support/memory_stream.h).
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "engine/base/run_context.h"
#include "engine/net/lent_buffer.h"

namespace godwit::net {

// The cause in the connection_lost error of a peer that closed in order (FIN, and close_notify within TLS).
inline constexpr std::string_view end_of_stream = "connection closed by the peer";

struct TlsOptions {
    std::string server_name;  // SNI and name to verify; a numeric address is verified against IP SANs
    bool verify = true;
    std::string ca_file;        // PEM; empty: the system's store
    std::string pinned_sha256;  // hex of the certificate's SHA-256, required besides `verify`; empty: none
};

struct PeerInfo {
    std::string address;             // numeric, "192.0.2.1:993" or "[2001:db8::1]:993"
    std::string tls_version;         // empty: not encrypted
    std::string certificate_sha256;  // hex; empty: not encrypted
    bool tls_resumed = false;        // the certificate was verified by an earlier handshake with the same settings
};

class Stream {
public:
    virtual ~Stream() = default;

    // At least one byte, or an error: connection_lost at end of stream, timeout after `deadline`, cancelled
    // by close().
    virtual Awaitable<Result<std::size_t>> read_some(std::span<char> buffer, Deadline deadline) = 0;
    // The same into a buffer that holds no memory while this waits, nor after an error. Here it holds it all the time.
    virtual Awaitable<Result<std::string_view>> read(LentBuffer& buffer, Deadline deadline);
    // All of `data`, or an error; how much left is then unknown. `data` must live until completion.
    virtual Awaitable<Result<void>> write(std::string_view data, Deadline deadline) = 0;
    // The same for many pieces, one after the other, in as few system calls and TLS records as they need. The
    // span and what it names must live until completion. Here: one write() a piece.
    virtual Awaitable<Result<void>> write_gathered(std::span<const std::string_view> pieces,
                                                   Deadline deadline);
    // write() for data that may become unwanted while it waits for room: `check` is asked right before each
    // attempt to send, and its error ends the write, after which nothing more can be written. It must not
    // wait, and lives until completion. Here it is asked once, for streams that never wait.
    virtual Awaitable<Result<void>> write_checked(std::string_view data, Deadline deadline,
                                                  const std::function<Result<void>()>& check);
    // Upgrades in place. The caller guarantees that nothing is being read or written and drops plaintext it
    // holds. tls_verify or tls_handshake (Reach::host), timeout; after an error the stream is closed.
    virtual Awaitable<Result<void>> start_tls(const TlsOptions& options, Deadline deadline) = 0;

    virtual const PeerInfo& peer() const = 0;
    // Ends pending operations with ErrorKind::cancelled and closes; `reset` discards unsent bytes (RST).
    virtual void close() = 0;
    virtual void reset() = 0;
};

}  // namespace godwit::net
