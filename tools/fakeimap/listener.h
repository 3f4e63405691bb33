// Listener: lets a Server be reached over TCP. No TLS.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "engine/base/result.h"
#include "tools/fakeimap/server.h"

namespace godwit::fakeimap {

class Listener {
public:
    // Everything runs on the executor. The server outlives the listener.
    Listener(asio::any_io_executor executor, Server& server);
    Listener(const Listener&) = delete;
    ~Listener();

    // `address` is numeric, port 0 a free one; the port that is listened on. invalid_argument, conflict.
    Result<std::uint16_t> start(const std::string& address, std::uint16_t port);
    // Accepts no more, cuts every connection and waits for their ends. Must be awaited before destruction
    // when start() succeeded.
    Awaitable<void> stop();

private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace godwit::fakeimap
