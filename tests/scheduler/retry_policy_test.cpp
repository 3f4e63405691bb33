#include "scheduler/retry_policy.h"

#include <gtest/gtest.h>

#include <map>

namespace godwit::scheduler {
namespace {

using Outcome = PassOutcome::Result;
using std::chrono::milliseconds;
using namespace std::chrono_literals;

const RetryLimits limits;

sync::SyncReport report_with(ErrorKind kind, std::string cause = "no", Reach reach = Reach::account) {
    sync::SyncReport report;
    report.error = Error{kind, reach, std::move(cause)};
    report.counters.messages_copied = 7;
    return report;
}

// The whole table, written a second time.
const std::map<ErrorKind, RetryRule> table = [] {
    using enum ErrorKind;
    using enum RetryRule;
    return std::map<ErrorKind, RetryRule>{
        {dns, backoff},
        {connect_timeout, backoff},
        {connection_refused, backoff},
        {connection_lost, backoff},
        {tls_handshake, backoff},
        {server_bye, backoff},
        {timeout, backoff},
        {protocol_error, backoff},
        {command_refused, backoff},
        {limit_exceeded, backoff},
        {uidvalidity_changed, backoff},
        {folder_missing, backoff},
        {folder_create, backoff},
        {folder_select, backoff},
        {message_too_big, backoff},
        {message_rejected, backoff},
        {message_gone, backoff},
        {message_corrupt, backoff},
        {late_duplicate, backoff},
        {accepted_then_removed, backoff},
        {removed_at_destination, backoff},
        {flags_refused, backoff},
        {date_refused, backoff},
        {folder_renamed, backoff},
        {search_refused, backoff},
        {byte_limit, backoff},
        {not_found, backoff},
        {conflict, backoff},
        {internal, backoff},
        {throttled, throttle},
        {too_many_connections, throttle},
        {destination_busy, throttle},
        {database, ours},
        {disk_full, ours},
        {auth_failed, sign_in},
        {auth_expired, sign_in},
        {address_denied, park},
        {tls_verify, park},
        {tls_unavailable, park},
        {auth_unavailable, park},
        {over_quota, park},
        {identity_mismatch, park},
        {source_is_destination, park},
        {secret_unreadable, park},
        {invalid_argument, park},
        {lease_lost, interrupt},
        {cancelled, interrupt},
    };
}();

// Every enumerator: the names end where name_of falls back.
std::vector<ErrorKind> all_kinds() {
    std::vector<ErrorKind> kinds;
    for (int i = 0;; ++i) {
        const auto kind = static_cast<ErrorKind>(i);
        if (error_kind_of(name_of(kind)) != kind) return kinds;
        kinds.push_back(kind);
    }
}

TEST(RetryPolicy, EveryKindHasItsRule) {
    const auto kinds = all_kinds();
    EXPECT_EQ(kinds.size(), table.size());
    EXPECT_EQ(kinds.back(), ErrorKind::internal);
    for (const auto kind : kinds) {
        ASSERT_TRUE(table.contains(kind)) << name_of(kind);
        EXPECT_EQ(rule_of(kind), table.at(kind)) << name_of(kind);
    }
}

TEST(RetryPolicy, EveryKindHasADecisionAtEveryAttempt) {
    for (const auto kind : all_kinds())
        for (const int attempt : {1, 2, 11, 12, 13, 1000})
            for (const double random : {0.0, 0.5, 0.999999}) {
                const auto outcome = decide(limits, report_with(kind), attempt, random);
                EXPECT_NE(outcome.result, Outcome::succeeded) << name_of(kind);
                EXPECT_NE(outcome.result, Outcome::cancelled) << name_of(kind);
                ASSERT_TRUE(outcome.error);
                EXPECT_EQ(outcome.error->kind, kind);
                EXPECT_EQ(outcome.report.counters.messages_copied, 7u);
                if (outcome.result == Outcome::retried) {
                    EXPECT_GE(outcome.delay, 5s) << name_of(kind);
                    EXPECT_LE(outcome.delay, 30min) << name_of(kind);
                } else {
                    EXPECT_EQ(outcome.delay, 0s) << name_of(kind);
                }
            }
}

TEST(RetryPolicy, SuccessAndIssues) {
    sync::SyncReport report;
    report.folders.resize(3);
    EXPECT_EQ(decide(limits, report, 1, 0).result, Outcome::succeeded);
    report.counters.messages_failed = 2;
    report.add_issue({.kind = ErrorKind::message_rejected});
    ASSERT_FALSE(report.complete());
    const auto outcome = decide(limits, report, 12, 0);
    EXPECT_EQ(outcome.result, Outcome::succeeded);
    EXPECT_FALSE(outcome.error);
    EXPECT_EQ(outcome.report.issues.size(), 1u);
}

TEST(RetryPolicy, NetworkTroubleBacksOffAndThenFails) {
    milliseconds longest{0};
    for (int attempt = 1; attempt < 12; ++attempt) {
        const auto least = decide(limits, report_with(ErrorKind::connection_lost), attempt, 0);
        const auto most = decide(limits, report_with(ErrorKind::connection_lost), attempt, 0.999999);
        EXPECT_EQ(least.result, Outcome::retried);
        EXPECT_TRUE(least.costs_attempt);
        EXPECT_EQ(least.delay, 5s);
        EXPECT_GE(most.delay, longest);
        longest = most.delay;
    }
    EXPECT_GT(longest, 29min);
    EXPECT_EQ(decide(limits, report_with(ErrorKind::connection_lost), 1, 0.5).delay, 7500ms);
    EXPECT_EQ(decide(limits, report_with(ErrorKind::connection_lost), 12, 0).result, Outcome::failed);
}

TEST(RetryPolicy, ThrottlesCostNoAttempt) {
    for (const auto kind :
         {ErrorKind::throttled, ErrorKind::too_many_connections, ErrorKind::destination_busy}) {
        const auto outcome = decide(limits, report_with(kind), 12, 0);
        EXPECT_EQ(outcome.result, Outcome::retried);
        EXPECT_FALSE(outcome.costs_attempt);
        EXPECT_EQ(outcome.delay, 30s);
        EXPECT_LT(decide(limits, report_with(kind), 12, 0.999999).delay, 120s);
    }
}

TEST(RetryPolicy, OurOwnTroubleCostsNoAttemptAndLittleTime) {
    for (const auto kind : {ErrorKind::database, ErrorKind::disk_full}) {
        const auto outcome = decide(limits, report_with(kind), 12, 0);
        EXPECT_EQ(outcome.result, Outcome::retried);
        EXPECT_FALSE(outcome.costs_attempt);
        EXPECT_EQ(outcome.delay, 5s);
        EXPECT_LE(decide(limits, report_with(kind), 12, 0.999999).delay, 20s);
    }
}

TEST(RetryPolicy, AThrottleWaitsAsLongAsTheServerAsks) {
    const auto wait = [](std::string cause) {
        return decide(limits, report_with(ErrorKind::throttled, std::move(cause)), 1, 0).delay;
    };
    EXPECT_EQ(wait("Request is throttled. Suggested Backoff Time: 299910 milliseconds"), 299910ms);
    EXPECT_EQ(wait("Suggested Backoff Time: 4000000000 milliseconds"), 30min);
    EXPECT_EQ(wait("Suggested Backoff Time: 99999999999999999999 milliseconds"), 30s);
    EXPECT_EQ(wait("Suggested Backoff Time: -5"), 30s);
    EXPECT_EQ(wait("Suggested Backoff Time: "), 30s);
    EXPECT_EQ(wait("Suggested Backoff Time: 1"), 30s);
}

TEST(RetryPolicy, ARefusedPasswordIsTriedOnceMore) {
    const auto first = decide(limits, report_with(ErrorKind::auth_failed), 1, 0);
    EXPECT_EQ(first.result, Outcome::retried);
    EXPECT_EQ(first.delay, 10min);
    EXPECT_LT(decide(limits, report_with(ErrorKind::auth_failed), 1, 0.999999).delay, 13min);
    EXPECT_EQ(decide(limits, report_with(ErrorKind::auth_failed), 2, 0).result, Outcome::parked);
    EXPECT_EQ(decide(limits, report_with(ErrorKind::auth_failed), 7, 0).result, Outcome::parked);
}

TEST(RetryPolicy, InterruptionsAreReadyAtOnce) {
    for (const auto kind : {ErrorKind::cancelled, ErrorKind::lease_lost}) {
        const auto outcome = decide(limits, report_with(kind), 12, 0.5);
        EXPECT_EQ(outcome.result, Outcome::interrupted);
        EXPECT_EQ(outcome.delay, 0s);
    }
}

TEST(RetryPolicy, APreflightIsTriedOnce) {
    for (const auto kind : all_kinds()) {
        auto report = report_with(kind);
        report.kind = sync::PassKind::preflight;
        const auto outcome = decide(limits, std::move(report), 1, 0.5);
        EXPECT_EQ(outcome.result,
                  table.at(kind) == RetryRule::interrupt ? Outcome::interrupted : Outcome::failed)
            << name_of(kind);
        EXPECT_EQ(outcome.error->kind, kind);
    }
    sync::SyncReport report;
    report.kind = sync::PassKind::preflight;
    report.folders.resize(1);
    report.folders[0].error = Error{ErrorKind::conflict, Reach::folder, "taken"};
    EXPECT_EQ(decide(limits, std::move(report), 1, 0).result, Outcome::succeeded);
}

TEST(RetryPolicy, WhatVerifyAndUndoPassesMeetIsJudgedAsWhatOthersMeet) {
    for (const auto pass : {sync::PassKind::verify, sync::PassKind::undo})
        for (const auto kind : all_kinds()) {
            auto report = report_with(kind);
            const auto expected = decide(limits, report, 1, 0.5);
            report.kind = pass;
            const auto outcome = decide(limits, std::move(report), 1, 0.5);
            EXPECT_EQ(outcome.result, expected.result) << name_of(kind);
            EXPECT_EQ(outcome.delay, expected.delay) << name_of(kind);
        }
    sync::SyncReport report;
    report.kind = sync::PassKind::verify;
    report.findings[static_cast<std::size_t>(sync::FindingKind::missing)] = 3;
    EXPECT_EQ(decide(limits, std::move(report), 1, 0).result, Outcome::succeeded);
}

sync::SyncReport report_with_folders(std::vector<Error> errors) {
    sync::SyncReport report;
    report.folders.resize(1);
    for (auto& error : errors) report.folders.emplace_back().error = std::move(error);
    return report;
}

TEST(RetryPolicy, FoldersThatWereNotFinishedAreRetriedAndThenFail) {
    for (const auto kind : {ErrorKind::folder_select, ErrorKind::invalid_argument, ErrorKind::over_quota}) {
        const auto report = report_with_folders({{kind, Reach::folder, "no"}});
        EXPECT_EQ(decide(limits, report, 1, 0).result, Outcome::retried) << name_of(kind);
        const auto last = decide(limits, report, 12, 0);
        EXPECT_EQ(last.result, Outcome::failed) << name_of(kind);
        EXPECT_EQ(last.error->kind, kind);
    }
}

TEST(RetryPolicy, TheWidestErrorOfAFolderDecides) {
    const auto outcome = decide(limits,
                                report_with_folders({{ErrorKind::folder_create, Reach::folder, "a"},
                                                     {ErrorKind::over_quota, Reach::account, "b"},
                                                     {ErrorKind::folder_select, Reach::folder, "c"}}),
                                1, 0);
    EXPECT_EQ(outcome.result, Outcome::parked);
    EXPECT_EQ(outcome.error->cause, "b");
    const auto throttled =
        decide(limits, report_with_folders({{ErrorKind::throttled, Reach::folder, "x"}}), 12, 0);
    EXPECT_EQ(throttled.result, Outcome::retried);
    EXPECT_FALSE(throttled.costs_attempt);
}

TEST(RetryPolicy, TheErrorOfThePassComesBeforeThoseOfFolders) {
    auto report = report_with_folders({{ErrorKind::folder_select, Reach::folder, "a"}});
    report.error = Error{ErrorKind::cancelled, Reach::account, "stopped"};
    EXPECT_EQ(decide(limits, report, 1, 0).result, Outcome::interrupted);
}

TEST(RetryPolicy, SmallAndContradictoryLimits) {
    const RetryLimits small{.attempts = 1,
                            .backoff_base = 0ms,
                            .backoff_cap = 0ms,
                            .auth_retry = 0ms,
                            .auth_attempts = 1,
                            .throttle_base = 0ms};
    EXPECT_EQ(decide(small, report_with(ErrorKind::dns), 1, 0.5).result, Outcome::failed);
    EXPECT_EQ(decide(small, report_with(ErrorKind::auth_failed), 1, 0.5).result, Outcome::parked);
    EXPECT_EQ(decide(small, report_with(ErrorKind::throttled), 1, 0.5).delay, 0ms);
    const RetryLimits crossed{.attempts = 3, .backoff_base = 10ms, .backoff_cap = 4ms};
    EXPECT_EQ(decide(crossed, report_with(ErrorKind::dns), 2, 0.5).delay, 4ms);
}

}  // namespace
}  // namespace godwit::scheduler
