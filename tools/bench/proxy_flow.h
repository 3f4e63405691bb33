#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <string>

namespace godwit::bench {

using Time = std::chrono::steady_clock::time_point;
using Duration = std::chrono::steady_clock::duration;

/// What one direction of a connection has to suffer.
struct Shaping {
    Duration delay{};  // of every octet
    double rate = 0;   // octets a second, 0: without limit

    /// Octets under way at most; above it the sender is not read. With a rate, a fifth of a second's worth
    /// stands for the buffers of routers.
    std::size_t most_queued() const;
};

/// One direction: octets leave `delay` after they came, as fast as `rate` allows, and so does the end of
/// them.
class Flow {
public:
    explicit Flow(const Shaping& shaping) : shaping_(shaping) {}

    /// Sockets that do not block; -1 while there is none. Whether they are ready is kept by the owner.
    int from = -1, to = -1;
    bool readable = false, writable = false;

    struct Moved {
        std::uint64_t received = 0, delivered = 0;
        bool again = false;   // there may be more to do at once
        bool broken = false;  // the connection is gone
    };
    /// Does what can be done now, but not for ever.
    Moved run();
    /// When to run again without being told that a socket is ready; Time::max(): never.
    Time wake() const;
    /// Everything is delivered, and the end of it too.
    bool finished() const { return ended_; }

private:
    struct Chunk {
        Time due;
        std::string octets;
    };

    bool receive(Time now, Moved& moved);
    bool deliver(Time now, Moved& moved);
    std::size_t allowance(Time now);
    std::size_t write(const char* octets, std::size_t size, Moved& moved);

    const Shaping& shaping_;
    std::deque<Chunk> queue_;
    std::size_t sent_ = 0, queued_ = 0;  // sent_: of the first chunk
    bool end_read_ = false, ended_ = false;
    Time end_due_{};
    double tokens_ = 0;
    Time refilled_{}, refill_wait_{};
};

}  // namespace godwit::bench
