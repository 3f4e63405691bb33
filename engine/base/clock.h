// Time, injected. Monotonic time decides every wait; wall time only labels things for people.
#pragma once

#include <chrono>

namespace godwit {

using SteadyTime = std::chrono::steady_clock::time_point;
using Deadline = std::chrono::steady_clock::time_point;
using WallTime = std::chrono::system_clock::time_point;

class Clock {
public:
    virtual ~Clock() = default;
    virtual SteadyTime now() const = 0;
    virtual WallTime wall() const = 0;
};

class SystemClock final : public Clock {
public:
    SteadyTime now() const override { return std::chrono::steady_clock::now(); }
    WallTime wall() const override { return std::chrono::system_clock::now(); }
};

inline Deadline after(std::chrono::steady_clock::duration wait) { return std::chrono::steady_clock::now() + wait; }

}  // namespace godwit
