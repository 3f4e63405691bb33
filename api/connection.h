// Connection: HTTP/1.1 over one Stream, server side. Beast parses, without I/O; this decides when to read and for how
// long. Used on the stream's executor.
//
// Pipelined requests are answered in order. Malformed, oversized or late ones get a problem document and the connection
// ends. A body that its handler did not read is discarded, up to a limit, so that the answer arrives.
#pragma once

#include <functional>
#include <memory>

#include "api/http_types.h"
#include "engine/net/stream.h"

namespace godwit::api {

struct ConnectionLimits {
    std::size_t header_bytes = 16u << 10;
    std::size_t discard_bytes = 1u << 20;
    std::chrono::milliseconds header_timeout{10'000};   // from a request's first byte
    std::chrono::milliseconds body_timeout{30'000};     // silence within a body
    std::chrono::milliseconds idle_timeout{60'000};
    std::chrono::milliseconds write_timeout{30'000};
    std::chrono::milliseconds discard_timeout{2'000};
};

class Connection {
public:
    // Never throws. What it gets as a Request is complete but for the body.
    using Respond = std::function<Awaitable<Response>(Request&, BodyReader&)>;

    Connection(std::unique_ptr<net::Stream> stream, ConnectionLimits limits, Respond respond);
    Connection(const Connection&) = delete;
    ~Connection();

    // Until the client or a deadline ends it, or drain() or close() does; the stream is closed then.
    Awaitable<void> serve();
    // Takes no more requests: at once when idle, else after the answer that is under way (it says "Connection: close").
    void drain();
    void close();

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace godwit::api
