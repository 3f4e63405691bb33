#include "tools/godwit/verify_view.h"

#include "tools/godwit/findings.h"

#include <gtest/gtest.h>

namespace godwit::cli {

namespace {

using enum sync::FindingKind;

sync::SyncReport verified(const std::deque<sync::Finding>& findings) {
    sync::SyncReport report;
    report.kind = sync::PassKind::verify;
    report.seconds = 2;
    sync::FolderReport inbox{"INBOX", "INBOX", {}, {}}, sent{"Sent Items", "Sent", {}, {}};
    inbox.counters.messages_total = 1234;
    inbox.counters.messages_verified = 1230;
    inbox.counters.messages_foreign = 1;
    sent.counters.messages_total = sent.counters.messages_verified = 10;
    report.folders = {inbox, sent};
    report.counters = inbox.counters;
    report.counters += sent.counters;
    report.counters.folders_total = report.counters.folders_done = 2;
    report.messages_digested = 50;
    report.set_digest = "abcdef";
    for (const auto& finding : findings) ++report.findings[static_cast<std::size_t>(finding.kind)];
    return report;
}

const std::deque<sync::Finding> some{
    {extra, "INBOX", "INBOX", 0, 7, 100, ""},
    {missing, "INBOX", "INBOX", 5, 0, 200, ""},
    {refused, "INBOX", "INBOX", 6, 0, 300, "message_rejected: NO \x1b[31mbad, \"really\""},
};

}  // namespace

TEST(VerifyView, SummaryWithFindings) {
    EXPECT_EQ(verify_summary(verified(some), some),
              "FOLDER      TO    MESSAGES  COMPARED  LEFT OUT  EXTRA\n"
              "INBOX       =        1,234     1,230         0      1\n"
              "Sent Items  Sent        10        10         0      0\n"
              "\n"
              "Faults: 1 missing, 1 refused\n"
              "No faults: 1 extra\n"
              "  INBOX, message 5: missing\n"
              "  INBOX, message 6: refused: message_rejected: NO  [31mbad, \"really\"\n"
              "  INBOX, message 7 there: extra\n"
              "\n"
              "Compared 1,240 of 1,244 messages in 2 s; octets of 50.\n"
              "Digest of all that was compared: abcdef\n"
              "Not as it should be: 2 faults.\n");
}

TEST(VerifyView, OnlyTheFirstFaultsAreListed) {
    const auto text = verify_summary(verified(some), some, 1);
    EXPECT_TRUE(text.contains("  INBOX, message 5: missing\n  and 2 more (--findings FILE names all)\n")) << text;
}

TEST(VerifyView, ACleanCopy) {
    const auto text = verify_summary(verified({}), {});
    EXPECT_TRUE(text.ends_with("Verified: everything selected is on the destination, as it should be.\n")) << text;
    EXPECT_FALSE(text.contains("Faults")) << text;
}

TEST(VerifyView, AnErrorIsNoVerdict) {
    auto report = verified({});
    report.error = Error{ErrorKind::connection_lost, Reach::account, "gone", "source a:993"};
    EXPECT_TRUE(verify_summary(report, {}).ends_with("Not finished: source a:993: gone (connection_lost)\n"));
    report.error.reset();
    report.folders[0].error = Error{ErrorKind::folder_select, Reach::folder, "no", "EXAMINE"};
    EXPECT_TRUE(verify_summary(report, {}).ends_with("Not everything could be compared: see above.\n"));
}

TEST(VerifyView, JsonHasTheFirstFindings) {
    std::deque<sync::Finding> many(1500, some[1]);
    const auto text = to_json(verified(many), many);
    EXPECT_TRUE(text.contains("\"findings\":{\"missing\":1500}")) << text.substr(0, 1000);
    EXPECT_TRUE(text.contains("\"findings_total\":1500"));
    EXPECT_TRUE(text.contains("{\"kind\":\"missing\",\"folder\":\"INBOX\",\"destination_folder\":\"INBOX\",\"source_uid\":5,"
                              "\"destination_uid\":0,\"size\":200,\"detail\":\"\"}"));
    std::size_t listed = 0;
    for (auto at = text.find("\"source_uid\""); at != text.npos; at = text.find("\"source_uid\"", at + 1)) ++listed;
    EXPECT_EQ(listed, 1000u);
}

}  // namespace godwit::cli
