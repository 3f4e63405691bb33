#include "scheduler/pg/executor.h"

#include <deque>
#include <thread>
#include <vector>

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "scheduler/pg/session.h"

namespace godwit::scheduler::pg {

namespace {

constexpr std::array<const char*, 4> lane_names{"queue", "ledger", "api", "import"};

struct Job {
    std::function<void(pqxx::work&)> work;
    std::move_only_function<void(Result<void>)> done;  // hops to the caller's executor by itself
};

// The threads of one lane and what waits for them.
class LaneThreads {
public:
    LaneThreads(const ExecutorOptions& options, std::string name, unsigned count)
        : options_(options), name_(std::move(name)) {
        for (unsigned i = 0; i < count; ++i)
            threads_.emplace_back([this](std::stop_token stop) { serve(stop); });
    }

    ~LaneThreads() {
        for (auto& thread : threads_) thread.request_stop();
        threads_.clear();
        for (auto& job : jobs_)
            job.done(fail(ErrorKind::cancelled, Reach::node, "the database is being closed"));
    }

    void add(Job job) {
        std::unique_lock lock(mutex_);
        if (jobs_.size() >= options_.queue_length) {
            lock.unlock();
            job.done(fail(ErrorKind::database, Reach::node, "busy: the " + name_ + " queue is full"));
            return;
        }
        jobs_.push_back(std::move(job));
        lock.unlock();
        added_.notify_one();
    }

private:
    void serve(std::stop_token stop) {
        Session session(options_, name_);
        while (auto job = next(stop)) job->done(session.run(job->work, stop));
    }

    std::optional<Job> next(std::stop_token stop) {
        std::unique_lock lock(mutex_);
        added_.wait(lock, stop, [this] { return !jobs_.empty(); });
        if (stop.stop_requested()) return std::nullopt;
        Job job = std::move(jobs_.front());
        jobs_.pop_front();
        return job;
    }

    const ExecutorOptions& options_;
    const std::string name_;
    std::mutex mutex_;
    std::condition_variable_any added_;
    std::deque<Job> jobs_;
    std::vector<std::jthread> threads_;  // last: they use the rest
};

}  // namespace

struct Executor::Impl {
    ExecutorOptions options;
    std::array<std::unique_ptr<LaneThreads>, 4> lanes;
};

Executor::Executor(ExecutorOptions options) : impl_(std::make_unique<Impl>()) {
    impl_->options = std::move(options);
    for (std::size_t i = 0; i < impl_->lanes.size(); ++i)
        impl_->lanes[i] = std::make_unique<LaneThreads>(impl_->options, lane_names[i],
                                                        std::max(1u, impl_->options.threads[i]));
}

Executor::~Executor() = default;

Awaitable<Result<void>> Executor::run_erased(Lane lane, std::function<void(pqxx::work&)> work) {
    auto initiate = [](auto handler, LaneThreads* threads, std::function<void(pqxx::work&)> job_work) {
        auto executor = asio::get_associated_executor(handler);
        auto work = asio::prefer(executor, asio::execution::outstanding_work.tracked);
        // The work is given back on the caller's executor, not by the thread that is done with it.
        auto done = [handler = std::move(handler), executor, work = std::move(work)](Result<void> result) mutable {
            asio::post(executor, [handler = std::move(handler), work = std::move(work),
                                  result = std::move(result)]() mutable { std::move(handler)(std::move(result)); });
        };
        threads->add(Job{std::move(job_work), std::move(done)});
    };
    auto* threads = impl_->lanes[static_cast<std::size_t>(lane)].get();
    co_return co_await asio::async_initiate<const asio::use_awaitable_t<>, void(Result<void>)>(
        std::move(initiate), asio::use_awaitable, threads, std::move(work));
}

}  // namespace godwit::scheduler::pg
