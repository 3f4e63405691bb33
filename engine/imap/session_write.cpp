// The writing half of Session: commands go out one after the other, each without waiting for earlier answers.
#include "engine/imap/session.h"

namespace godwit::imap {

namespace {
constexpr std::size_t copy_buffer_bytes = 64u << 10;
}

Awaitable<Result<std::shared_ptr<InFlight>>> Session::start(Command command) {
    if (broken_) co_return std::unexpected(*broken_);
    while (writing_) {
        co_await changed_.wait();
        if (broken_) co_return std::unexpected(*broken_);
    }
    writing_ = true;
    std::shared_ptr<InFlight> sent(new InFlight(*this, std::move(command), fmt::format("g{}", ++tag_counter_)));
    pending_.push_back(sent);
    fragmenter_.allow_streaming(receiver() != nullptr || active_receiver_ != nullptr);
    auto written = co_await write_parts(*sent);
    writing_ = false;
    changed_.notify_all();
    if (!written) {
        abandon(written.error(), true);
        co_return std::unexpected(written.error());
    }
    co_return sent;
}

Awaitable<Result<StatusResponse>> Session::run(Command command) {
    GODWIT_CO_TRY(sent, co_await start(std::move(command)));
    co_return co_await sent->answer();
}

// Ends early, without error, when the server refused the command before all of it was sent.
Awaitable<Result<void>> Session::write_parts(InFlight& command) {
    auto& parts = command.command_.parts;
    parts.front().bytes.insert(0, command.tag_ + " ");
    for (std::size_t i = 0; i < parts.size(); ++i) {
        auto& part = parts[i];
        if (i + 1 == parts.size() && command.command_.commit_check) {
            // The final octets complete the command: from here on the append may happen.
            const std::string last = part.bytes.size() >= 2 ? part.bytes.substr(part.bytes.size() - 2) : part.bytes;
            part.bytes.resize(part.bytes.size() - last.size());
            if (!part.bytes.empty()) GODWIT_CO_CHECK(co_await write_bytes(part.bytes));
            GODWIT_CO_CHECK(command.command_.commit_check());
            GODWIT_CO_CHECK(co_await write_bytes(last));
        } else {
            GODWIT_CO_CHECK(co_await write_bytes(part.bytes));
        }
        std::string().swap(part.bytes);
        if (part.wait) {
            GODWIT_CO_TRY(go_ahead, co_await wait_continuation(command));
            if (!go_ahead) co_return Result<void>{};
        }
        if (part.external > 0) GODWIT_CO_CHECK(co_await write_external(command, part.external));
    }
    co_return Result<void>{};
}

// True: "+" came. False: the command was answered instead.
Awaitable<Result<bool>> Session::wait_continuation(InFlight& command) {
    const auto deadline = after(options_.command_timeout);
    for (;;) {
        if (broken_) co_return std::unexpected(*broken_);
        if (command.answered()) co_return false;
        if (continuations_ > handled_continuations_) {
            ++handled_continuations_;
            co_return true;
        }
        if (!co_await changed_.wait(deadline) && std::chrono::steady_clock::now() >= deadline)
            co_return fail(ErrorKind::timeout, Reach::host, "no continuation", command.command_.name);
    }
}

Awaitable<Result<void>> Session::write_external(InFlight& command, std::uint64_t size) {
    std::vector<char> buffer(std::min<std::uint64_t>(size, copy_buffer_bytes));
    while (size > 0) {
        const auto room = static_cast<std::size_t>(std::min<std::uint64_t>(size, buffer.size()));
        GODWIT_CO_TRY(got, co_await command.command_.source->read(std::span(buffer.data(), room)));
        GODWIT_CO_CHECK(co_await write_bytes(std::string_view(buffer.data(), got)));
        size -= got;
    }
    co_return Result<void>{};
}

Awaitable<Result<void>> Session::write_bytes(std::string_view bytes) {
    if (broken_) co_return std::unexpected(*broken_);
    if (options_.on_wire) options_.on_wire(0, bytes.size());
    auto written = co_await stream_->write(bytes, after(options_.command_timeout));
    if (broken_) co_return std::unexpected(*broken_);
    co_return written;
}

}  // namespace godwit::imap
