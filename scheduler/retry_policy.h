// What the end of a pass means: a pure table over error kinds, with jittered backoff.
#pragma once

#include <chrono>

#include "scheduler/store.h"

namespace godwit::scheduler {

struct RetryLimits {
    int attempts = 12;                                   // of a pass, network trouble
    std::chrono::milliseconds backoff_base{5'000};
    std::chrono::milliseconds backoff_cap{30 * 60'000};
    std::chrono::milliseconds auth_retry{10 * 60'000};   // a refused password is tried once more, not earlier
    int auth_attempts = 2;
};

// `random` is uniform in [0, 1): full jitter. `attempt` counts from 1 and includes the one that just ended.
PassOutcome decide(const RetryLimits& limits, sync::SyncReport report, int attempt, double random);

}  // namespace godwit::scheduler
