#include "scheduler/retry_policy.h"

#include <algorithm>
#include <charconv>

namespace godwit::scheduler {

namespace {

using std::chrono::milliseconds;
using Outcome = PassOutcome::Result;

milliseconds between(milliseconds least, milliseconds most, double random) {
    if (most <= least) return most;
    return least +
           milliseconds(static_cast<std::int64_t>(static_cast<double>((most - least).count()) * random));
}

// From backoff_base to twice that after the first attempt, with the upper end doubling up to backoff_cap.
milliseconds backoff(const RetryLimits& limits, int attempt, double random) {
    auto ceiling = limits.backoff_base;
    for (int i = 0; i < attempt && ceiling < limits.backoff_cap; ++i) ceiling *= 2;
    return between(limits.backoff_base, std::min(ceiling, limits.backoff_cap), random);
}

// Exchange says how long it wants to be left alone.
milliseconds suggested_wait(std::string_view cause) {
    constexpr std::string_view words = "Suggested Backoff Time: ";
    const auto at = cause.find(words);
    if (at == std::string_view::npos) return milliseconds{0};
    const auto number = cause.substr(at + words.size());
    std::uint32_t value = 0;
    const auto parsed = std::from_chars(number.data(), number.data() + number.size(), value);
    return parsed.ec == std::errc{} ? milliseconds{value} : milliseconds{0};
}

milliseconds throttle(const RetryLimits& limits, const Error& error, double random) {
    const auto wait = between(limits.throttle_base, limits.throttle_base * 4, random);
    return std::max(wait, std::min(suggested_wait(error.cause), limits.backoff_cap));
}

// Of all folders that were not finished, the error that takes down most.
std::optional<Error> folder_error(const sync::SyncReport& report) {
    const Error* widest = nullptr;
    for (const auto& folder : report.folders)
        if (folder.error && (!widest || folder.error->reach > widest->reach)) widest = &*folder.error;
    if (!widest) return std::nullopt;
    return *widest;
}

RetryRule rule_for(const Error& error, bool of_pass) {
    const auto rule = rule_of(error.kind);
    // What one folder or message refuses says nothing about the rest of the account.
    const bool small = error.reach == Reach::folder || error.reach == Reach::message;
    if (!of_pass && small && (rule == RetryRule::park || rule == RetryRule::sign_in))
        return RetryRule::backoff;
    return rule;
}

PassOutcome decide_preflight(sync::SyncReport report) {
    PassOutcome outcome;
    outcome.error = report.error;
    if (report.error)
        outcome.result =
            rule_of(report.error->kind) == RetryRule::interrupt ? Outcome::interrupted : Outcome::failed;
    outcome.report = std::move(report);
    return outcome;
}

}  // namespace

RetryRule rule_of(ErrorKind kind) {
    switch (kind) {
        case ErrorKind::dns:
        case ErrorKind::connect_timeout:
        case ErrorKind::connection_refused:
        case ErrorKind::connection_lost:
        case ErrorKind::tls_handshake:
        case ErrorKind::server_bye:
        case ErrorKind::timeout:
        case ErrorKind::message_too_big:
        case ErrorKind::message_rejected:
        case ErrorKind::message_gone:
        case ErrorKind::message_corrupt:
        case ErrorKind::late_duplicate:
        case ErrorKind::accepted_then_removed:
        case ErrorKind::removed_at_destination:
        case ErrorKind::flags_refused:
        case ErrorKind::date_refused:
        case ErrorKind::folder_renamed:
        case ErrorKind::search_refused:
        case ErrorKind::byte_limit:
        case ErrorKind::folder_missing:
        case ErrorKind::folder_create:
        case ErrorKind::folder_select:
        case ErrorKind::command_refused:
        case ErrorKind::protocol_error:
        case ErrorKind::limit_exceeded:
        case ErrorKind::uidvalidity_changed:
        case ErrorKind::not_found:
        case ErrorKind::conflict:
        case ErrorKind::internal: return RetryRule::backoff;

        case ErrorKind::throttled:
        case ErrorKind::too_many_connections:
        case ErrorKind::destination_busy: return RetryRule::throttle;

        case ErrorKind::database:
        case ErrorKind::disk_full: return RetryRule::ours;

        case ErrorKind::auth_failed:
        case ErrorKind::auth_expired: return RetryRule::sign_in;

        case ErrorKind::address_denied:
        case ErrorKind::tls_verify:
        case ErrorKind::tls_unavailable:
        case ErrorKind::auth_unavailable:
        case ErrorKind::over_quota:
        case ErrorKind::identity_mismatch:
        case ErrorKind::source_is_destination:
        case ErrorKind::secret_unreadable:
        case ErrorKind::invalid_argument: return RetryRule::park;

        case ErrorKind::lease_lost:
        case ErrorKind::cancelled: return RetryRule::interrupt;
    }
    return RetryRule::backoff;
}

PassOutcome decide(const RetryLimits& limits, sync::SyncReport report, int attempt, double random) {
    if (report.kind == sync::PassKind::preflight) return decide_preflight(std::move(report));
    PassOutcome outcome;
    outcome.error = report.error ? report.error : folder_error(report);
    const bool of_pass = report.error.has_value();
    outcome.report = std::move(report);
    if (!outcome.error) return outcome;

    switch (rule_for(*outcome.error, of_pass)) {
        case RetryRule::backoff:
            outcome.result = attempt < limits.attempts ? Outcome::retried : Outcome::failed;
            outcome.delay = backoff(limits, attempt, random);
            break;
        case RetryRule::throttle:
            outcome.result = Outcome::retried;
            outcome.delay = throttle(limits, *outcome.error, random);
            outcome.costs_attempt = false;
            break;
        case RetryRule::ours:
            outcome.result = Outcome::retried;
            outcome.delay = between(limits.backoff_base, limits.backoff_base * 4, random);
            outcome.costs_attempt = false;
            break;
        case RetryRule::sign_in:
            outcome.result = attempt < limits.auth_attempts ? Outcome::retried : Outcome::parked;
            // Spread a little, since a wrong list of passwords fails in all its rows at once.
            outcome.delay = between(limits.auth_retry, limits.auth_retry * 5 / 4, random);
            break;
        case RetryRule::park: outcome.result = Outcome::parked; break;
        case RetryRule::interrupt: outcome.result = Outcome::interrupted; break;
    }
    if (outcome.result != Outcome::retried) outcome.delay = milliseconds{0};
    return outcome;
}

}  // namespace godwit::scheduler
