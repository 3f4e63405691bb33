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

    using OnAnswer = std::function<void(const StatusResponse&)>;
    // False once something has gone wrong. `on_answer` hears the command's tagged answer.
    Awaitable<bool> add(Command command, OnAnswer on_answer = {});
    Awaitable<Result<void>> finish();

private:
    Awaitable<void> await_first();

    Session& session_;
    const std::size_t most_;
    const bool refusals_matter_;
    struct Sent {
        std::string name;
        std::shared_ptr<InFlight> command;
        OnAnswer on_answer;
    };
    std::deque<Sent> sent_;
    Result<void> done_{};
};

}  // namespace godwit::imap
