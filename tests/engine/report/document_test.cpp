#include "engine/report/document.h"

#include <boost/json.hpp>
#include <gmock/gmock.h>

#include "engine/report/page.h"
#include "engine/report/signed_document.h"
#include "tests/engine/report/report_support.h"
#include "tests/support/golden_file.h"

namespace godwit::report {
namespace {

namespace json = boost::json;

std::string test_page() {
    const auto document = test_document();
    const auto read = read_signed(document);
    EXPECT_TRUE(read) << read.error().words;
    return read ? page_of(read->report, read->document) : std::string();
}

TEST(ReportGolden, IsAsItsReadersKnowIt) {
    test::expect_golden("tests/engine/report/report.golden.json", test_document());
    test::expect_golden("tests/engine/report/report.golden.csv", test_csv());
    test::expect_golden("tests/engine/report/report.golden.html", test_page());
}

TEST(Report, IsReadBackFromJsonAndHtml) {
    const auto document = test_document(), page = test_page();
    for (const auto& text : {document, page}) {
        const auto read = read_signed(text);
        ASSERT_TRUE(read) << read.error().words;
        EXPECT_EQ(read->document, document);
        EXPECT_EQ(read->signature.fingerprint, fingerprint_of(test_key().public_key()));
        EXPECT_EQ(read->report.at("faults").as_int64(), 2);
        EXPECT_EQ(read->report.at("findings").as_array().size(), 4u);
        EXPECT_EQ(json::serialize(read->report.at("options")), R"({"verifybytes":10,"exclude":["^Junk"]})");
        EXPECT_TRUE(belongs_to(test_csv(), *read));
    }
}

// One bit of each octet, every octet left out, every octet twice.
void expect_detected(const std::string& text, const std::function<bool(const std::string&)>& passes) {
    ASSERT_TRUE(passes(text));
    for (std::size_t i = 0; i < text.size(); ++i) {
        auto flipped = text;
        flipped[i] = static_cast<char>(flipped[i] ^ (1 << (i % 8)));
        ASSERT_FALSE(passes(flipped)) << "octet " << i;
        ASSERT_FALSE(passes(text.substr(0, i) + text.substr(i + 1))) << "without octet " << i;
        ASSERT_FALSE(passes(text.substr(0, i + 1) + text.substr(i))) << "octet twice " << i;
    }
    ASSERT_FALSE(passes(text + "\n"));
    ASSERT_FALSE(passes(" " + text));
}

TEST(Report, NoOctetOfTheJsonCanBeAnother) {
    expect_detected(test_document(), [](const auto& text) { return read_signed(text).has_value(); });
}

TEST(Report, NoOctetOfThePageCanBeAnother) {
    expect_detected(test_page(), [](const auto& text) { return read_signed(text).has_value(); });
}

TEST(Report, NoOctetOfTheCsvCanBeAnother) {
    const auto read = read_signed(test_document());
    ASSERT_TRUE(read);
    expect_detected(test_csv(), [&](const auto& text) { return belongs_to(text, *read); });
}

TEST(Report, AnotherKeyOrNodeIsSeen) {
    const auto subject = test_subject();
    // Who signs anew is found out by the key; who only exchanges names, by the signature.
    Writer writer(subject);
    const auto other = sign(writer.finish(), test_key(), "nod_other");
    const auto read = read_signed(other);
    ASSERT_FALSE(read);
    EXPECT_TRUE(read.error().altered);
    const auto nothing = read_signed("{\"some\": \"json\"}");
    ASSERT_FALSE(nothing);
    EXPECT_FALSE(nothing.error().altered);
    EXPECT_FALSE(read_signed("<!DOCTYPE html>\n<html></html>"));
    EXPECT_FALSE(read_signed(""));
}

TEST(Report, ThePageHasNothingThatRunsOrIsLoaded) {
    const auto page = test_page();
    EXPECT_EQ(page.find("<script"), page.rfind("<script"));
    EXPECT_EQ(page.find("</script>"), page.rfind("</script>"));
    EXPECT_FALSE(page.contains("<!--"));
    const auto visible = page.substr(0, page.find("<script"));
    EXPECT_FALSE(visible.contains("alert('x')"));
    EXPECT_TRUE(visible.contains("&lt;/script&gt;&lt;script&gt;alert(&#39;x&#39;)"));
    for (const auto* word : {" src=", " href=", "url(", "@import"}) EXPECT_FALSE(visible.contains(word)) << word;
}

TEST(ReportCsv, IsSafeForSpreadsheets) {
    const auto csv = test_csv();
    EXPECT_TRUE(csv.contains("\r\nmissing,INBOX,INBOX,7,0,1234,\r\n"));
    EXPECT_TRUE(csv.contains("\"Drafts \"\"old\"\"\""));
    EXPECT_TRUE(csv.contains(",\"'=HYPERLINK(\"\"http://x\"\")\",\"'@sum\","));
    EXPECT_TRUE(csv.contains(",\"'-maxsize "));
    for (const char c : {'=', '+', '-', '@'}) {
        const auto row = csv_row({sync::FindingKind::extra, std::string(1, c), "", 0, 0, 0, ""});
        EXPECT_EQ(row, fmt::format("extra,\"'{}\",,0,0,0,\r\n", c));
    }
}

TEST(Report, WhatIsTooMuchIsCountedAndSaidToBe) {
    const auto subject = test_subject();
    Writer writer(subject, {.findings = 2, .octets = 1u << 20});
    EXPECT_TRUE(writer.add(test_findings()[0]));
    EXPECT_TRUE(writer.add(test_findings()[1]));
    EXPECT_FALSE(writer.add(test_findings()[2]));
    const auto read = read_signed(sign(writer.finish(), test_key(), subject.node));
    ASSERT_TRUE(read);
    EXPECT_EQ(json::serialize(read->report.at("cut")), R"({"listed":2})");
    EXPECT_EQ(read->report.at("findings_total").as_int64(), 4);
    EXPECT_TRUE(page_of(read->report, read->document).contains("The first 2 of 4 are listed."));
    Writer small(subject, {.findings = 9, .octets = 200});
    EXPECT_TRUE(small.add(test_findings()[0]));
    EXPECT_FALSE(small.add(test_findings()[1]));
    EXPECT_FALSE(small.add(test_findings()[0]));
}

TEST(Report, TheVerdictIsThatOfTheCounts) {
    auto subject = test_subject();
    EXPECT_EQ(verdict_of(subject).code, "faults");
    EXPECT_EQ(verdict_of(subject).words,
              "1,000 messages compared; at the destination 2 things are wrong: 1 missing, 1 altered. 1 message was "
              "left out by the options of the migration. Of 100 messages, all octets were compared by SHA-256.");
    subject.findings = {};
    subject.messages_digested = 0;
    EXPECT_EQ(verdict_of(subject).code, "clean");
    EXPECT_EQ(verdict_of(subject).words,
              "1,000 messages compared; nothing is missing, altered or out of place at the destination. Octets were not compared.");
    subject.kind = sync::PassKind::undo;
    subject.findings[static_cast<std::size_t>(sync::FindingKind::removed)] = 5;
    EXPECT_EQ(verdict_of(subject).code, "undone");
    subject.findings[static_cast<std::size_t>(sync::FindingKind::left)] = 1;
    EXPECT_EQ(verdict_of(subject).code, "undone_in_part");
    subject.dry = true;
    EXPECT_EQ(verdict_of(subject).code, "would_undo");
    subject.result = "failed";
    subject.error = Error{ErrorKind::auth_failed, Reach::account, "NO wrong", "LOGIN"};
    EXPECT_EQ(verdict_of(subject).code, "unfinished");
    EXPECT_TRUE(verdict_of(subject).words.contains("NO wrong"));
}

}  // namespace
}  // namespace godwit::report
