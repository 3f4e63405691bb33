// The signed document as text, and whether a file still is one: no octet of it may differ. Pure.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>

namespace godwit::report {

inline constexpr std::string_view format_name = "godwit report 1";

struct Signature {
    std::string public_key;    // 32 octets
    std::string fingerprint;
    std::string node;          // that signed
    std::string octets;        // of the signature
};

// {"report":…,"signature":…} and a line feed.
std::string document_of(std::string report, const Signature& signature);

struct SignedReport {
    std::string document;      // of an HTML page: the part of it
    boost::json::object report;
    Signature signature;
};

struct Flaw {
    bool altered = true;       // false: it is no report of Godwit
    std::string words;
};

// `text` is a document or a page (page.h). Whose key it is, is for the caller to know.
std::expected<SignedReport, Flaw> read_signed(std::string_view text);
// Whether this is the CSV text of the report's findings.
bool belongs_to(std::string_view csv, const SignedReport& report);

}  // namespace godwit::report
