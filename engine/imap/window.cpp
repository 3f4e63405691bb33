#include "engine/imap/window.h"

#include "engine/imap/quirks.h"

namespace godwit::imap {

Awaitable<bool> Window::add(Command command) {
    while (sent_.size() >= most_) co_await await_first();
    if (!done_) co_return false;
    std::string name = command.name;
    auto started = co_await session_.start(std::move(command));
    if (started)
        sent_.emplace_back(std::move(name), std::move(*started));
    else
        done_ = std::unexpected(started.error());
    co_return done_.has_value();
}

Awaitable<Result<void>> Window::finish() {
    while (!sent_.empty()) co_await await_first();
    co_return done_;
}

Awaitable<void> Window::await_first() {
    const auto [name, command] = std::move(sent_.front());
    sent_.pop_front();
    const auto answer = co_await command->answer();
    if (!done_) co_return;   // the first error counts
    if (!answer)
        done_ = std::unexpected(answer.error());
    else if (refusals_matter_ && answer->status != Status::ok)
        done_ = std::unexpected(classify(*answer, name));
}

}  // namespace godwit::imap
