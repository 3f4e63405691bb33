#include "scheduler/dispatcher.h"

#include <random>

#include <boost/asio/post.hpp>

#include "engine/base/log.h"
#include "engine/base/run_on.h"
#include "scheduler/admission.h"

namespace godwit::scheduler {

// Wakes the loop from any thread; rings between two waits are kept.
class Dispatcher::Doorbell : public std::enable_shared_from_this<Doorbell> {
public:
    explicit Doorbell(asio::any_io_executor executor) : executor_(executor), signal_(executor) {}

    void ring() {
        if (rung_.exchange(true)) return;
        asio::post(executor_, [self = shared_from_this()] { self->signal_.notify_all(); });
    }
    Awaitable<void> wait(Deadline deadline) {
        if (!rung_.load()) co_await signal_.wait(deadline);
        rung_ = false;
    }

private:
    asio::any_io_executor executor_;
    Signal signal_;
    std::atomic<bool> rung_{false};
};

namespace {

std::chrono::milliseconds jittered(std::chrono::milliseconds wait) {
    thread_local std::minstd_rand engine{std::random_device{}()};
    return std::chrono::milliseconds(
        std::uniform_int_distribution<long>(wait.count() / 2, wait.count() * 3 / 2)(engine));
}

std::string count_text(std::size_t count) { return std::to_string(count); }

}  // namespace

Dispatcher::Dispatcher(DispatcherParts parts, DispatcherSettings settings)
    : parts_(std::move(parts)),
      settings_(std::move(settings)),
      bell_(std::make_shared<Doorbell>(parts_.executor)),
      passes_(settings_.passes),
      scope_(parts_.executor),
      load_(parts_.pool.size()),
      wait_(settings_.poll),
      keeper_(parts_.heartbeat, settings_.lease, *this) {}

Dispatcher::~Dispatcher() = default;

void Dispatcher::notify() {
    keeper_.beat_soon();
    bell_->ring();
}

void Dispatcher::drain() {
    if (drain_began_.load() == SteadyTime::max()) drain_began_ = std::chrono::steady_clock::now();
    draining_ = true;
    running_.drain_all();
    bell_->ring();
}

void Dispatcher::stop() {
    stopping_ = true;
    running_.stop_all();
    drain();
}

void Dispatcher::set_passes(std::uint32_t passes) {
    passes_ = passes;
    bell_->ring();
}

void Dispatcher::on_beat(const NodeId&, const Heartbeat& heartbeat) {
    parts_.hooks.on_lease_renewed();
    if (!heartbeat.stop.empty()) running_.drain(heartbeat.stop);
    if (heartbeat.paused) running_.drain_present();
    if (paused_.exchange(heartbeat.paused) == heartbeat.paused) return;
    log_line(LogLevel::info, heartbeat.paused ? "cluster paused" : "cluster resumed");
    bell_->ring();
}

void Dispatcher::on_lost(const NodeId& node, const Error&) {
    running_.lose_lease(node);
    parts_.hooks.on_lease_lost();
    bell_->ring();
}

Awaitable<void> Dispatcher::run() {
    scope_.spawn("progress", save_progress());
    scope_.spawn("reclaim", reclaim());
    while (!draining_) {
        Round round = Round::failed;
        if (co_await have_lease()) round = co_await look();
        if (!draining_) co_await pause_between(round);
    }
    co_await end_passes();
    background_.request_stop();
    co_await scope_.join();
    const bool joined = keeper_.trusted_until().has_value();
    keeper_.release();
    if (!joined) co_return;
    const auto left = co_await parts_.store.leave(node_);
    log_line(left ? LogLevel::info : LogLevel::warn, "node left",
             {{"node", node_.value}, {"error", left ? "" : left.error().to_string()}});
    if (left && settings_.on_left) settings_.on_left();
}

// True with a lease that is believed; joins when there is none and nothing of an earlier one runs.
Awaitable<bool> Dispatcher::have_lease() {
    if (keeper_.trusted_until()) co_return true;
    if (running_.size() > 0) co_return false;
    const auto joined = co_await join();
    note_database(joined);
    co_return joined.has_value();
}

Awaitable<Result<void>> Dispatcher::join() {
    if (settings_.predecessor) {
        GODWIT_CO_CHECK(co_await parts_.store.leave(*settings_.predecessor));
        settings_.predecessor.reset();
    }
    const auto since = std::chrono::steady_clock::now();
    node_ = new_node_id();
    GODWIT_CO_TRY(wait, co_await parts_.store.join(node_, settings_.host_name, settings_.lease.lease));
    claims_from_ = std::chrono::steady_clock::now() + wait;
    running_.begin_lease(node_);
    unsure_ = false;
    keeper_.hold(node_, since);
    log_line(LogLevel::info, "node joined", {{"node", node_.value}});
    if (wait > wait.zero())
        log_line(LogLevel::warn, "a standby was promoted: no claims until older leases have ended",
                 {{"seconds", fmt::format("{:.1f}", std::chrono::duration<double>(wait).count())}});
    if (settings_.on_joined) settings_.on_joined(node_);
    co_return Result<void>{};
}

Awaitable<Dispatcher::Round> Dispatcher::look() {
    looked_ = std::chrono::steady_clock::now();
    const auto round = co_await claim();
    note_database(round ? Result<void>{} : std::unexpected(round.error()));
    co_return round ? *round : Round::failed;
}

Awaitable<Result<Dispatcher::Round>> Dispatcher::claim() {
    GODWIT_CO_CHECK(co_await give_back());
    if (std::chrono::steady_clock::now() < claims_from_) co_return Round::claimed;
    const auto running = running_.size();
    const std::uint32_t passes = passes_;
    if (running >= passes) co_return Round::claimed;
    GODWIT_CO_TRY(queue, co_await parts_.store.queue());
    if (queue.paused) co_return Round::idle;
    auto requests = admit(queue, static_cast<std::uint32_t>(passes - running));
    if (requests.empty()) co_return queue.lanes.empty() ? Round::idle : Round::claimed;
    if (draining_ || running_.lost()) co_return Round::idle;
    auto claimed = co_await parts_.store.claim(node_, std::move(requests));
    unsure_ = !claimed;
    if (!claimed) co_return std::unexpected(claimed.error());
    for (auto& pass : *claimed) start(std::move(pass));
    co_return claimed->empty() ? Round::idle : Round::claimed;
}

// What the database believes to run here and does not.
Awaitable<Result<void>> Dispatcher::give_back() {
    if (!std::exchange(unsure_, false)) co_return Result<void>{};
    const auto released = co_await parts_.store.release_others(node_, running_.ids());
    if (!released) {
        unsure_ = true;
        co_return std::unexpected(released.error());
    }
    if (*released > 0) log_line(LogLevel::warn, "passes given back", {{"count", count_text(*released)}});
    co_return Result<void>{};
}

void Dispatcher::start(ClaimedPass pass) {
    const auto place = static_cast<std::size_t>(std::ranges::min_element(load_) - load_.begin());
    ++load_[place];
    auto stop = running_.add(pass);
    stop.in_time = [this] { return keeper_.trusted(std::chrono::steady_clock::now()); };
    scope_.spawn("pass", run_pass(place, std::move(pass), std::move(stop)));
}

Awaitable<void> Dispatcher::run_pass(std::size_t place, ClaimedPass pass, PassStop stop) {
    const PassId id = pass.id;
    bool stored = false;
    const auto work = [](Worker& worker, NodeId node, ClaimedPass claimed, PassStop tokens,
                         bool& out) -> Awaitable<void> {
        out = co_await worker.run(std::move(node), std::move(claimed), std::move(tokens));
    };
    co_await run_on(parts_.pool[place], work(parts_.worker, node_, std::move(pass), std::move(stop), stored));
    --load_[place];
    running_.remove(id);
    if (!stored) unsure_ = true;
    bell_->ring();
}

// Waits for the bell or the next turn.
Awaitable<void> Dispatcher::pause_between(Round round) {
    if (round == Round::claimed)
        wait_ = settings_.poll;
    else
        wait_ = std::min(wait_ * 3 / 2, settings_.poll_quiet);
    co_await bell_->wait(after(jittered(wait_)));
    const auto gap = looked_ + settings_.poll_gap - std::chrono::steady_clock::now();
    if (gap > gap.zero() && !draining_) co_await sleep_for(gap);
}

Awaitable<void> Dispatcher::save_progress() {
    const auto stop = background_.get_token();
    while (co_await sleep_for(settings_.progress, stop)) {
        auto updates = parts_.progress.take_changed();
        if (updates.empty()) continue;
        const auto saved = co_await parts_.store.save_progress(node_, std::move(updates));
        if (saved) continue;
        parts_.progress.mark_unsaved();
        log_line(LogLevel::debug, "progress not saved", {{"error", saved.error().to_string()}});
    }
}

// Every node does this for all: what a dead node held is ready again soon after its lease ends.
Awaitable<void> Dispatcher::reclaim() {
    const auto stop = background_.get_token();
    do {
        const auto reclaimed = co_await parts_.store.reclaim();
        if (!reclaimed || *reclaimed == 0) continue;
        log_line(LogLevel::warn, "passes of dead nodes reclaimed", {{"count", count_text(*reclaimed)}});
        bell_->ring();
    } while (co_await sleep_for(settings_.lease.lease / 3, stop));
}

Awaitable<void> Dispatcher::end_passes() {
    const auto deadline = drain_began_.load() + settings_.drain;
    if (const auto count = running_.size(); count > 0)
        log_line(LogLevel::info, "draining", {{"passes", count_text(count)}});
    while (running_.size() > 0 && !stopping_ && std::chrono::steady_clock::now() < deadline)
        co_await bell_->wait(deadline);
    if (running_.size() == 0) co_return;
    log_line(LogLevel::warn, "stopping passes at once", {{"passes", count_text(running_.size())}});
    running_.stop_all();
    while (running_.size() > 0) co_await bell_->wait(Deadline::max());
}

// One line when the database goes away, one when it is back.
void Dispatcher::note_database(const Result<void>& result) {
    if (result.has_value() == database_up_) return;
    database_up_ = result.has_value();
    if (result) return log_line(LogLevel::info, "queue is reachable again");
    log_line(LogLevel::error, "queue not reachable", {{"error", result.error().to_string()}});
}

}  // namespace godwit::scheduler
