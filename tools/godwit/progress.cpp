#include "tools/godwit/progress.h"

#include <algorithm>

#include <fmt/format.h>

#include "tools/godwit/text.h"

namespace godwit::cli {

using Seconds = std::chrono::duration<double>;

std::uint64_t settled(const sync::Counters& counters) {
    return counters.messages_copied + counters.messages_matched + counters.messages_failed +
           counters.messages_skipped + counters.messages_verified;
}

double fraction_done(const sync::Counters& counters, bool finished) {
    if (finished) return 1;
    if (counters.folders_total == 0) return 0;
    const auto total = static_cast<double>(counters.folders_total);
    if (counters.messages_total == 0)
        return std::min(static_cast<double>(counters.folders_done) / total, 0.99);
    const auto seen = std::min(static_cast<double>(counters.folders_done) + 1, total) / total;
    const auto messages =
        static_cast<double>(settled(counters)) / static_cast<double>(counters.messages_total);
    return std::min(std::min(messages, 1.0) * seen, 0.99);
}

void Pace::add(std::chrono::steady_clock::time_point now, std::uint64_t messages, std::uint64_t bytes,
               double fraction) {
    const Sample sample{now, messages, bytes, fraction};
    if (!first_) first_ = sample;
    samples_.push_back(sample);
    while (samples_.size() > 2 && now - samples_[1].at >= window_) samples_.pop_front();
}

double Pace::per_second(std::uint64_t Sample::*what) const {
    if (samples_.size() < 2) return 0;
    const auto& from = samples_.front();
    const auto& to = samples_.back();
    const auto seconds = Seconds(to.at - from.at).count();
    if (seconds <= 0 || to.*what <= from.*what) return 0;
    return static_cast<double>(to.*what - from.*what) / seconds;
}

double Pace::messages_per_second() const { return per_second(&Sample::messages); }
double Pace::bytes_per_second() const { return per_second(&Sample::bytes); }

std::optional<std::chrono::seconds> Pace::left() const {
    if (!first_ || samples_.empty()) return std::nullopt;
    const auto& now = samples_.back();
    const auto seconds = Seconds(now.at - first_->at).count();
    const auto done = now.fraction - first_->fraction;
    if (seconds < 3 || done < 0.01 || now.fraction >= 1) return std::nullopt;
    return std::chrono::seconds(static_cast<std::int64_t>(seconds * (1 - now.fraction) / done));
}

std::string progress_line(const sync::Counters& counters, const Pace& pace, const std::string& folder,
                          std::size_t width) {
    const auto fraction = fraction_done(counters, false);
    auto line = fmt::format("{} {}  {} of {} messages  {}", bar_text(fraction, 22), percent_text(fraction),
                            count_text(settled(counters)), count_text(counters.messages_total),
                            bytes_text(static_cast<double>(counters.bytes_copied)));
    if (const auto rate = pace.bytes_per_second(); rate > 0) line += fmt::format("  {}/s", bytes_text(rate));
    if (const auto left = pace.left()) line += fmt::format("  {} left", duration_text(*left));
    if (!folder.empty()) line += "  " + folder;
    return shown(line, width);
}

}  // namespace godwit::cli
