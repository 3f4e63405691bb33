#include "scheduler/running_passes.h"

#include <algorithm>

namespace godwit::scheduler {

PassStop RunningPasses::add(const ClaimedPass& pass) {
    const std::lock_guard lock(mutex_);
    Running running{pass.migration, {}, {}, {}};
    if (lost_) running.lost.request_stop();
    if (lost_ || stopping_) running.stop.request_stop();
    if (draining_) running.drain.request_stop();
    const PassStop tokens{running.drain.get_token(), running.stop.get_token(), running.lost.get_token()};
    passes_.insert_or_assign(pass.id, std::move(running));
    return tokens;
}

void RunningPasses::remove(const PassId& pass) {
    const std::lock_guard lock(mutex_);
    passes_.erase(pass);
}

std::size_t RunningPasses::size() const {
    const std::lock_guard lock(mutex_);
    return passes_.size();
}

std::vector<PassId> RunningPasses::ids() const {
    const std::lock_guard lock(mutex_);
    std::vector<PassId> ids;
    for (const auto& [id, running] : passes_) ids.push_back(id);
    return ids;
}

template <class Request>
void RunningPasses::each(Request request) {
    for (auto& [id, running] : passes_) request(running);
}

void RunningPasses::drain(const std::vector<MigrationId>& migrations) {
    const std::lock_guard lock(mutex_);
    each([&](Running& running) {
        if (std::ranges::find(migrations, running.migration) != migrations.end())
            running.drain.request_stop();
    });
}

void RunningPasses::drain_present() {
    const std::lock_guard lock(mutex_);
    each([](Running& running) { running.drain.request_stop(); });
}

void RunningPasses::drain_all() {
    const std::lock_guard lock(mutex_);
    draining_ = true;
    each([](Running& running) { running.drain.request_stop(); });
}

void RunningPasses::stop_all() {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    each([](Running& running) { running.stop.request_stop(); });
}

void RunningPasses::begin_lease(NodeId node) {
    const std::lock_guard lock(mutex_);
    lease_ = std::move(node);
    lost_ = false;
}

void RunningPasses::lose_lease(const NodeId& node) {
    const std::lock_guard lock(mutex_);
    if (node != lease_) return;
    lost_ = true;
    each([](Running& running) {
        running.lost.request_stop();
        running.stop.request_stop();
    });
}

bool RunningPasses::lost() const {
    const std::lock_guard lock(mutex_);
    return lost_;
}

}  // namespace godwit::scheduler
