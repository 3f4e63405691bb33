#include "tools/bench/proxy_flow.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>

namespace godwit::bench {
namespace {

constexpr std::size_t most_queued_ever = 16 << 20;
constexpr std::size_t least_queued = 64 << 10;
constexpr double burst_seconds = 0.02, step_seconds = 0.001, router_seconds = 0.2;
constexpr double packet = 1448;
constexpr int rounds_at_once = 16;

std::array<char, 256 << 10> buffer;  // one thread

double seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

}  // namespace

std::size_t Shaping::most_queued() const {
    if (rate == 0) return most_queued_ever;
    const double octets = rate * (seconds(delay) + router_seconds);
    return std::clamp(static_cast<std::size_t>(octets), least_queued, most_queued_ever);
}

Flow::Moved Flow::run() {
    Moved moved;
    for (int round = 0; round < rounds_at_once && !moved.broken; ++round) {
        const Time now =
            std::chrono::steady_clock::now();  // before the octets are read: delays are never short
        const bool received = receive(now, moved), delivered = deliver(now, moved);
        moved.again = received || delivered;
        if (!moved.again) break;
    }
    return moved;
}

bool Flow::receive(Time now, Moved& moved) {
    if (!readable || end_read_ || queued_ >= shaping_.most_queued()) return false;
    const ssize_t count = recv(from, buffer.data(), buffer.size(), 0);
    if (count < 0) {
        if (errno == EAGAIN)
            readable = false;
        else if (errno != EINTR)
            moved.broken = true;
        return false;
    }
    if (count == 0) {
        end_read_ = true;
        end_due_ = now + shaping_.delay;
        return true;
    }
    const auto size = static_cast<std::size_t>(count);
    moved.received += size;
    const bool direct = queue_.empty() && shaping_.delay == Duration::zero() && shaping_.rate == 0;
    const std::size_t written = direct && writable ? write(buffer.data(), size, moved) : 0;
    if (written < size) {
        queue_.push_back({now + shaping_.delay, {buffer.data() + written, size - written}});
        queued_ += size - written;
    }
    return true;
}

bool Flow::deliver(Time now, Moved& moved) {
    if (!writable) return false;
    if (queue_.empty()) {
        if (!end_read_ || ended_ || now < end_due_) return false;
        shutdown(to, SHUT_WR);
        ended_ = true;
        return false;
    }
    Chunk& first = queue_.front();
    if (now < first.due) return false;
    const std::size_t most = std::min(first.octets.size() - sent_, allowance(now));
    if (most == 0) return false;
    const std::size_t written = write(first.octets.data() + sent_, most, moved);
    tokens_ -= static_cast<double>(written);
    queued_ -= written;
    sent_ += written;
    if (sent_ == first.octets.size()) {
        queue_.pop_front();
        sent_ = 0;
    }
    return written > 0;
}

std::size_t Flow::allowance(Time now) {
    if (shaping_.rate == 0) return std::numeric_limits<std::size_t>::max();
    const double burst = std::max(shaping_.rate * burst_seconds, packet);
    tokens_ = std::min(burst, tokens_ + seconds(now - refilled_) * shaping_.rate);
    refilled_ = now;
    // Small change is not worth a system call.
    const double step =
        std::min({burst, static_cast<double>(queued_), std::max(shaping_.rate * step_seconds, packet)});
    if (tokens_ < step) {
        const std::chrono::duration<double> wait((step - tokens_) / shaping_.rate);
        refill_wait_ = now + std::chrono::ceil<Duration>(wait);
        return 0;
    }
    return static_cast<std::size_t>(tokens_);
}

std::size_t Flow::write(const char* octets, std::size_t size, Moved& moved) {
    const ssize_t count = send(to, octets, size, MSG_NOSIGNAL);
    if (count >= 0) {
        moved.delivered += static_cast<std::uint64_t>(count);
        return static_cast<std::size_t>(count);
    }
    if (errno == EAGAIN)
        writable = false;
    else if (errno != EINTR)
        moved.broken = true;
    return 0;
}

Time Flow::wake() const {
    if (!writable) return Time::max();
    if (!queue_.empty()) return std::max(queue_.front().due, refill_wait_);
    return end_read_ && !ended_ ? end_due_ : Time::max();
}

}  // namespace godwit::bench
