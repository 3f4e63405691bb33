// Patience: how long a server may take. Pure: the caller says what time it is.
//
// A server is alive as long as whole responses come, or octets at a useful rate; it makes progress when
// commands are answered, when data comes that one of them asked for, and while a large literal flows. Signs
// of life alone (Dovecot's
// "* OK Still here" during a long APPEND) hold a command up for a while, one byte now and then does not at
// all.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "engine/base/clock.h"

namespace godwit::imap {

struct PatienceLimits {
    std::chrono::milliseconds silence{300'000};  // without a sign of life
    int keep_alives = 12;                        // times `silence`: without progress, however alive
    std::size_t octets = 16u << 10;              // received that count like a response
};

class Patience {
public:
    Patience(PatienceLimits limits, SteadyTime now) : limits_(limits), heard_(now), progress_(now) {}

    // A whole response, whatever it says.
    void response(SteadyTime now);
    // Octets of any kind.
    void octets(std::size_t count, SteadyTime now);
    // Octets of a literal that somebody takes.
    void literal(std::size_t count, SteadyTime now);
    // An answer, or data that a command asked for.
    void progress(SteadyTime now);
    // The same of the response that was told last.
    void progress();

    // Between hold() and release() we do not read (back pressure): the server's time stands still.
    void hold(SteadyTime now);
    void release(SteadyTime now);

    // The server's time: stands for the moment `now` in limit().
    SteadyTime clock(SteadyTime now) const;
    // When to give up a command that was sent at `since` (a clock()). May have moved on once it is reached.
    Deadline limit(SteadyTime since, SteadyTime now) const;
    // At that moment: the server was alive, but made no progress.
    bool only_keep_alives(SteadyTime since, SteadyTime now) const;

    const PatienceLimits& limits() const { return limits_; }

private:
    SteadyTime silence_ends(SteadyTime since) const;
    SteadyTime keep_alives_end(SteadyTime since) const;

    PatienceLimits limits_;
    SteadyTime heard_, progress_;     // clock()
    std::size_t octets_ = 0;          // since the last sign of life
    std::size_t literal_octets_ = 0;  // since the last progress
    std::chrono::steady_clock::duration held_{};
    std::optional<SteadyTime> held_since_;
};

}  // namespace godwit::imap
