// The writing half of Session: commands go out one after the other, each without waiting for earlier answers.
#include "engine/imap/quirks.h"
#include "engine/imap/session.h"

namespace godwit::imap {

namespace {

constexpr std::size_t copy_buffer_bytes = 64u << 10;
constexpr std::chrono::milliseconds reason_wait{1000};
constexpr std::size_t commit_octets = 2;
// What one write takes of a long command, so that its memory is given back as it goes.
constexpr std::size_t run_bytes = 256u << 10;

// How many parts go out before something must be waited for.
std::size_t run_length(std::span<const CommandPart> parts) {
    std::size_t length = 0, bytes = 0;
    while (length < parts.size() && bytes < run_bytes) {
        const auto& part = parts[length++];
        bytes += part.bytes.size();
        if (part.wait || part.external > 0) break;
    }
    return length;
}

}  // namespace

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
    std::span<CommandPart> left = command.command_.parts;
    left.front().bytes.insert(0, command.tag_ + " ");
    while (!left.empty()) {
        const auto run = left.first(run_length(left));
        left = left.subspan(run.size());
        GODWIT_CO_CHECK(co_await write_run(command, run, left.empty()));
        if (run.back().wait) {
            GODWIT_CO_TRY(go_ahead, co_await wait_continuation(command));
            if (!go_ahead) co_return Result<void>{};
        }
        if (run.back().external > 0) GODWIT_CO_CHECK(co_await write_external(command, run.back().external));
    }
    co_return Result<void>{};
}

// Parts that nothing comes between, in one write. The final octets of a command with a commit_check complete
// it: from then on the append may happen.
Awaitable<Result<void>> Session::write_run(InFlight& command, std::span<CommandPart> run, bool completes) {
    std::vector<std::string_view> pieces;
    for (const auto& part : run) pieces.emplace_back(part.bytes);
    std::string last;
    const bool commit = completes && command.command_.commit_check;
    if (commit) {
        last = pieces.back().substr(pieces.back().size() - std::min(commit_octets, pieces.back().size()));
        pieces.back().remove_suffix(last.size());
    } else {
        command.complete_ = completes && run.back().external == 0;
    }
    if (run.back().wait) go_ahead_ = GoAhead::wanted;
    GODWIT_CO_CHECK(co_await write_pieces(pieces));
    for (auto& part : run) std::string().swap(part.bytes);
    if (commit) GODWIT_CO_CHECK(co_await write_commit(command, last));
    co_return Result<void>{};
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
        const std::array piece{std::string_view(buffer.data(), got)};
        GODWIT_CO_CHECK(co_await write_pieces(piece));
        size -= got;
    }
    co_return Result<void>{};
}

Awaitable<Result<void>> Session::write_pieces(std::span<const std::string_view> pieces) {
    if (broken_) co_return std::unexpected(*broken_);
    std::uint64_t octets = 0;
    for (const auto piece : pieces) octets += piece.size();
    if (octets == 0) co_return Result<void>{};
    count_wire(0, octets);
    auto written = co_await stream_->write_gathered(pieces, after(options_.command_timeout));
    if (broken_) co_return std::unexpected(*broken_);
    co_return written;
}

Awaitable<Result<void>> Session::write_commit(InFlight& command, std::string_view last) {
    if (broken_) co_return std::unexpected(*broken_);
    count_wire(0, last.size());
    command.complete_ = true;
    auto written =
        co_await stream_->write_checked(last, after(options_.command_timeout), command.command_.commit_check);
    if (broken_) co_return std::unexpected(*broken_);
    co_return written;
}

}  // namespace godwit::imap
