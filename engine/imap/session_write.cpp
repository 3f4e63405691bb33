// The writing half of Session: commands go out one after the other, each without waiting for earlier answers.
#include "engine/imap/quirks.h"
#include "engine/imap/session.h"

namespace godwit::imap {

namespace {
constexpr std::size_t copy_buffer_bytes = 64u << 10;
constexpr std::chrono::milliseconds reason_wait{1000};
}

Awaitable<Result<std::shared_ptr<InFlight>>> Session::start(Command command) {
    while (writing_ && !broken_) co_await changed_.wait();
    if (!broken_ && bye_at_) abandon(classify_bye(bye_));
    if (broken_) co_return std::unexpected(*broken_);
    writing_ = true;
    std::shared_ptr<InFlight> sent(new InFlight(*this, std::move(command), fmt::format("g{}", ++tag_counter_)));
    pending_.push_back(sent);
    fragmenter_.allow_streaming(receiver() != nullptr || active_receiver_ != nullptr);
    auto written = co_await write_parts(*sent);
    // Why a server hung up may stand in what it sent last.
    const auto reason_by = after(reason_wait);
    while (!written && !broken_ && written.error().kind == ErrorKind::connection_lost)
        if (!co_await changed_.wait(reason_by)) break;
    sent->since_ = patience_.clock(std::chrono::steady_clock::now());
    go_ahead_ = GoAhead::none;
    writing_ = false;
    changed_.notify_all();
    if (written) co_return sent;
    abandon(written.error(), true);
    co_return std::unexpected(*broken_);
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
        const bool last = i + 1 == parts.size();
        if (last && command.command_.commit_check) {
            GODWIT_CO_CHECK(co_await write_commit(command, part.bytes));
        } else {
            command.complete_ = last && part.external == 0;
            if (part.wait) go_ahead_ = GoAhead::wanted;
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

// The final octets complete the command: from here on the append may happen.
Awaitable<Result<void>> Session::write_commit(InFlight& command, std::string bytes) {
    const std::string last = bytes.size() >= 2 ? bytes.substr(bytes.size() - 2) : bytes;
    bytes.resize(bytes.size() - last.size());
    if (!bytes.empty()) GODWIT_CO_CHECK(co_await write_bytes(bytes));
    command.complete_ = true;
    co_return co_await write_bytes(last, &command.command_.commit_check);
}

// True: "+" came. False: the command was answered instead.
Awaitable<Result<bool>> Session::wait_continuation(InFlight& command) {
    const auto since = patience_.clock(std::chrono::steady_clock::now());
    for (;;) {
        if (broken_) co_return std::unexpected(*broken_);
        if (command.answered()) co_return false;
        if (go_ahead_ == GoAhead::given) break;
        if (!co_await changed_.wait(limit(since)) && std::chrono::steady_clock::now() >= limit(since))
            co_return std::unexpected(out_of_patience(since, command.command_.name));
    }
    go_ahead_ = GoAhead::none;
    co_return true;
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

Awaitable<Result<void>> Session::write_bytes(std::string_view bytes, const std::function<Result<void>()>* check) {
    if (broken_) co_return std::unexpected(*broken_);
    if (options_.on_wire) options_.on_wire(0, bytes.size());
    const auto deadline = after(options_.command_timeout);
    auto written = check ? co_await stream_->write_checked(bytes, deadline, *check)
                         : co_await stream_->write(bytes, deadline);
    if (broken_) co_return std::unexpected(*broken_);
    co_return written;
}

}  // namespace godwit::imap
