#include "scheduler/heartbeat.h"

#include "engine/base/log.h"

namespace godwit::scheduler {

LeaseKeeper::LeaseKeeper(HeartbeatChannel& channel, LeaseSettings settings, LeaseEvents& events)
    : channel_(channel), settings_(settings), events_(events) {
    beating_ = std::jthread([this](std::stop_token stop) { beat(std::move(stop)); });
    watching_ = std::jthread([this](std::stop_token stop) { watch(std::move(stop)); });
}

LeaseKeeper::~LeaseKeeper() {
    beating_.request_stop();
    watching_.request_stop();
}

void LeaseKeeper::hold(NodeId node, SteadyTime since) {
    const std::lock_guard lock(mutex_);
    trust(std::move(node), since);
    asked_ = failing_ = false;
}

void LeaseKeeper::release() {
    const std::lock_guard lock(mutex_);
    distrust();
}

void LeaseKeeper::trust(NodeId node, SteadyTime since) {
    held_ = Held{std::move(node), since + settings_.lease - settings_.margin()};
    fence_ = held_->trusted_until;
    changed_.notify_all();
}

void LeaseKeeper::distrust() {
    held_.reset();
    fence_ = SteadyTime::min();
    changed_.notify_all();
}

void LeaseKeeper::beat_soon() {
    const std::lock_guard lock(mutex_);
    asked_ = true;
    changed_.notify_all();
}

std::optional<SteadyTime> LeaseKeeper::trusted_until() const {
    const std::lock_guard lock(mutex_);
    return held_ ? std::optional(held_->trusted_until) : std::nullopt;
}

void LeaseKeeper::beat(std::stop_token stop) {
    std::unique_lock lock(mutex_);
    while (!stop.stop_requested()) {
        changed_.wait(lock, stop, [this] { return held_.has_value(); });
        if (!held_) continue;
        const NodeId node = held_->node;
        asked_ = false;
        lock.unlock();
        const auto began = std::chrono::steady_clock::now();
        const auto answer = channel_.beat(node, settings_.lease);
        lock.lock();
        if (!holds(node)) continue;
        const auto next = settle(lock, node, began, answer);
        changed_.wait_until(lock, stop, std::min(next, began + settings_.closest()),
                            [&] { return !holds(node); });
        changed_.wait_until(lock, stop, next, [&] { return !holds(node) || asked_; });
    }
}

// Acts on the answer to a beat; when to beat next.
SteadyTime LeaseKeeper::settle(std::unique_lock<std::mutex>& lock, const NodeId& node, SteadyTime began,
                               const Result<Heartbeat>& answer) {
    const bool recovered = answer && failing_;
    const bool newly_failing = !answer && !failing_;
    failing_ = !answer;
    if (!answer && answer.error().kind == ErrorKind::lease_lost) {
        lose(lock, answer.error());
        return began;
    }
    if (answer) trust(node, began);
    lock.unlock();
    if (recovered) log_line(LogLevel::info, "lease is renewed again", {{"node", node.value}});
    if (newly_failing)
        log_line(LogLevel::warn, "lease not renewed",
                 {{"node", node.value}, {"error", answer.error().to_string()}});
    if (answer) events_.on_beat(node, *answer);
    lock.lock();
    return answer ? began + settings_.period() : std::chrono::steady_clock::now() + settings_.retry();
}

void LeaseKeeper::watch(std::stop_token stop) {
    std::unique_lock lock(mutex_);
    while (!stop.stop_requested()) {
        changed_.wait(lock, stop, [this] { return held_.has_value(); });
        if (!held_) continue;
        const Held seen = *held_;
        const bool moved = changed_.wait_until(lock, stop, seen.trusted_until, [&] {
            return !holds(seen.node) || held_->trusted_until != seen.trusted_until;
        });
        if (moved || stop.stop_requested()) continue;
        lose(lock, Error{ErrorKind::lease_lost, Reach::node, "not renewed in time", "renewing the lease"});
    }
}

void LeaseKeeper::lose(std::unique_lock<std::mutex>& lock, const Error& reason) {
    const NodeId node = held_->node;
    distrust();
    lock.unlock();
    log_line(LogLevel::error, "lease lost", {{"node", node.value}, {"error", reason.to_string()}});
    events_.on_lost(node, reason);
    lock.lock();
}

}  // namespace godwit::scheduler
