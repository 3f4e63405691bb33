#include "engine/imap/patience.h"

#include <algorithm>

namespace godwit::imap {

void Patience::response(SteadyTime now) {
    heard_ = clock(now);
    octets_ = 0;
}

void Patience::octets(std::size_t count, SteadyTime now) {
    octets_ += count;
    if (octets_ >= limits_.octets) response(now);
}

void Patience::literal(std::size_t count, SteadyTime now) {
    literal_octets_ += count;
    if (literal_octets_ >= limits_.octets) progress(now);
}

void Patience::progress(SteadyTime now) {
    response(now);
    progress();
}

void Patience::progress() {
    progress_ = heard_;
    literal_octets_ = 0;
}

void Patience::hold(SteadyTime now) {
    if (!held_since_) held_since_ = now;
}

void Patience::release(SteadyTime now) {
    if (held_since_) held_ += now - *held_since_;
    held_since_.reset();
}

SteadyTime Patience::clock(SteadyTime now) const { return held_since_.value_or(now) - held_; }

SteadyTime Patience::silence_ends(SteadyTime since) const {
    return std::max(heard_, since) + limits_.silence;
}

SteadyTime Patience::keep_alives_end(SteadyTime since) const {
    return std::max(progress_, since) + limits_.keep_alives * limits_.silence;
}

Deadline Patience::limit(SteadyTime since, SteadyTime now) const {
    if (held_since_) return now + limits_.silence;
    return std::min(silence_ends(since), keep_alives_end(since)) + held_;
}

bool Patience::only_keep_alives(SteadyTime since, SteadyTime now) const {
    return keep_alives_end(since) <= clock(now) && clock(now) < silence_ends(since);
}

}  // namespace godwit::imap
