// LanePolicy: how many lanes (connections to each side) a pass works with. Pure; takes no clock.
//
// It starts with one and tries another while there is much to do. One that does not make the copy faster is given up
// again, and the next try comes later each time: a connection costs both servers a login and memory.
#pragma once

#include <algorithm>
#include <cstddef>

namespace godwit::sync {

class LanePolicy {
public:
    enum class Advice { stay, add, drop };

    // `can_compress`: a lane that brings nothing is tried once more compressed: where the link is the limit that pays.
    explicit LanePolicy(std::size_t most, bool can_compress = false)
        : most_(std::max<std::size_t>(most, 1)), can_compress_(can_compress) {}

    // After each interval: what was done in it, in any unit, and whether much is left.
    Advice next(double done, bool much_left) {
        if (trial_ == Trial::opening) {   // part of the interval went by without it
            trial_ = Trial::measuring;
            return Advice::stay;
        }
        if (trial_ == Trial::measuring) {
            trial_ = Trial::none;
            if (done >= worth * before_) return Advice::stay;
            --lanes_;
            compressed_ = can_compress_ && !compressed_;
            if (compressed_) return Advice::drop;
            quiet_ = pause_;
            pause_ = std::min(2 * pause_, longest_pause);
            return Advice::drop;
        }
        if (quiet_ > 0) --quiet_;
        if (quiet_ > 0 || lanes_ >= most_ || !much_left || done <= 0) return Advice::stay;
        before_ = done;
        ++lanes_;
        trial_ = Trial::opening;
        return Advice::add;
    }
    // The lane that was added could not be opened: there will be no more.
    void refused() {
        --lanes_;
        most_ = lanes_;
        trial_ = Trial::none;
    }
    std::size_t lanes() const { return lanes_; }
    // The lane to add is to be compressed (RFC 4978).
    bool compressed() const { return compressed_; }

private:
    enum class Trial { none, opening, measuring };
    static constexpr double worth = 1.15;          // times as fast, at least
    static constexpr int longest_pause = 480;      // intervals

    std::size_t most_, lanes_ = 1;
    bool can_compress_, compressed_ = false;
    Trial trial_ = Trial::none;
    double before_ = 0;
    int quiet_ = 0, pause_ = 30;
};

}  // namespace godwit::sync
