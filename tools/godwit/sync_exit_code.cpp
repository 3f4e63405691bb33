#include "tools/godwit/sync_exit_code.h"

#include <algorithm>
#include <map>

#include "engine/base/text.h"

namespace godwit::cli {

namespace {

using sync::SyncReport;

bool is_about_reaching(ErrorKind kind) {
    using enum ErrorKind;
    constexpr std::array kinds{dns,          address_denied, connect_timeout,      connection_refused, connection_lost,
                               server_bye, timeout,        too_many_connections, throttled};
    return std::ranges::find(kinds, kind) != kinds.end();
}

bool is_about_tls(ErrorKind kind) {
    return kind == ErrorKind::tls_handshake || kind == ErrorKind::tls_verify || kind == ErrorKind::tls_unavailable;
}

bool is_about_signing_in(ErrorKind kind) {
    return kind == ErrorKind::auth_failed || kind == ErrorKind::auth_expired || kind == ErrorKind::auth_unavailable;
}

// Nothing is missing for these.
bool is_a_remark(ErrorKind kind) {
    using enum ErrorKind;
    constexpr std::array kinds{late_duplicate, removed_at_destination, flags_refused, date_refused, folder_renamed};
    return std::ranges::find(kinds, kind) != kinds.end();
}

bool names_a_virus(std::string_view words) {
    const auto text = lower_case(words);
    return text.contains("virus") || text.contains("infected") || text.contains("malware");
}

ExitCode class_of(const sync::Issue& issue) {
    switch (issue.kind) {
        case ErrorKind::over_quota: return ExitCode::over_quota;
        case ErrorKind::message_too_big:
        case ErrorKind::message_rejected:
        case ErrorKind::accepted_then_removed:
            return names_a_virus(issue.detail) ? ExitCode::virus : ExitCode::append;
        case ErrorKind::message_gone:
        case ErrorKind::message_corrupt: return ExitCode::fetch;
        case ErrorKind::folder_create: return ExitCode::create;
        case ErrorKind::folder_select:
        case ErrorKind::folder_missing:
        case ErrorKind::uidvalidity_changed: return ExitCode::select;
        default: return ExitCode::errors;
    }
}

// Of what a verify pass has found.
ExitCode class_of(sync::FindingKind kind) {
    using enum sync::FindingKind;
    switch (kind) {
        case refused:
        case filtered: return ExitCode::append;
        case unreadable: return ExitCode::fetch;
        case folder_missing: return ExitCode::create;
        default: return ExitCode::errors;
    }
}

// The class of most of what is not there, or not as it should be; of equal ones the lowest.
ExitCode most_frequent_class(const SyncReport& report) {
    std::map<ExitCode, std::uint64_t> counts;
    for (std::size_t i = 0; i < report.findings.size(); ++i)
        if (const auto kind = static_cast<sync::FindingKind>(i); is_fault(kind) && report.findings[i] > 0)
            counts[class_of(kind)] += report.findings[i];
    for (const auto& issue : report.issues)
        if (!is_a_remark(issue.kind)) ++counts[class_of(issue)];
    const auto most = std::ranges::max_element(counts, {}, [](const auto& entry) { return entry.second; });
    return most == counts.end() ? ExitCode::errors : most->first;
}

ExitCode exit_code_of(const Error& error, bool started) {
    const bool source = error.context.starts_with(name_of(sync::Side::source));
    if (is_about_signing_in(error.kind)) return source ? ExitCode::source_sign_in : ExitCode::destination_sign_in;
    if (!started && is_about_tls(error.kind)) return ExitCode::tls;
    // Once folders were worked on, what counts is that not all of it arrived.
    if (!started && is_about_reaching(error.kind))
        return source ? ExitCode::source_unreachable : ExitCode::destination_unreachable;
    switch (error.kind) {
        case ErrorKind::cancelled: return ExitCode::interrupted;
        case ErrorKind::invalid_argument:
        case ErrorKind::source_is_destination: return ExitCode::usage;
        // Of the account: one that options name. Any other one went away meanwhile.
        case ErrorKind::folder_missing:
            return error.reach == Reach::account ? ExitCode::no_folder : ExitCode::incomplete;
        case ErrorKind::over_quota: return ExitCode::over_quota;
        case ErrorKind::byte_limit: return ExitCode::byte_limit;
        case ErrorKind::internal: return ExitCode::internal;
        default: return ExitCode::incomplete;
    }
}

}  // namespace

ExitCode exit_code_of(const SyncReport& report) {
    const bool left = report.kind == sync::PassKind::undo && report.findings[static_cast<std::size_t>(sync::FindingKind::left)] > 0;
    if (report.complete()) return left ? ExitCode::incomplete : ExitCode::ok;
    if (report.error) return exit_code_of(*report.error, report.counters.folders_total > 0);
    return most_frequent_class(report);
}

}  // namespace godwit::cli
