#include "scheduler/worker.h"

#include <random>

#include <boost/asio/this_coro.hpp>

#include "engine/base/log.h"

namespace godwit::scheduler {
namespace {

double random_fraction() {
    thread_local std::mt19937_64 engine{std::random_device{}()};
    return std::uniform_real_distribution<double>(0, 1)(engine);
}

sync::SyncReport failed_report(const ClaimedPass& pass, Error error) {
    sync::SyncReport report;
    report.kind = pass.kind;
    report.error = std::move(error);
    return report;
}

void log_start(const ClaimedPass& pass) {
    log_line(LogLevel::info, "pass started",
             {{"migration", pass.migration.value},
              {"pass", pass.id.value},
              {"kind", std::string(sync::name_of(pass.kind))},
              {"attempt", std::to_string(pass.attempt)},
              {"source", host_key(pass.source.host, pass.source.port)},
              {"destination", host_key(pass.destination.host, pass.destination.port)}});
}

void log_end(const ClaimedPass& pass, const PassOutcome& outcome, std::chrono::duration<double> lasted) {
    using enum PassOutcome::Result;
    const bool wanted =
        outcome.result == succeeded || outcome.result == interrupted || outcome.result == cancelled;
    const auto& counters = outcome.report.counters;
    log_line(wanted ? LogLevel::info : LogLevel::warn, "pass finished",
             {{"migration", pass.migration.value},
              {"pass", pass.id.value},
              {"result", std::string(name_of(outcome.result))},
              {"seconds", fmt::format("{:.3f}", lasted.count())},
              {"messages", std::to_string(counters.messages_total)},
              {"copied", std::to_string(counters.messages_copied)},
              {"matched", std::to_string(counters.messages_matched)},
              {"failed", std::to_string(counters.messages_failed)},
              {"bytes", std::to_string(counters.bytes_copied)},
              {"issues", std::to_string(outcome.report.issues_total)},
              {"faults", is_reported(pass.kind) ? std::to_string(outcome.report.faults()) : ""},
              {"retry_in", outcome.result == retried ? fmt::format("{}ms", outcome.delay.count()) : ""},
              {"error", outcome.error ? outcome.error->to_string() : ""}});
}

}  // namespace

Worker::Worker(WorkerParts parts, WorkerSettings settings)
    : parts_(std::move(parts)), settings_(std::move(settings)) {}

void Worker::configure(WorkerSettings settings) {
    const std::lock_guard lock(mutex_);
    settings_ = std::move(settings);
}

WorkerSettings Worker::settings() const {
    const std::lock_guard lock(mutex_);
    return settings_;
}

Result<sync::AccountSpec> Worker::open(const ClaimedPass& pass, sync::Side side,
                                       const WorkerSettings& settings) const {
    const Account& account = side == sync::Side::source ? pass.source : pass.destination;
    auto password =
        parts_.credentials.open(account.password, secret_place(pass.tenant, pass.migration, side));
    if (!password) return pass_on(password.error(), fmt::format("opening the {} password", name_of(side)));
    sync::AccountSpec spec;
    spec.endpoint.host = account.host;
    spec.endpoint.port = account.port;
    spec.endpoint.tls = account.tls;
    spec.endpoint.verify = account.verify;
    spec.endpoint.ca_file = account.ca_file.empty() ? settings.ca_file : account.ca_file;
    spec.endpoint.connect_to = account.connect_to;
    spec.user = account.user;
    spec.password = std::move(*password);
    spec.auth_user = account.auth_user;
    return spec;
}

Result<sync::SyncRequest> Worker::request_of(const ClaimedPass& pass, const WorkerSettings& settings) const {
    // An undo has no business at the source.
    sync::AccountSpec source;
    if (pass.kind != sync::PassKind::undo) {
        GODWIT_TRY(opened, open(pass, sync::Side::source, settings));
        source = std::move(opened);
    }
    GODWIT_TRY(destination, open(pass, sync::Side::destination, settings));
    sync::SyncRequest request;
    request.migration_id = pass.migration.value;
    request.kind = pass.kind;
    request.source = std::move(source);
    request.destination = std::move(destination);
    request.options = pass.options;
    request.limits = settings.limits;
    return request;
}

Awaitable<sync::SyncReport> Worker::transfer(const NodeId& node, const ClaimedPass& pass,
                                             const PassStop& stop, const WorkerSettings& settings) {
    const auto request = request_of(pass, settings);
    if (!request) co_return failed_report(pass, request.error());
    const auto ledger = parts_.store.ledger(node, pass);
    const auto progress = parts_.progress.watch(pass.migration, pass.generation);
    const auto observer = parts_.hooks.observe(pass, *progress);
    RunContext context{
        co_await asio::this_coro::executor,    parts_.clock, stop.drain, stop.stop, pass.migration.value,
        [&stop] { return stop.holds_lease(); }, &parts_.budget};
    co_return co_await parts_.runner(context, parts_.dialer, *request, *ledger,
                                     observer ? *observer : *progress);
}

Awaitable<bool> Worker::run(NodeId node, ClaimedPass pass, PassStop stop) {
    const WorkerSettings settings = this->settings();
    const auto began = parts_.clock.now();
    log_start(pass);
    parts_.hooks.on_pass_started(pass);
    sync::SyncReport report;
    try {
        report = co_await transfer(node, pass, stop, settings);
    } catch (const std::exception& e) {
        report = failed_report(
            pass, Error{ErrorKind::internal, Reach::account, printable(e.what()), "running a pass"});
    }
    const auto lasted = parts_.clock.now() - began;
    const PassOutcome outcome = decide(settings.retry, std::move(report), pass.attempt, random_fraction());
    log_end(pass, outcome, lasted);
    parts_.hooks.on_pass_finished(pass, outcome, lasted);
    // A stale generation writes nothing; the pass has another owner or will be reclaimed.
    if (outcome.error && outcome.error->kind == ErrorKind::lease_lost) co_return false;
    co_return co_await finish(node, pass, outcome, stop, settings);
}

Awaitable<bool> Worker::finish(const NodeId& node, const ClaimedPass& pass, const PassOutcome& outcome,
                               const PassStop& stop, const WorkerSettings& settings) {
    auto wait = settings.finish_retry;
    while (stop.holds_lease()) {
        const auto stored = co_await parts_.store.finish(node, pass, outcome);
        if (stored) co_return true;
        if (stored.error().kind == ErrorKind::lease_lost) co_return false;
        const bool again = stored.error().kind == ErrorKind::database && !stop.stop.stop_requested();
        log_line(LogLevel::warn, "outcome not stored",
                 {{"migration", pass.migration.value},
                  {"pass", pass.id.value},
                  {"error", stored.error().to_string()},
                  {"again", again ? "yes" : "no"}});
        if (!again) co_return false;
        co_await sleep_for(wait, stop.stop);
        wait = std::min(wait * 2, settings.finish_retry_cap);
    }
    co_return false;
}

}  // namespace godwit::scheduler
