// How far work is, as numbers and as a line. Pure.
#pragma once

#include <chrono>
#include <deque>
#include <optional>
#include <string>

#include "engine/sync/report.h"

namespace godwit::cli {

// Messages that need nothing more: copied, found there, refused, left out; of a verify pass, compared.
std::uint64_t settled(const sync::Counters& counters);
// 0 to 1. Folders are counted as they come up, so what is known of the messages is scaled by the folders
// seen.
double fraction_done(const sync::Counters& counters, bool finished);

// Rates over the last `window`, and the time that is left at the pace of the whole.
class Pace {
public:
    explicit Pace(std::chrono::seconds window = std::chrono::seconds(15)) : window_(window) {}
    void add(std::chrono::steady_clock::time_point now, std::uint64_t messages, std::uint64_t bytes,
             double fraction);
    double messages_per_second() const;
    double bytes_per_second() const;
    // Nothing while it would be a guess: too little done, or too short ago.
    std::optional<std::chrono::seconds> left() const;

private:
    struct Sample {
        std::chrono::steady_clock::time_point at;
        std::uint64_t messages = 0, bytes = 0;
        double fraction = 0;
    };
    double per_second(std::uint64_t Sample::*what) const;

    std::chrono::seconds window_;
    std::optional<Sample> first_;
    std::deque<Sample> samples_;
};

// "[####....]  42 %  1,234 of 3,000 messages  56.0 MiB  3.1 MiB/s  2 min 05 s left  INBOX/Sent"
std::string progress_line(const sync::Counters& counters, const Pace& pace, const std::string& folder,
                          std::size_t width);

}  // namespace godwit::cli
