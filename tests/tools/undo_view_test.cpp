#include "tools/godwit/undo_view.h"

#include "tools/godwit/findings.h"

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace godwit::cli {

namespace {

using sync::FindingKind;
using testing::EndsWith;
using testing::HasSubstr;

struct Undone {
    sync::SyncReport report;
    std::deque<sync::Finding> findings;

    Undone() {
        report.kind = sync::PassKind::undo;
        report.counters.folders_total = 2;
        report.folders = {{.source_name = "INBOX", .destination_name = "INBOX"}, {.source_name = "Old", .destination_name = "New"}};
    }
    void add(FindingKind kind, const std::string& folder, std::uint32_t uid = 0, std::string detail = {}) {
        ++report.findings[static_cast<std::size_t>(kind)];
        findings.push_back({.kind = kind, .folder = folder, .destination_folder = folder, .destination_uid = uid,
                            .detail = std::move(detail)});
    }
};

TEST(UndoView, SaysWhatWasDoneAndWhatWasLeft) {
    Undone undone;
    undone.add(FindingKind::removed, "INBOX", 1);
    undone.add(FindingKind::removed, "INBOX", 2);
    undone.add(FindingKind::flags_restored, "INBOX", 3);
    undone.add(FindingKind::folder_dropped, "New");
    auto text = undo_summary_of(undone.report, undone.findings, false);
    EXPECT_THAT(text, HasSubstr("Removed 2 messages, set back flags of 1, dropped 1 folder, left 0."));
    EXPECT_THAT(text, HasSubstr("dropped"));
    EXPECT_THAT(text, EndsWith("Undone: nothing of it is left on the destination.\n"));
    undone.add(FindingKind::left, "INBOX", 4, "its flags were changed since: \\Seen");
    text = undo_summary_of(undone.report, undone.findings, false);
    EXPECT_THAT(text, HasSubstr("  INBOX, message 4: its flags were changed since: \\Seen\n"));
    EXPECT_THAT(text, EndsWith("Undone but for what was left: see above.\n"));
}

TEST(UndoView, ADryRunSaysWhatWouldBe) {
    Undone undone;
    undone.add(FindingKind::removed, "INBOX", 1);
    const auto text = undo_summary_of(undone.report, undone.findings, true);
    EXPECT_THAT(text, HasSubstr("Dry run: would remove 1 message,"));
    EXPECT_THAT(text, EndsWith("Nothing was changed.\n"));
}

TEST(UndoView, ListsSomeAndCountsTheRest) {
    Undone undone;
    for (std::uint32_t uid = 1; uid <= 1200; ++uid) undone.add(FindingKind::left, "INBOX", uid, "why");
    EXPECT_THAT(undo_summary_of(undone.report, undone.findings, false, 10), HasSubstr("and 1,190 more"));
    const auto json = boost::json::parse(to_json(undone.report, undone.findings)).as_object();
    EXPECT_EQ(json.at("findings").as_object().at("left"), 1200);
    ASSERT_EQ(json.at("finding_list").as_array().size(), 1000u);
    EXPECT_EQ(json.at("finding_list").as_array()[0].as_object().at("kind"), "left");
    EXPECT_EQ(json.at("finding_list").as_array()[9].as_object().at("destination_uid"), 10);
}

TEST(UndoView, ALedgerThatKnowsNothing) {
    Undone undone;
    undone.report.counters.folders_total = 0;
    undone.report.folders.clear();
    EXPECT_THAT(undo_summary_of(undone.report, {}, false), HasSubstr("The ledger knows of nothing"));
}

}  // namespace

}  // namespace godwit::cli
