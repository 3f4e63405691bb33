#include "engine/imap/window.h"

#include "engine/imap/quirks.h"

namespace godwit::imap {

Awaitable<bool> Window::add(Command command, OnAnswer on_answer) {
    while (sent_.size() >= most_) co_await await_first();
    if (!done_) co_return false;
    std::string name = command.name;
    auto started = co_await session_.start(std::move(command));
    if (started)
        sent_.push_back({std::move(name), std::move(*started), std::move(on_answer)});
    else
        done_ = std::unexpected(started.error());
    co_return done_.has_value();
}

Awaitable<Result<void>> Window::finish() {
    while (!sent_.empty()) co_await await_first();
    co_return done_;
}

Awaitable<void> Window::await_first() {
    const auto first = std::move(sent_.front());
    sent_.pop_front();
    const auto answer = co_await first.command->answer();
    if (answer && first.on_answer) first.on_answer(*answer);
    if (!done_) co_return;   // the first error counts
    if (!answer)
        done_ = std::unexpected(answer.error());
    else if (refusals_matter_ && answer->status != Status::ok)
        done_ = std::unexpected(classify(*answer, first.name));
}

}  // namespace godwit::imap
