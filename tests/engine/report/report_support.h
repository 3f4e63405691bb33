// A report with something of everything, and a key to sign it with.
#pragma once

#include <fstream>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "engine/report/document.h"
#include "tests/support/temp_directory.h"

namespace godwit::report {

inline SigningKey test_key() {
    const test::TempDirectory folder;
    const auto path = folder.path() / "key.pem";
    std::ofstream(path) << "-----BEGIN PRIVATE KEY-----\n"
                           "MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n"
                           "-----END PRIVATE KEY-----\n";
    ::chmod(path.c_str(), 0600);
    return *SigningKey::open_file(path);
}

inline const std::vector<sync::Finding>& test_findings() {
    using enum sync::FindingKind;
    static const std::vector<sync::Finding> findings{
        {missing, "INBOX", "INBOX", 7, 0, 1234, ""},
        {altered, "Ent\xC3\xBCrfe, alt", "Drafts \"old\"", 8, 18, 99, "SHA-256 differs"},
        {skipped, "=HYPERLINK(\"http://x\")", "@sum", 9, 0, 5, "-maxsize </script><script>alert('x')</script> & <!-- so"},
        {extra, "", "INBOX", 0, 4'000'000'000u, 12, "line\r\nbreak"},
    };
    return findings;
}

inline Subject test_subject() {
    Subject subject;
    subject.migration = "mig_01JD2V7Q8E3M4N5P6R7S8T9V0W";
    subject.external_id = "customer <7>";
    subject.pass = "pas_01JD2V7Q8E3M4N5P6R7S8T9V0X";
    subject.result = "succeeded";
    subject.started_at = "2026-11-24T10:00:00.000Z";
    subject.finished_at = "2026-11-24T10:05:00.000Z";
    subject.source = {"imap.old.example", 993, "ann"};
    subject.destination = {"imap.new.example", 993, "ann@new.example"};
    subject.options = R"({"verifybytes":1E1,"exclude":["^Junk"]})";
    subject.counters.messages_total = 1001;
    subject.counters.messages_verified = 1000;
    subject.messages_digested = 100;
    subject.set_digest = std::string(64, 'a');
    for (const auto& finding : test_findings()) ++subject.findings[static_cast<std::size_t>(finding.kind)];
    sync::FolderReport folder{.source_name = "INBOX", .destination_name = "INBOX", .rule = "inbox"};
    folder.counters = subject.counters;
    subject.folders = {folder, {.source_name = "<Junk>", .rule = "exclude"}};
    subject.folders[1].error = Error{ErrorKind::timeout, Reach::folder, "no answer", "SELECT"};
    subject.node = "nod_01JD2V7Q8E3M4N5P6R7S8T9V0Y";
    subject.host_name = "mover1";
    return subject;
}

inline std::string test_document() {
    const auto subject = test_subject();
    Writer writer(subject);
    for (const auto& finding : test_findings()) EXPECT_TRUE(writer.add(finding));
    return sign(writer.finish(), test_key(), subject.node);
}

inline std::string test_csv() {
    auto csv = csv_header();
    for (const auto& finding : test_findings()) csv += csv_row(finding);
    return csv;
}

}  // namespace godwit::report
