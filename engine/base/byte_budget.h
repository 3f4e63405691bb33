// ByteBudget: octets that everybody in a process may hold together, so that memory stays flat however much runs at once.
//
// Nobody waits for it: each holder has a guaranteed part of its own outside the budget and goes on with that when the
// budget is used up, so holders cannot wait for each other. What a process holds is thus at most the budget and one
// guaranteed part for each holder. Thread-safe.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

namespace godwit {

class ByteBudget {
public:
    explicit ByteBudget(std::uint64_t bytes) : bytes_(bytes) {}
    ByteBudget(const ByteBudget&) = delete;

    bool try_take(std::uint64_t bytes) {
        auto taken = taken_.load(std::memory_order_relaxed);
        do {
            const auto whole = bytes_.load(std::memory_order_relaxed);
            if (taken > whole || bytes > whole - taken) return false;
        } while (!taken_.compare_exchange_weak(taken, taken + bytes, std::memory_order_relaxed));
        return true;
    }
    void give_back(std::uint64_t bytes) { taken_.fetch_sub(bytes, std::memory_order_relaxed); }

    std::uint64_t taken() const { return taken_.load(std::memory_order_relaxed); }
    std::uint64_t bytes() const { return bytes_.load(std::memory_order_relaxed); }
    // What is taken beyond a lowered budget comes back as its holders are done with it.
    void set_bytes(std::uint64_t bytes) { bytes_.store(bytes, std::memory_order_relaxed); }

private:
    std::atomic<std::uint64_t> bytes_;
    std::atomic<std::uint64_t> taken_{0};
};

// What one holder has of a budget, beyond its guaranteed part. Gives all of it back at its end.
class BudgetShare {
public:
    // Without a budget there is no limit but the holder's own.
    BudgetShare(ByteBudget* budget, std::uint64_t guaranteed) : budget_(budget), guaranteed_(guaranteed) {}
    BudgetShare(const BudgetShare&) = delete;
    ~BudgetShare() { hold(0); }

    // Whether `held` octets in all may be held. False changes nothing.
    bool try_hold(std::uint64_t held) {
        const auto wanted = beyond_guaranteed(held);
        if (wanted > taken_ && budget_ && !budget_->try_take(wanted - taken_)) return false;
        if (wanted > taken_) taken_ = wanted;
        return true;
    }
    // `held` octets are held: what is over goes back.
    void hold(std::uint64_t held) {
        const auto wanted = beyond_guaranteed(held);
        if (wanted >= taken_) return;
        if (budget_) budget_->give_back(taken_ - wanted);
        taken_ = wanted;
    }

private:
    std::uint64_t beyond_guaranteed(std::uint64_t held) const { return held - std::min(held, guaranteed_); }

    ByteBudget* budget_;
    std::uint64_t guaranteed_;
    std::uint64_t taken_ = 0;
};

}  // namespace godwit
