// The report of a verify or undo pass: what its customer is handed. Pure; all text is UTF-8.
//
// As JSON it is one line, {"report": …, "signature": …}: the signature is over the very octets of the report. "<" never
// stands in it, so that it can be part of an HTML page as it is. The findings are also one CSV text, whose SHA-256 the
// report has, and page.h makes an HTML page of the whole.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/base/digest.h"
#include "engine/base/signature.h"
#include "engine/sync/finding.h"
#include "engine/sync/report.h"

namespace godwit::report {

struct Party {
    std::string host;
    std::uint16_t port = 0;
    std::string user;
};

// Everything but the findings themselves.
struct Subject {
    std::string migration, external_id;
    std::string pass;                    // id
    sync::PassKind kind = sync::PassKind::verify;
    bool dry = false;                    // of an undo
    int attempt = 1;
    std::string result;                  // "succeeded" or how it ended
    std::optional<Error> error;
    std::string started_at, finished_at;
    Party source, destination;
    std::string options;                 // JSON: those that are not as by default
    sync::Counters counters;
    sync::SkipCounts skipped{};
    sync::FindingCounts findings{};
    std::uint64_t messages_digested = 0;
    std::string set_digest;
    std::vector<sync::FolderReport> folders;
    std::string node, host_name;         // where it was written
};

// What is to be concluded. `code` is one of clean, faults, unfinished, would_undo, undone, undone_in_part.
struct Verdict {
    std::string_view code;
    std::string words;
};
Verdict verdict_of(const Subject& subject);

// So much is listed; more is only counted, and the report says so.
struct Limits {
    std::size_t findings = 200'000;
    std::size_t octets = 48u << 20;      // of the findings, as JSON
};

// RFC 4180, CRLF, a header first; UID 0: none. A cell that a spreadsheet would take for a formula begins with an apostrophe.
std::string csv_header();
std::string csv_row(const sync::Finding& finding);

// Takes findings one by one; memory is that of the text.
class Writer {
public:
    explicit Writer(const Subject& subject, Limits limits = {});
    // False: the report is full, this one and the rest are left out.
    bool add(const sync::Finding& finding);
    // The serialised report; ends it.
    std::string finish();

private:
    Limits limits_;
    std::string text_;
    Sha256 csv_;
    std::size_t listed_ = 0, listed_octets_ = 0;
    bool full_ = false;
};

// The whole document, with a line feed at its end.
std::string sign(std::string report, const SigningKey& key, std::string_view node);

}  // namespace godwit::report
