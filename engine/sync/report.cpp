#include "engine/sync/report.h"

#include <boost/json.hpp>

#include "engine/sync/observer.h"

namespace godwit::sync {

namespace json = boost::json;

std::string_view name_of(PassKind kind) {
    switch (kind) {
        case PassKind::preflight: return "preflight";
        case PassKind::sync: return "sync";
        case PassKind::final: return "final";
        case PassKind::verify: return "verify";
        case PassKind::undo: return "undo";
    }
    return "sync";
}

std::optional<PassKind> pass_kind_of(std::string_view name) {
    for (const auto kind : {PassKind::preflight, PassKind::sync, PassKind::final, PassKind::verify, PassKind::undo})
        if (name_of(kind) == name) return kind;
    return std::nullopt;
}

std::string_view name_of(Outcome outcome) {
    switch (outcome) {
        case Outcome::copied: return "copied";
        case Outcome::already_there: return "already_there";
        case Outcome::skipped: return "skipped";
        case Outcome::failed: return "failed";
    }
    return "failed";
}

std::string_view name_of(Stage stage) {
    switch (stage) {
        case Stage::connect: return "connect";
        case Stage::discover: return "discover";
        case Stage::plan: return "plan";
        case Stage::transfer: return "transfer";
        case Stage::done: return "done";
    }
    return "done";
}

std::string_view name_of(SkipReason reason) {
    switch (reason) {
        case SkipReason::too_large: return "too_large";
        case SkipReason::too_small: return "too_small";
        case SkipReason::append_limit: return "append_limit";
        case SkipReason::not_selected: return "not_selected";
        case SkipReason::duplicate: return "duplicate";
        case SkipReason::cross_duplicate: return "cross_duplicate";
        case SkipReason::content: return "content";
        case SkipReason::line_length: return "line_length";
        case SkipReason::removed_at_destination: return "removed_at_destination";
    }
    return "content";
}

std::span<const CounterField> counter_fields() {
    static constexpr auto fields = std::to_array<CounterField>({
        {"folders_total", &Counters::folders_total},
        {"folders_done", &Counters::folders_done},
        {"folders_created", &Counters::folders_created},
        {"messages_total", &Counters::messages_total},
        {"bytes_total", &Counters::bytes_total},
        {"messages_matched", &Counters::messages_matched},
        {"messages_copied", &Counters::messages_copied},
        {"bytes_copied", &Counters::bytes_copied},
        {"messages_failed", &Counters::messages_failed},
        {"messages_skipped", &Counters::messages_skipped},
        {"flags_updated", &Counters::flags_updated},
        {"messages_foreign", &Counters::messages_foreign},
        {"messages_filtered", &Counters::messages_filtered},
        {"messages_moved", &Counters::messages_moved},
        {"messages_verified", &Counters::messages_verified},
        {"messages_removed", &Counters::messages_removed},
    });
    return fields;
}

Counters& Counters::operator+=(const Counters& other) {
    for (const auto& field : counter_fields()) this->*field.member += other.*field.member;
    return *this;
}

bool SyncReport::complete() const {
    return !error && counters.messages_failed == 0 && counters.messages_filtered == 0 &&
           std::ranges::none_of(folders, [](const auto& folder) { return folder.error.has_value(); }) && faults() == 0;
}

std::uint64_t SyncReport::faults() const { return sync::faults(findings); }

void SyncReport::add_issue(Issue issue) {
    ++issues_total;
    if (issues.size() < issues_kept) issues.push_back(std::move(issue));
}

namespace {

json::object to_object(const Counters& counters) {
    json::object out;
    for (const auto& field : counter_fields()) out[field.name] = counters.*field.member;
    return out;
}

// Only reasons that there were.
json::object to_object(const SkipCounts& counts) {
    json::object out;
    for (std::size_t i = 0; i < counts.size(); ++i)
        if (counts[i] > 0) out[name_of(static_cast<SkipReason>(i))] = counts[i];
    return out;
}

json::object to_object(const FindingCounts& counts) {
    json::object out;
    for (std::size_t i = 0; i < counts.size(); ++i)
        if (counts[i] > 0) out[name_of(static_cast<FindingKind>(i))] = counts[i];
    return out;
}

json::value to_value(const std::optional<Error>& error) {
    if (!error) return nullptr;
    return json::object{{"code", name_of(error->kind)},
                        {"reach", name_of(error->reach)},
                        {"cause", error->cause},
                        {"context", error->context}};
}

json::value to_value(const std::optional<FolderSize>& size) {
    if (!size) return nullptr;
    return json::object{{"messages", size->messages}, {"bytes", size->bytes}};
}

json::object to_object(const FolderReport& folder) {
    json::object out{{"source", folder.source_name},
                     {"destination", folder.destination_name},
                     {"rule", folder.rule},
                     {"why", folder.why},
                     {"counters", to_object(folder.counters)},
                     {"skipped", to_object(folder.skipped)},
                     {"error", to_value(folder.error)}};
    if (folder.source_size) out["source_size"] = to_value(folder.source_size);
    if (folder.source_size) out["destination_size"] = to_value(folder.destination_size);
    return out;
}

}  // namespace

std::string to_json(const SyncReport& report) {
    json::array folders, issues;
    for (const auto& folder : report.folders) folders.push_back(to_object(folder));
    for (const auto& issue : report.issues)
        issues.push_back(json::object{{"code", name_of(issue.kind)},
                                      {"reach", name_of(issue.reach)},
                                      {"folder", issue.folder},
                                      {"uid", issue.uid},
                                      {"size", issue.size},
                                      {"detail", issue.detail}});
    json::object out{{"kind", name_of(report.kind)},
                     {"complete", report.complete()},
                     {"error", to_value(report.error)},
                     {"in_doubt", report.in_doubt},
                     {"seconds", report.seconds},
                     {"counters", to_object(report.counters)},
                     {"skipped", to_object(report.skipped)},
                     {"folders", std::move(folders)},
                     {"issues", std::move(issues)},
                     {"issues_total", report.issues_total}};
    if (report.kind == PassKind::verify || report.kind == PassKind::undo) out["findings"] = to_object(report.findings);
    if (report.kind == PassKind::verify) {
        out["messages_digested"] = report.messages_digested;
        out["set_digest"] = report.set_digest;
    }
    return json::serialize(out);
}

}  // namespace godwit::sync
