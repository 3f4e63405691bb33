#include "tools/godwit/sync_view.h"

#include <algorithm>

#include <fmt/format.h>

#include "tools/godwit/text.h"
#include "tools/godwit/undo_view.h"

namespace godwit::cli {

using sync::Counters;
using sync::Stage;
using sync::SyncReport;

namespace {

constexpr std::chrono::milliseconds redraw_every{100};
constexpr std::chrono::seconds line_every{30};

std::string_view words_for(Stage stage) {
    switch (stage) {
        case Stage::connect: return "signing in on both sides";
        case Stage::discover: return "listing folders";
        case Stage::plan: return "comparing folders";
        case Stage::transfer: return "copying";
        case Stage::done: return "finishing";
    }
    return "working";
}

bool only_looks(const SyncReport& report, const sync::SyncOptions& options) {
    return report.kind == sync::PassKind::preflight || options.dry;
}

// What would become of each folder, and why: for those who only look.
std::string map_table(const SyncReport& report) {
    using enum Table::Align;
    Table table({{"FOLDER"}, {"TO"}, {"RULE"}, {"WHY", left, 300}});
    for (const auto& folder : report.folders)
        table.add({folder.source_name,
                   folder.destination_name == folder.source_name ? "=" : folder.destination_name, folder.rule, folder.why});
    return table.rows() == 0 ? std::string() : table.text() + "\n";
}

std::string size_table(const SyncReport& report) {
    using enum Table::Align;
    Table table({{"FOLDER"}, {"TO"}, {"MESSAGES", right}, {"BYTES", right}, {"THERE", right}, {"BYTES THERE", right}});
    sync::FolderSize here, there;
    const auto cells = [](const std::optional<sync::FolderSize>& size) {
        return size ? std::pair(count_text(size->messages), bytes_text(static_cast<double>(size->bytes)))
                    : std::pair(std::string("-"), std::string("-"));
    };
    for (const auto& folder : report.folders) {
        if (!folder.source_size) continue;
        const auto [messages, bytes] = cells(folder.source_size);
        const auto [messages_there, bytes_there] = cells(folder.destination_size);
        table.add({folder.source_name, folder.destination_name == folder.source_name ? "=" : folder.destination_name,
                   messages, bytes, messages_there, bytes_there});
        for (auto [sum, size] : {std::pair(&here, &folder.source_size), std::pair(&there, &folder.destination_size)})
            if (*size) {
                sum->messages += (*size)->messages;
                sum->bytes += (*size)->bytes;
            }
    }
    table.add({"all", "", count_text(here.messages), bytes_text(static_cast<double>(here.bytes)),
               count_text(there.messages), bytes_text(static_cast<double>(there.bytes))});
    return table.text() + "\n";
}

// "Left out: 3 too_large, 1 duplicate".
std::string skip_line(const SyncReport& report) {
    std::string out;
    for (std::size_t i = 0; i < report.skipped.size(); ++i)
        if (report.skipped[i] > 0)
            out += fmt::format("{}{} {}", out.empty() ? "Left out: " : ", ", count_text(report.skipped[i]),
                               name_of(static_cast<sync::SkipReason>(i)));
    return out.empty() ? out : out + "\n\n";
}

std::string folder_table(const SyncReport& report) {
    using enum Table::Align;
    Table table({{"FOLDER"},
                 {"TO"},
                 {"MESSAGES", right},
                 {"THERE", right},
                 {"COPIED", right},
                 {"SKIPPED", right},
                 {"FAILED", right},
                 {"COPIED BYTES", right},
                 {"", left, 200}});
    for (const auto& folder : report.folders) {
        if (folder.rule == "left_out") continue;
        const auto& c = folder.counters;
        const bool renamed = folder.destination_name != folder.source_name;
        table.add({folder.source_name, renamed ? folder.destination_name : "=", count_text(c.messages_total),
                   count_text(c.messages_matched), count_text(c.messages_copied),
                   count_text(c.messages_skipped), count_text(c.messages_failed),
                   bytes_text(static_cast<double>(c.bytes_copied)),
                   folder.error ? "not finished: " + folder.error->to_string() : ""});
    }
    return table.rows() == 0 ? std::string() : table.text() + "\n";
}

// What was done, in one sentence.
std::string work_of(const SyncReport& report, const sync::SyncOptions& options) {
    const auto& c = report.counters;
    const auto took = duration_text(std::chrono::seconds(static_cast<std::int64_t>(report.seconds + 0.5)));
    if (report.kind == sync::PassKind::preflight)
        return fmt::format("Signed in on both sides: {} selected, in {}.",
                           count_text(c.folders_total, "folder", "folders"), took);
    if (options.justfolders)
        return fmt::format("{} of {} made, in {}.", count_text(c.folders_created),
                           count_text(c.folders_total, "folder", "folders"), took);
    if (options.dry)
        return fmt::format(
            "Dry run: of {}, {} would be copied, {} are there already, {} left out; nothing was "
            "changed.",
            count_text(c.messages_total, "message", "messages"),
            count_text(c.messages_total - std::min(c.messages_total, settled(c))),
            count_text(c.messages_matched), count_text(c.messages_skipped));
    auto text = fmt::format(
        "Copied {} ({}) in {}; {} there already", count_text(c.messages_copied, "message", "messages"),
        bytes_text(static_cast<double>(c.bytes_copied)), took, count_text(c.messages_matched, "was", "were"));
    if (c.messages_skipped > 0)
        text += fmt::format("; {} left out", count_text(c.messages_skipped));
    if (c.messages_filtered > 0)
        text += fmt::format("; {} taken away again by the destination", count_text(c.messages_filtered));
    if (c.messages_failed > 0) text += fmt::format("; {} failed", count_text(c.messages_failed));
    if (c.flags_updated > 0) text += fmt::format("; flags of {} updated", count_text(c.flags_updated));
    if (report.seconds >= 1 && c.messages_copied > 0)
        text +=
            fmt::format(" ({:.1f} messages/s, {}/s)", static_cast<double>(c.messages_copied) / report.seconds,
                        bytes_text(static_cast<double>(c.bytes_copied) / report.seconds));
    return text + ".";
}

std::string verdict_of(const SyncReport& report, const sync::SyncOptions& options) {
    if (report.error && report.error->kind == ErrorKind::cancelled)
        return "Interrupted: run it again to go on.";
    if (report.error) return "Not finished: " + shown(report.error->to_string());
    if (!report.complete()) return "Not complete: see above.";
    if (report.kind == sync::PassKind::preflight) return "Both accounts can be used.";
    if (options.dry) return "Nothing stands in the way, as far as a dry run can tell.";
    if (options.justfolders) return "Complete: every selected folder is on the destination.";
    return "Complete: everything selected is on the destination.";
}

}  // namespace

SyncProgress::SyncProgress(const Console& console, const Clock& clock, sync::PassKind kind)
    : console_(console), clock_(clock), kind_(kind), live_(console.err, console.width - 1), shown_at_(clock.now()) {}

void SyncProgress::on_stage(Stage stage) {
    stage_ = stage;
    show(console_.err_is_terminal);
}

void SyncProgress::on_folder(const std::string& display_name) {
    folder_ = display_name;
    show(false);
}

void SyncProgress::on_progress(const Counters& counters) {
    counters_ = counters;
    show(false);
}

void SyncProgress::on_wire(sync::Side, std::uint64_t, std::uint64_t) { show(false); }

void SyncProgress::show(bool now) {
    const auto time = clock_.now();
    const auto wait = console_.err_is_terminal ? std::chrono::milliseconds(redraw_every) : line_every;
    if (!now && time - shown_at_ < wait) return;
    shown_at_ = time;
    pace_.add(time, settled(counters_), counters_.bytes_copied, fraction_done(counters_, false));
    const auto width = console_.err_is_terminal ? console_.width - 1 : 300;
    const bool undoes = kind_ == sync::PassKind::undo;
    const auto line = stage_ != Stage::transfer ? std::string(words_for(stage_)) + " …"
                      : undoes                  ? shown(undo_line(counters_, folder_), width)
                                                : progress_line(counters_, pace_, folder_, width);
    if (console_.err_is_terminal) {
        live_.draw(line);
    } else {
        console_.err << line << std::endl;
    }
}

void SyncProgress::end() { live_.clear(); }

std::string summary_of(const SyncReport& report, const sync::SyncOptions& options, std::size_t issues_shown) {
    const bool started = !report.error || report.counters.folders_total > 0;
    if (options.justfoldersizes && !report.error) return size_table(report) + issue_lines(report, issues_shown);
    return (only_looks(report, options) ? map_table(report) : std::string()) +
           (report.kind == sync::PassKind::preflight ? std::string() : folder_table(report)) + skip_line(report) +
           issue_lines(report, issues_shown) +
           (started ? work_of(report, options) + "\n" : std::string()) + verdict_of(report, options) + "\n";
}

std::string issue_lines(const SyncReport& report, std::size_t most) {
    if (report.issues_total == 0) return {};
    std::string out = fmt::format("{}:\n", count_text(report.issues_total, "issue", "issues"));
    for (std::size_t i = 0; i < report.issues.size() && i < most; ++i) {
        const auto& issue = report.issues[i];
        out += fmt::format("  {}", shown(issue.folder, 60));
        if (issue.uid != 0)
            out += fmt::format(", message {} ({})", issue.uid, bytes_text(static_cast<double>(issue.size)));
        out += fmt::format(": {}", name_of(issue.kind));
        if (!issue.detail.empty()) out += ": " + shown(issue.detail);
        out += "\n";
    }
    const auto listed = std::min<std::uint64_t>(report.issues.size(), most);
    if (report.issues_total > listed)
        out += fmt::format("  and {} more (--json has up to {})\n", count_text(report.issues_total - listed),
                           SyncReport::issues_kept);
    return out + "\n";
}

}  // namespace godwit::cli
