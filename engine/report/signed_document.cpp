#include "engine/report/signed_document.h"

#include <fmt/format.h>
#include <boost/json.hpp>

#include "engine/base/digest.h"
#include "engine/base/signature.h"
#include "engine/report/page.h"

namespace godwit::report {

namespace json = boost::json;

namespace {

constexpr std::string_view opening = "{\"report\":", middle = ",\"signature\":";

std::unexpected<Flaw> no_report(std::string words) { return std::unexpected(Flaw{false, std::move(words)}); }
std::unexpected<Flaw> altered(std::string words) { return std::unexpected(Flaw{true, std::move(words)}); }

std::string text_at(const json::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    return value && value->is_string() ? json::value_to<std::string>(*value) : std::string();
}

std::expected<Signature, Flaw> signature_of(std::string_view text) {
    json::error_code error;
    const auto value = json::parse(text, error);
    if (error || !value.is_object()) return altered("the signature is no JSON");
    const auto& object = value.get_object();
    const auto key = from_base64(text_at(object, "public_key")), octets = from_base64(text_at(object, "value"));
    if (!key || !octets) return altered("the signature is damaged");
    return Signature{*key, text_at(object, "fingerprint"), text_at(object, "node"), *octets};
}

std::expected<SignedReport, Flaw> read_document(std::string_view document) {
    // A report has no such text outside its strings, where quotation marks are escaped; a signature has none at all.
    const auto at = document.rfind(middle);
    if (!document.starts_with(opening) || at == std::string_view::npos) return no_report("this is no report of Godwit");
    const auto report = document.substr(opening.size(), at - opening.size());
    auto rest = document.substr(at + middle.size());
    if (!rest.ends_with("}\n")) return altered("the end of the document is damaged");
    rest.remove_suffix(2);
    auto signature = signature_of(rest);
    if (!signature) return std::unexpected(std::move(signature.error()));
    if (!verifies(signature->public_key, report, signature->octets))
        return altered("the report is not what was signed, or was signed with another key");
    if (document_of(std::string(report), *signature) != document || signature->fingerprint != fingerprint_of(signature->public_key))
        return altered("the signature is not as it was written");
    json::error_code error;
    auto value = json::parse(report, error);
    if (error || !value.is_object() || text_at(value.as_object(), "format") != format_name)
        return no_report("what was signed is no report that this program knows");
    const auto* writer = value.as_object().if_contains("written_by");
    if (!writer || !writer->is_object() || text_at(writer->get_object(), "node") != signature->node)
        return altered("the report was written by another node than the signature says");
    return SignedReport{std::string(document), std::move(value.as_object()), std::move(*signature)};
}

}  // namespace

std::string document_of(std::string report, const Signature& signature) {
    const json::object object{{"algorithm", "Ed25519"},
                              {"public_key", base64(signature.public_key)},
                              {"fingerprint", signature.fingerprint},
                              {"node", signature.node},
                              {"value", base64(signature.octets)}};
    report.insert(0, opening);
    report += middle;
    report += json::serialize(object);
    return report += "}\n";
}

std::expected<SignedReport, Flaw> read_signed(std::string_view text) {
    if (!is_page(text)) return read_document(text);
    const auto document = document_in(text);
    if (document.empty()) return no_report("this page has no report of Godwit in it");
    auto found = read_document(document);
    if (!found) return found;
    if (page_of(found->report, found->document) != text) return altered("the page shows something else than the report that is in it");
    return found;
}

bool belongs_to(std::string_view csv, const SignedReport& report) {
    return sha256_hex(csv) == text_at(report.report, "findings_csv_sha256");
}

}  // namespace godwit::report
