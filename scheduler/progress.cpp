#include "scheduler/progress.h"

#include <cassert>

namespace godwit::scheduler {

// Each has a mutex of its own: passes do not wait for one another.
class ProgressCollector::Watch final : public sync::SyncObserver {
public:
    Watch(ProgressCollector& owner, MigrationId migration, std::int64_t generation)
        : owner_(owner), update_{std::move(migration), generation, {}, {}} {
        const std::lock_guard lock(owner_.mutex_);
        owner_.watches_.insert(this);
    }
    ~Watch() override {
        const std::lock_guard lock(owner_.mutex_);
        owner_.watches_.erase(this);
    }

    void on_folder(const std::string& display_name) override {
        const std::lock_guard lock(mutex_);
        update_.folder = display_name;
        changed_ = true;
    }
    void on_progress(const sync::Counters& totals) override {
        const std::lock_guard lock(mutex_);
        update_.counters = totals;
        changed_ = true;
    }

    std::optional<ProgressUpdate> take_changed() {
        const std::lock_guard lock(mutex_);
        if (!std::exchange(changed_, false)) return std::nullopt;
        return update_;
    }
    void mark_changed() {
        const std::lock_guard lock(mutex_);
        changed_ = true;
    }

private:
    ProgressCollector& owner_;
    std::mutex mutex_;
    ProgressUpdate update_;
    bool changed_ = false;
};

ProgressCollector::~ProgressCollector() { assert(watches_.empty() && "observers outlive their collector"); }

std::unique_ptr<sync::SyncObserver> ProgressCollector::watch(MigrationId migration, std::int64_t generation) {
    return std::make_unique<Watch>(*this, std::move(migration), generation);
}

std::vector<ProgressUpdate> ProgressCollector::take_changed() {
    const std::lock_guard lock(mutex_);
    std::vector<ProgressUpdate> updates;
    for (Watch* watch : watches_)
        if (auto update = watch->take_changed()) updates.push_back(std::move(*update));
    return updates;
}

void ProgressCollector::mark_unsaved() {
    const std::lock_guard lock(mutex_);
    for (Watch* watch : watches_) watch->mark_changed();
}

}  // namespace godwit::scheduler
