#include "tools/godwit/sync_view.h"

#include <sstream>

#include <gtest/gtest.h>

namespace godwit::cli {

namespace {

class StillClock final : public Clock {
public:
    SteadyTime now() const override { return time; }
    WallTime wall() const override { return {}; }
    SteadyTime time{};
};

sync::SyncReport finished() {
    sync::SyncReport report;
    report.seconds = 12.2;
    sync::FolderReport inbox{"INBOX", "INBOX", {}, {}}, sent{"Sent Items", "Sent", {}, {}};
    inbox.counters.messages_total = 1234;
    inbox.counters.messages_matched = 1000;
    inbox.counters.messages_copied = 234;
    inbox.counters.bytes_copied = 5 << 20;
    sent.counters.messages_total = 10;
    sent.counters.messages_skipped = 1;
    sent.counters.messages_copied = 9;
    sent.counters.bytes_copied = 1000;
    report.folders = {inbox, sent};
    report.counters = inbox.counters;
    report.counters += sent.counters;
    report.counters.folders_total = report.counters.folders_done = 2;
    return report;
}

Error error_at(ErrorKind kind, std::string context) {
    return {kind, Reach::host, "words of the server", std::move(context)};
}

}  // namespace

TEST(SyncView, SummaryOfACompleteCopy) {
    EXPECT_EQ(summary_of(finished(), {}),
              "FOLDER      TO    MESSAGES  THERE  COPIED  SKIPPED  FAILED  COPIED BYTES\n"
              "INBOX       =        1,234  1,000     234        0       0       5.0 MiB\n"
              "Sent Items  Sent        10      0       9        1       0        1000 B\n"
              "\n"
              "Copied 243 messages (5.0 MiB) in 12 s; 1,000 were there already; 1 left out "
              "(19.9 messages/s, 419.8 KiB/s).\n"
              "Complete: everything selected is on the destination.\n");
}

TEST(SyncView, SummaryWithIssues) {
    auto report = finished();
    report.counters.messages_failed = 2;
    report.add_issue(
        {ErrorKind::message_too_big, Reach::message, "INBOX", 17, 40 << 20, "NO [TOOBIG] too \x1b[31mbig"});
    report.add_issue({ErrorKind::folder_create, Reach::folder, "Odd", 0, 0, ""});
    report.add_issue({ErrorKind::message_rejected, Reach::message, "INBOX", 18, 1, "no"});
    const auto text = summary_of(report, {}, 2);
    EXPECT_TRUE(
        text.contains("3 issues:\n"
                      "  INBOX, message 17 (40.0 MiB): message_too_big: NO [TOOBIG] too  [31mbig\n"
                      "  Odd: folder_create\n"
                      "  and 1 more"))
        << text;
    EXPECT_TRUE(text.ends_with("Not complete: see above.\n")) << text;
}

TEST(SyncView, SummaryOfWhatNeverBegan) {
    sync::SyncReport report;
    report.error = error_at(ErrorKind::auth_failed, "source old:993");
    EXPECT_EQ(summary_of(report, {}), "Not finished: source old:993: words of the server (auth_failed)\n");
}

TEST(SyncView, DryRunsAndPreflight) {
    auto report = finished();
    report.counters.messages_copied = 0;
    sync::SyncOptions options;
    options.dry = true;
    EXPECT_TRUE(summary_of(report, options)
                    .contains("of 1,244 messages, 243 would be copied, 1,000 are there already, 1 left out"))
        << summary_of(report, options);
    report.folders.clear();
    report.kind = sync::PassKind::preflight;
    EXPECT_EQ(summary_of(report, {}),
              "Signed in on both sides: 2 folders selected, in 12 s.\nBoth accounts can be used.\n");
}

TEST(SyncView, AFolderThatWasNotFinishedIsNotComplete) {
    auto report = finished();
    report.folders[1].error = Error{ErrorKind::folder_select, Reach::folder, "NO not now", "SELECT"};
    EXPECT_TRUE(summary_of(report, {}).contains("not finished: SELECT: NO not now (folder_select)"));
}

TEST(SyncView, ProgressOnATerminalIsDrawnInPlace) {
    std::ostringstream out, err;
    Console console{out, err, true, true, 60};
    StillClock clock;
    SyncProgress progress(console, clock);
    progress.on_stage(sync::Stage::connect);
    EXPECT_EQ(err.str(), "signing in on both sides …\x1b[K\n\x1b[J");
    err.str("");
    progress.on_stage(sync::Stage::transfer);
    sync::Counters counters;
    counters.folders_total = 2;
    counters.messages_total = 10;
    counters.messages_copied = 10;
    progress.on_progress(counters);  // too soon
    EXPECT_FALSE(err.str().contains("10 of 10"));
    err.str("");
    clock.time += std::chrono::milliseconds(100);
    progress.on_progress(counters);
    EXPECT_EQ(err.str(), "\x1b[1A\r[##########..........]  50 %  10 of 10 messages  0 B\x1b[K\n\x1b[J");
    err.str("");
    progress.end();
    EXPECT_EQ(err.str(), "\x1b[1A\r\x1b[J");
    EXPECT_EQ(out.str(), "");
}

TEST(SyncView, ProgressElsewhereIsALineNowAndThen) {
    std::ostringstream out, err;
    Console console{out, err, false, false, 80};
    StillClock clock;
    SyncProgress progress(console, clock);
    progress.on_stage(sync::Stage::connect);
    progress.on_stage(sync::Stage::transfer);
    EXPECT_EQ(err.str(), "");
    clock.time += std::chrono::seconds(30);
    progress.on_wire(sync::Side::source, 1, 1);
    progress.on_wire(sync::Side::source, 1, 1);
    EXPECT_EQ(err.str(), "[....................]   0 %  0 of 0 messages  0 B\n");
    progress.end();
    EXPECT_FALSE(err.str().contains('\x1b'));
}

}  // namespace godwit::cli
