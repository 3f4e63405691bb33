#include <fmt/format.h>

#include "engine/report/document.h"

namespace godwit::report {

namespace {

using sync::FindingKind;

// "1,234".
std::string number(std::uint64_t value) {
    auto digits = std::to_string(value);
    for (std::size_t i = digits.size(); i > 3; i -= 3) digits.insert(i - 3, ",");
    return digits;
}

std::string messages(std::uint64_t count) { return number(count) + (count == 1 ? " message" : " messages"); }

std::uint64_t count_of(const Subject& subject, FindingKind kind) {
    return subject.findings[static_cast<std::size_t>(kind)];
}

// "3 missing, 1 altered", of faults.
std::string faults_text(const Subject& subject) {
    std::string out;
    for (std::size_t i = 0; i < subject.findings.size(); ++i) {
        const auto kind = static_cast<FindingKind>(i);
        if (subject.findings[i] == 0 || !sync::is_fault(kind)) continue;
        std::string name(sync::name_of(kind));
        for (auto& c : name)
            if (c == '_') c = ' ';
        out += fmt::format("{}{} {}", out.empty() ? "" : ", ", number(subject.findings[i]), name);
    }
    return out;
}

std::string octets_text(const Subject& subject) {
    if (subject.messages_digested == 0) return " Octets were not compared.";
    return fmt::format(" Of {}, all octets were compared by SHA-256.", messages(subject.messages_digested));
}

Verdict of_verify(const Subject& subject) {
    const auto faults = sync::faults(subject.findings);
    const auto compared = messages(subject.counters.messages_verified);
    auto skipped = count_of(subject, FindingKind::skipped);
    auto left_out = skipped == 0 ? std::string()
                                 : fmt::format(" {} left out by the options of the migration.",
                                               messages(skipped) + (skipped == 1 ? " was" : " were"));
    if (faults == 0)
        return {"clean", fmt::format("{} compared; nothing is missing, altered or out of place at the destination.{}{}",
                                     compared, left_out, octets_text(subject))};
    return {"faults", fmt::format("{} compared; at the destination {} wrong: {}.{}{}", compared,
                                  number(faults) + (faults == 1 ? " thing is" : " things are"), faults_text(subject),
                                  left_out, octets_text(subject))};
}

Verdict of_undo(const Subject& subject) {
    const auto removed = messages(count_of(subject, FindingKind::removed));
    const auto folders = number(count_of(subject, FindingKind::folder_dropped));
    const auto flags = messages(count_of(subject, FindingKind::flags_restored));
    const auto left = count_of(subject, FindingKind::left);
    const auto left_text = left == 0 ? std::string() : fmt::format(" {} put there by the migration would stay.", messages(left));
    if (subject.dry)
        return {"would_undo", fmt::format("Dry run, nothing was changed. To be removed from the destination: {}; flags to be "
                                          "restored: of {}; empty folders to be removed: {}.{}",
                                          removed, flags, folders, left_text)};
    const auto stayed = left == 0 ? std::string()
                                  : fmt::format(" {} put there by the migration stayed; each is listed with the reason.", messages(left));
    return {left == 0 ? "undone" : "undone_in_part",
            fmt::format("Removed from the destination: {}; flags restored: of {}; empty folders removed: {}.{}", removed,
                        flags, folders, stayed)};
}

}  // namespace

Verdict verdict_of(const Subject& subject) {
    if (subject.result != "succeeded")
        return {"unfinished", fmt::format("The pass did not come to its end, so nothing can be concluded: {}.",
                                          subject.error ? printable(subject.error->to_string()) : subject.result)};
    return subject.kind == sync::PassKind::undo ? of_undo(subject) : of_verify(subject);
}

}  // namespace godwit::report
