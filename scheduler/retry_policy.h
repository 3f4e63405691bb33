// What the end of a pass means: a pure table over error kinds, with jittered backoff.
//
// A pass with an error of its own is judged by that error; one whose folders were not all finished by the
// widest of theirs, and never parked for what a single folder refused. Messages that a server refuses are
// issues of a pass that succeeded, and so is what a verify pass has found; verify and undo passes are tried
// again like those that copy. A preflight is tried once, whatever it meets: who asked for it sees how it
// ended.
#pragma once

#include <chrono>

#include "scheduler/store.h"

namespace godwit::scheduler {

struct RetryLimits {
    int attempts = 12;  // of a pass, network trouble
    std::chrono::milliseconds backoff_base{5'000};
    std::chrono::milliseconds backoff_cap{30 * 60'000};
    std::chrono::milliseconds auth_retry{10 * 60'000};  // a refused password is tried once more, not earlier
    int auth_attempts = 2;
    // A throttle, a busy destination: costs no attempt. The least wait; four times that at most, unless the
    // server asks for a longer one ("Suggested Backoff Time: 300000 milliseconds").
    std::chrono::milliseconds throttle_base{30'000};
};

enum class RetryRule {
    backoff,    // again after a growing wait, until the attempts are used up; then failed
    throttle,   // again after a wait; costs no attempt
    ours,       // our database or disk: again after one to four times backoff_base; costs no attempt
    sign_in,    // once more after auth_retry, then parked
    park,       // needs a person
    interrupt,  // not the migration's doing: ready at once, costs no attempt
};
RetryRule rule_of(ErrorKind kind);

// `random` is uniform in [0, 1): waits spread over their whole range. `attempt` counts from 1 and includes
// the one that just ended.
PassOutcome decide(const RetryLimits& limits, sync::SyncReport report, int attempt, double random);

}  // namespace godwit::scheduler
