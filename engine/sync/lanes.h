// Lanes: the connections of a pass beyond its first pair. They are opened while that makes the copy faster (lane_policy.h),
// up to `most`. One executor.
//
// A lane that cannot be opened is no error of the pass: the server allows no more. One whose connection breaks while it
// works ends the pass, as the first pair does: what is in doubt is settled by the next attempt.
#pragma once

#include <functional>
#include <list>
#include <memory>

#include "engine/sync/lane_policy.h"
#include "engine/sync/pass.h"

namespace godwit::sync {

// Session::close() of both at once.
Awaitable<void> close_both(imap::Session& a, imap::Session& b);

class Lanes {
public:
    using SessionPtr = std::unique_ptr<imap::Session>;
    using Open = std::function<Awaitable<Result<SessionPtr>>(Side, bool compressed)>;
    using Work = std::function<Awaitable<void>(Pass&)>;   // until nothing is left to be begun, or the lane is retired

    Lanes(PassState& state, std::size_t most, bool can_compress, Open open, Work work);

    // Until finish(); then every lane has ended and is closed.
    Awaitable<void> run();
    void finish();

private:
    struct Lane {
        SessionPtr source, destination;
        std::unique_ptr<Pass> pass;
    };

    double done_so_far() const;
    bool much_left() const;
    Awaitable<void> add();
    Awaitable<void> work(Lane& lane);
    void drop();

    PassState& state_;
    Open open_;
    Work work_;
    const std::size_t most_;
    LanePolicy policy_;
    std::list<Lane> lanes_;
    TaskScope opening_, tasks_;
    Signal changed_;
    bool finished_ = false;
};

}  // namespace godwit::sync
