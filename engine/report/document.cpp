#include "engine/report/document.h"

#include <fmt/format.h>
#include <boost/json.hpp>

#include "engine/base/digest.h"
#include "engine/report/signed_document.h"

namespace godwit::report {

namespace json = boost::json;

namespace {

constexpr std::size_t text_bytes = 2000;

json::string text(std::string_view value) { return json::string(printable(value, text_bytes)); }

json::value or_null(std::string_view value) {
    if (value.empty()) return nullptr;
    return text(value);
}

json::value or_null(std::uint64_t number) {
    if (number == 0) return nullptr;
    return number;
}

// "<" stands in strings only.
std::string serialised(const json::value& value) {
    std::string out;
    for (const char c : json::serialize(value)) {
        if (c == '<') out += "\\u003c";
        else out += c;
    }
    return out;
}

json::object to_json(const sync::Counters& counters) {
    json::object out;
    for (const auto& field : sync::counter_fields()) out[field.name] = counters.*field.member;
    return out;
}

template <class Kind, std::size_t size>
json::object to_json(const std::array<std::uint64_t, size>& counts) {
    json::object out;
    for (std::size_t i = 0; i < size; ++i)
        if (counts[i] > 0) out[sync::name_of(static_cast<Kind>(i))] = counts[i];
    return out;
}

json::value to_json(const std::optional<Error>& error) {
    if (!error) return nullptr;
    return json::object{{"code", godwit::name_of(error->kind)}, {"cause", text(error->cause)}, {"context", text(error->context)}};
}

json::object to_json(const Party& party) {
    return {{"host", text(party.host)}, {"port", party.port}, {"user", text(party.user)}};
}

json::object to_json(const sync::FolderReport& folder) {
    return {{"source", text(folder.source_name)},
            {"destination", or_null(folder.destination_name)},
            {"rule", text(folder.rule)},
            {"counters", to_json(folder.counters)},
            {"skipped", to_json<sync::SkipReason>(folder.skipped)},
            {"error", to_json(folder.error)}};
}

json::object to_json(const sync::Finding& finding) {
    return {{"kind", sync::name_of(finding.kind)},
            {"folder", or_null(finding.folder)},
            {"destination_folder", or_null(finding.destination_folder)},
            {"source_uid", or_null(std::uint64_t{finding.source_uid})},
            {"destination_uid", or_null(std::uint64_t{finding.destination_uid})},
            {"size", finding.size},
            {"detail", or_null(finding.detail)}};
}

json::value options_of(const std::string& options) {
    json::error_code error;
    auto value = json::parse(options, error);
    if (error || !value.is_object()) return json::object{};
    // Whole numbers as people write them.
    for (auto& [name, option] : value.as_object())
        if (option.is_double() && option.as_double() >= 0 && option.as_double() < 1e15 &&
            option.as_double() == static_cast<double>(static_cast<std::int64_t>(option.as_double())))
            option = static_cast<std::int64_t>(option.as_double());
    return value;
}

json::object pass_of(const Subject& subject) {
    json::object out{{"id", text(subject.pass)},
                     {"kind", sync::name_of(subject.kind)},
                     {"attempt", subject.attempt},
                     {"result", text(subject.result)},
                     {"error", to_json(subject.error)},
                     {"started_at", text(subject.started_at)},
                     {"finished_at", text(subject.finished_at)}};
    if (subject.kind == sync::PassKind::undo) out["dry"] = subject.dry;
    return out;
}

std::uint64_t total_of(const sync::FindingCounts& counts) {
    std::uint64_t sum = 0;
    for (const auto count : counts) sum += count;
    return sum;
}

// All that stands before the findings, without the closing brace.
std::string head_of(const Subject& subject) {
    const auto verdict = verdict_of(subject);
    json::array folders;
    for (const auto& folder : subject.folders) folders.push_back(to_json(folder));
    json::object head{{"format", format_name},
                      {"migration", text(subject.migration)},
                      {"external_id", or_null(subject.external_id)},
                      {"pass", pass_of(subject)},
                      {"verdict", json::object{{"code", verdict.code}, {"words", text(verdict.words)}}},
                      {"source", to_json(subject.source)},
                      {"destination", to_json(subject.destination)},
                      {"options", options_of(subject.options)},
                      {"counters", to_json(subject.counters)},
                      {"skipped", to_json<sync::SkipReason>(subject.skipped)},
                      {"findings_total", total_of(subject.findings)},
                      {"findings_by_kind", to_json<sync::FindingKind>(subject.findings)},
                      {"faults", sync::faults(subject.findings)},
                      {"messages_digested", subject.messages_digested},
                      {"set_digest", or_null(subject.set_digest)},
                      {"written_by", json::object{{"node", text(subject.node)}, {"host", text(subject.host_name)}}},
                      {"folders", std::move(folders)}};
    auto out = serialised(head);
    out.pop_back();
    return out;
}

std::string csv_cell(std::string_view value) {
    const std::string shown = printable(value, text_bytes);
    const bool formula = !shown.empty() && std::string_view("=+-@\t\r").contains(shown.front());
    std::string out = formula ? "'" : "";
    for (const char c : shown) {
        if (c == '"') out += '"';
        out += c;
    }
    return out.find_first_of("\",\r\n'") == std::string::npos ? out : '"' + out + '"';
}

}  // namespace

std::string csv_header() { return "kind,folder,destination_folder,source_uid,destination_uid,size,detail\r\n"; }

std::string csv_row(const sync::Finding& finding) {
    return fmt::format("{},{},{},{},{},{},{}\r\n", sync::name_of(finding.kind), csv_cell(finding.folder),
                       csv_cell(finding.destination_folder), finding.source_uid,
                       finding.destination_uid, finding.size, csv_cell(finding.detail));
}

Writer::Writer(const Subject& subject, Limits limits)
    : limits_(limits), text_(head_of(subject) + ",\"findings\":[") {
    csv_.add(csv_header());
}

bool Writer::add(const sync::Finding& finding) {
    const auto line = serialised(to_json(finding));
    if (full_ || listed_ == limits_.findings || listed_octets_ + line.size() > limits_.octets) {
        full_ = true;
        return false;
    }
    if (listed_ > 0) text_ += ',';
    text_ += line;
    csv_.add(csv_row(finding));
    ++listed_;
    listed_octets_ += line.size();
    return true;
}

std::string Writer::finish() {
    text_ += fmt::format("],\"cut\":{},\"findings_csv_sha256\":\"{}\"}}", full_ ? fmt::format("{{\"listed\":{}}}", listed_) : "null",
                         hex(csv_.octets()));
    return std::move(text_);
}

std::string sign(std::string report, const SigningKey& key, std::string_view node) {
    const Signature signature{key.public_key(), fingerprint_of(key.public_key()), std::string(node), key.sign(report)};
    return document_of(std::move(report), signature);
}

}  // namespace godwit::report
