// Pace: the rates that maxmessagespersecond and maxbytespersecond allow, on average since the first message. Pure.
#pragma once

#include <chrono>

#include "engine/sync/request.h"

namespace godwit::sync {

class Pace {
public:
    using Time = std::chrono::steady_clock::time_point;

    explicit Pace(const SyncOptions& options)
        : messages_a_second_(options.maxmessagespersecond), bytes_a_second_(static_cast<double>(options.maxbytespersecond)),
          free_bytes_(static_cast<double>(options.maxbytesafter)) {}

    bool limited() const { return messages_a_second_ > 0 || bytes_a_second_ > 0; }
    // At most one second's worth of messages goes out at once.
    std::size_t messages_at_once(std::size_t wanted) const {
        if (messages_a_second_ <= 0) return wanted;
        return std::clamp<std::size_t>(static_cast<std::size_t>(messages_a_second_), 1, std::max<std::size_t>(wanted, 1));
    }
    // How long what comes next has to wait.
    std::chrono::steady_clock::duration wait(Time now) const {
        if (!started_) return {};
        double due = 0;   // seconds since the first message
        if (messages_a_second_ > 0) due = messages_ / messages_a_second_;
        if (bytes_a_second_ > 0) due = std::max(due, (bytes_ - free_bytes_) / bytes_a_second_);
        const auto wait = *started_ + std::chrono::duration_cast<Time::duration>(std::chrono::duration<double>(due)) - now;
        return std::max(wait, Time::duration{});
    }
    void sent(Time now, std::size_t messages, std::uint64_t bytes) {
        if (!started_) started_ = now;
        messages_ += static_cast<double>(messages);
        bytes_ += static_cast<double>(bytes);
    }

private:
    double messages_a_second_, bytes_a_second_, free_bytes_;
    std::optional<Time> started_;
    double messages_ = 0, bytes_ = 0;
};

}  // namespace godwit::sync
