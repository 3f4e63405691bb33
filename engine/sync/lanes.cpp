#include "engine/sync/lanes.h"

#include "engine/base/log.h"

namespace godwit::sync {
namespace {

// What a message and a folder cost beside their octets, in octets: they make round trips.
constexpr double message_work = 8192, folder_work = 32768;

}  // namespace

Awaitable<void> close_both(imap::Session& a, imap::Session& b) {
    TaskScope tasks(a.context().executor);
    tasks.spawn("close", a.close());
    co_await b.close();
    co_await tasks.join();
}

Lanes::Lanes(PassState& state, std::size_t most, bool can_compress, Open open, Work work)
    : state_(state), open_(std::move(open)), work_(std::move(work)), most_(most), policy_(most, can_compress),
      opening_(state.context.executor), tasks_(state.context.executor), changed_(state.context.executor) {}

Awaitable<void> Lanes::run() {
    double before = done_so_far();
    while (!finished_ && most_ > 1) {
        if (co_await changed_.wait(after(state_.request.limits.lane_interval)) || finished_) continue;
        const double now = done_so_far();
        const auto advice = policy_.next(now - std::exchange(before, now), much_left());
        if (advice == LanePolicy::Advice::add) {
            opening_.spawn("open lane", add());
            co_await opening_.join();
        }
        if (advice == LanePolicy::Advice::drop) drop();
    }
    co_await tasks_.join();
}

void Lanes::finish() {
    finished_ = true;
    opening_.cancel();   // nobody waits for a connection that is not needed any more
    changed_.notify_all();
}

double Lanes::done_so_far() const {
    const auto& c = state_.report.counters;
    return static_cast<double>(c.bytes_copied) + folder_work * static_cast<double>(c.folders_done) +
           message_work * static_cast<double>(c.messages_copied + c.messages_failed);
}

bool Lanes::much_left() const { return !state_.crew.failed() && !state_.context.draining() && state_.crew.has_work(); }

Awaitable<void> Lanes::add() {
    // One after the other, so that finish() reaches the one that is under way.
    auto source = co_await open_(Side::source, policy_.compressed());
    Result<SessionPtr> destination = std::unexpected(Error{});
    if (source) destination = co_await open_(Side::destination, policy_.compressed());
    if (destination && !finished_) {
        auto& lane = lanes_.emplace_back(std::move(*source), std::move(*destination));
        lane.pass = std::make_unique<Pass>(state_, *lane.source, *lane.destination);
        tasks_.spawn("lane", work(lane));
        co_return;
    }
    policy_.refused();
    if (!destination && !finished_)
        log_line(LogLevel::info, "no further connection",
                 {{"migration", state_.context.subject}, {"error", (source ? destination : source).error().to_string()}});
    if (source) co_await (*source)->close();
    if (destination) co_await (*destination)->close();
}

Awaitable<void> Lanes::work(Lane& lane) {
    co_await work_(*lane.pass);
    co_await close_both(*lane.source, *lane.destination);
}

void Lanes::drop() {
    for (auto lane = lanes_.rbegin(); lane != lanes_.rend(); ++lane)
        if (!lane->pass->retired) {
            lane->pass->retired = true;
            break;
        }
    state_.crew.notify();
}

}  // namespace godwit::sync
