#include "tools/godwit/watch_view.h"

#include <algorithm>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "tools/godwit/json_fields.h"
#include "tools/godwit/text.h"

namespace godwit::cli {

namespace json = boost::json;

namespace {

constexpr std::array states_shown{"running", "ready",  "retrying",  "waiting", "paused",
                                  "parked",  "failed", "cancelled", "done"};
constexpr std::array states_going_on{"running", "ready", "retrying", "waiting"};

struct PassesBeside {
    std::string_view name, one, many;
};
constexpr std::array passes_beside{PassesBeside{"preflights", "preflight", "preflights"},
                                   PassesBeside{"verify_passes", "verify pass", "verify passes"},
                                   PassesBeside{"undo_passes", "undo", "undos"}};

std::uint64_t going_on(const json::value& batch) {
    std::uint64_t count = 0;
    for (const auto* state : states_going_on) count += number_field(batch, fmt::format("states.{}", state));
    return count;
}

std::string work_text(const json::value& batch) {
    const auto progress = counters_field(batch, "progress");
    auto text = fmt::format("copied {}, {}", count_text(progress.messages_copied, "message", "messages"),
                            bytes_text(static_cast<double>(progress.bytes_copied)));
    if (progress.messages_matched > 0)
        text += fmt::format("; {} there already", count_text(progress.messages_matched));
    if (progress.messages_failed > 0)
        text += fmt::format("; {} failed", count_text(progress.messages_failed));
    return text;
}

// Empty while nothing is known.
std::string pace_text(const Pace& pace) {
    std::string text;
    if (const auto rate = pace.bytes_per_second(); rate > 0)
        text = fmt::format("{:.0f} messages/s, {}/s", pace.messages_per_second(), bytes_text(rate));
    if (const auto left = pace.left())
        text += fmt::format("{}{} left", text.empty() ? "" : ", ", duration_text(*left));
    return text;
}

std::string head_text(const json::value& batch, double fraction) {
    auto text = fmt::format("{}: {} {}  {}", shown(text_field(batch, "name"), 40), bar_text(fraction, 22),
                            percent_text(fraction),
                            count_text(number_field(batch, "migrations"), "migration", "migrations"));
    if (const auto* states = field(batch, "states")) text += ": " + states_text(*states);
    for (const auto& [name, one, many] : passes_beside)
        if (const auto count = number_field(batch, name); count > 0)
            text += fmt::format(", {}", count_text(count, one, many));
    if (flag_field(batch, "paused")) text += "  (the batch is paused)";
    return text;
}

std::vector<std::string> running_row(const json::value& migration) {
    const auto counters = counters_field(migration, "progress");
    const auto fraction = fraction_done(counters, false);
    return {text_field(migration, "source.user") + " -> " + text_field(migration, "destination.user"),
            text_field(migration, "state"),
            bar_text(fraction, 14) + " " + percent_text(fraction),
            fmt::format("{}/{}", count_text(settled(counters)), count_text(counters.messages_total)),
            bytes_text(static_cast<double>(counters.bytes_copied)),
            text_field(migration, "folder")};
}

}  // namespace

std::string states_text(const json::value& states) {
    std::string text;
    for (const auto* state : states_shown)
        if (const auto count = number_field(states, state); count > 0)
            text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count_text(count), state);
    return text.empty() ? "none" : text;
}

bool is_going_on(const json::value& batch) {
    // A paused batch finishes what runs.
    const auto migrations =
        flag_field(batch, "paused") ? number_field(batch, "states.running") : going_on(batch);
    std::uint64_t beside = 0;
    for (const auto& passes : passes_beside) beside += number_field(batch, passes.name);
    return migrations + beside > 0;
}

bool all_done(const json::value& batch) {
    return number_field(batch, "states.done") == number_field(batch, "migrations");
}

bool all_there(const json::value& batch) {
    return all_done(batch) && number_field(batch, "progress.messages_failed") == 0;
}

double batch_fraction(const json::value& batch, const json::array& running) {
    const auto total = number_field(batch, "migrations");
    if (total == 0 || going_on(batch) == 0) return all_done(batch) ? 1 : 0.99;
    double done = static_cast<double>(total - std::min(total, going_on(batch)));
    for (const auto& migration : running) done += fraction_done(counters_field(migration, "progress"), false);
    return std::min(done / static_cast<double>(total), 0.99);
}

std::string batch_line(const json::value& batch, double fraction, const Pace& pace) {
    const auto speed = pace_text(pace);
    return head_text(batch, fraction) + "  " + work_text(batch) + (speed.empty() ? "" : "  " + speed);
}

std::string watch_text(const json::value& batch, const json::array& running, const Pace& pace,
                       std::size_t rows) {
    using enum Table::Align;
    Table table({{"MIGRATION", left, 48},
                 {"STATE"},
                 {"PROGRESS", left, 24},
                 {"MESSAGES", right},
                 {"COPIED", right},
                 {"FOLDER", left, 60}});
    for (std::size_t i = 0; i < running.size() && i < rows; ++i) table.add(running_row(running[i]));
    std::string text = table.rows() > 0 ? table.text() : std::string();
    if (running.size() > rows) text += fmt::format("and {} more running\n", running.size() - rows);
    return text + head_text(batch, batch_fraction(batch, running)) + "\n" + work_text(batch) + "\n" +
           pace_text(pace) + "\n";
}

}  // namespace godwit::cli
