#include "tools/godwit/sync_exit_code.h"

#include <gtest/gtest.h>

namespace godwit::cli {
namespace {

sync::SyncReport failed(ErrorKind kind, std::string context, std::uint64_t folders, Reach reach = Reach::host) {
    sync::SyncReport report;
    report.error = Error{kind, reach, "words of the server", std::move(context)};
    report.counters.folders_total = folders;
    return report;
}

// A pass that came to its end, with issues of these kinds.
sync::SyncReport ended(std::initializer_list<std::pair<ErrorKind, const char*>> issues) {
    sync::SyncReport report;
    report.counters.folders_total = 1;
    report.counters.messages_failed = issues.size();
    for (const auto& [kind, words] : issues)
        report.add_issue({.kind = kind, .reach = Reach::message, .folder = "INBOX", .uid = 1, .size = 1, .detail = words});
    return report;
}

TEST(SyncExitCode, CompleteIsOk) {
    EXPECT_EQ(exit_code_of(sync::SyncReport()), ExitCode::ok);
    auto remarks = ended({{ErrorKind::flags_refused, ""}, {ErrorKind::folder_renamed, ""}});
    remarks.counters.messages_failed = 0;
    EXPECT_EQ(exit_code_of(remarks), ExitCode::ok);
}

TEST(SyncExitCode, WhatAnUndoPassHadToLeave) {
    sync::SyncReport report;
    report.kind = sync::PassKind::undo;
    report.findings[static_cast<std::size_t>(sync::FindingKind::removed)] = 7;
    EXPECT_EQ(exit_code_of(report), ExitCode::ok);
    report.findings[static_cast<std::size_t>(sync::FindingKind::left)] = 1;
    EXPECT_EQ(exit_code_of(report), ExitCode::incomplete);
}

TEST(SyncExitCode, ErrorsThatEndedThePass) {
    using enum ErrorKind;
    const auto code = [](ErrorKind kind, std::string context, std::uint64_t folders) {
        return exit_code_of(failed(kind, std::move(context), folders));
    };
    EXPECT_EQ(code(auth_failed, "source a:993", 0), ExitCode::source_sign_in);
    EXPECT_EQ(code(auth_failed, "destination b:993", 0), ExitCode::destination_sign_in);
    EXPECT_EQ(code(dns, "source a:993", 0), ExitCode::source_unreachable);
    EXPECT_EQ(code(timeout, "destination b:993", 0), ExitCode::destination_unreachable);
    EXPECT_EQ(code(tls_verify, "destination b:993, connecting", 0), ExitCode::tls);
    EXPECT_EQ(code(connection_lost, "source a:993", 3), ExitCode::incomplete);
    EXPECT_EQ(code(over_quota, "", 3), ExitCode::over_quota);
    EXPECT_EQ(code(byte_limit, "", 3), ExitCode::byte_limit);
    EXPECT_EQ(exit_code_of(failed(folder_missing, "subfolder1", 0, Reach::account)), ExitCode::no_folder);
    EXPECT_EQ(exit_code_of(failed(folder_missing, "folders", 3, Reach::account)), ExitCode::no_folder) << "of --strictfolders";
    EXPECT_EQ(exit_code_of(failed(folder_missing, "source a:993", 3, Reach::folder)), ExitCode::incomplete);
    EXPECT_EQ(code(cancelled, "", 3), ExitCode::interrupted);
    EXPECT_EQ(code(invalid_argument, "", 0), ExitCode::usage);
    EXPECT_EQ(code(source_is_destination, "", 0), ExitCode::usage);
    EXPECT_EQ(code(internal, "", 0), ExitCode::internal);
}

TEST(SyncExitCode, TheClassOfMostOfWhatWasNotCopied) {
    using enum ErrorKind;
    EXPECT_EQ(exit_code_of(ended({{message_rejected, "NO no"}})), ExitCode::append);
    EXPECT_EQ(exit_code_of(ended({{message_rejected, "NO Virus found"}})), ExitCode::virus);
    EXPECT_EQ(exit_code_of(ended({{message_gone, ""}, {message_too_big, ""}, {message_corrupt, ""}})), ExitCode::fetch);
    EXPECT_EQ(exit_code_of(ended({{folder_create, ""}})), ExitCode::create);
    EXPECT_EQ(exit_code_of(ended({{folder_select, ""}})), ExitCode::select);
    EXPECT_EQ(exit_code_of(ended({{protocol_error, ""}})), ExitCode::errors);
    EXPECT_EQ(exit_code_of(ended({{flags_refused, ""}, {flags_refused, ""}, {message_gone, ""}})), ExitCode::fetch)
        << "remarks do not count";
    EXPECT_EQ(exit_code_of(ended({{message_gone, ""}, {message_rejected, ""}})), ExitCode::append) << "of two the lower";
}

TEST(SyncExitCode, TheClassOfMostOfWhatAVerifyPassHasFound) {
    using enum sync::FindingKind;
    const auto code = [](std::initializer_list<sync::FindingKind> kinds) {
        sync::SyncReport report;
        report.kind = sync::PassKind::verify;
        for (const auto kind : kinds) ++report.findings[static_cast<std::size_t>(kind)];
        return exit_code_of(report);
    };
    EXPECT_EQ(code({skipped, extra, extra}), ExitCode::ok) << "no faults";
    EXPECT_EQ(code({altered, extra, extra}), ExitCode::errors);
    EXPECT_EQ(code({missing, refused, filtered}), ExitCode::append);
    EXPECT_EQ(code({unreadable}), ExitCode::fetch);
    EXPECT_EQ(code({folder_missing}), ExitCode::create);
    EXPECT_EQ(code({folder_missing, missing, missing}), ExitCode::errors);
}

}  // namespace
}  // namespace godwit::cli
