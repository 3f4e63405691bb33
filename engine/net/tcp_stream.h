// TcpStream: Stream over one TCP socket, plain at first and TLS after start_tls().
//
// Reads and writes are tried on the non-blocking socket first; only when that would block does a coroutine
// wait for readiness. So an idle connection owns no buffers, a cancelled wait loses no data, and a deadline
// is one timer a direction that is moved only when it fires.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "engine/net/stream.h"

namespace godwit::net {

class TcpStream final : public Stream {
public:
    // How long what was written may wait for the peer to acknowledge it, or to read on, before the connection is
    // broken (TCP_USER_TIMEOUT). After that nothing of it arrives any more, whatever this process does.
    static constexpr std::chrono::milliseconds default_user_timeout{30'000};

    explicit TcpStream(asio::any_io_executor executor,
                       std::chrono::milliseconds user_timeout = default_user_timeout);
    // Takes over a connected socket, e.g. an accepted one.
    TcpStream(asio::any_io_executor executor, int descriptor);
    ~TcpStream() override;

    // `address` is numeric. connect_timeout, connection_refused (also: no route), cancelled by close();
    // Reach::host, or Reach::node when this machine has no descriptors or local ports left.
    Awaitable<Result<void>> connect(std::string address, std::uint16_t port, Deadline deadline);

    Awaitable<Result<std::size_t>> read_some(std::span<char> buffer, Deadline deadline) override;
    Awaitable<Result<std::string_view>> read(LentBuffer& buffer, Deadline deadline) override;
    Awaitable<Result<void>> write(std::string_view data, Deadline deadline) override;
    Awaitable<Result<void>> write_gathered(std::span<const std::string_view> pieces,
                                           Deadline deadline) override;
    Awaitable<Result<void>> write_checked(std::string_view data, Deadline deadline,
                                          const std::function<Result<void>()>& check) override;
    Awaitable<Result<void>> start_tls(const TlsOptions& options, Deadline deadline) override;
    const PeerInfo& peer() const override;
    void close() override;
    void reset() override;

private:
    struct State;
    std::shared_ptr<State> state_;  // shared with operations that outlive the stream
};

}  // namespace godwit::net
