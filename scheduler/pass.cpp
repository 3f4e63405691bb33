// The words for how a pass ends, and what that makes of its migration.
#include "scheduler/store.h"

namespace godwit::scheduler {

std::string_view name_of(PassOutcome::Result result) {
    using enum PassOutcome::Result;
    switch (result) {
        case succeeded: return "succeeded";
        case retried: return "retried";
        case parked: return "parked";
        case failed: return "failed";
        case cancelled: return "cancelled";
        case interrupted: return "interrupted";
    }
    return "failed";
}

State state_after(PassOutcome::Result result) {
    using enum PassOutcome::Result;
    switch (result) {
        case succeeded: return State::done;
        case retried: return State::retrying;
        case parked: return State::parked;
        case failed: return State::failed;
        case cancelled: return State::cancelled;
        case interrupted: return State::ready;
    }
    return State::failed;
}

}  // namespace godwit::scheduler
