// Window: commands sent one after the other without waiting, but for so many unanswered ones at most.
//
// The first thing that goes wrong is kept, and nothing more is sent after it. finish() must be awaited, also after an
// error: until then the commands may use what their handlers refer to.
#pragma once

#include <deque>

#include "engine/imap/session.h"

namespace godwit::imap {

class Window {
public:
    // With `refusals_matter` NO and BAD are errors too.
    Window(Session& session, std::size_t most, bool refusals_matter)
        : session_(session), most_(most), refusals_matter_(refusals_matter) {}

    // False once something has gone wrong.
    Awaitable<bool> add(Command command);
    Awaitable<Result<void>> finish();

private:
    Awaitable<void> await_first();

    Session& session_;
    const std::size_t most_;
    const bool refusals_matter_;
    std::deque<std::pair<std::string, std::shared_ptr<InFlight>>> sent_;   // with their names
    Result<void> done_{};
};

}  // namespace godwit::imap
