#include "tests/support/memory_stream.h"

#include <algorithm>
#include <limits>
#include <string>

#include "engine/base/task_scope.h"

namespace godwit::test {
namespace {

// One direction. `changed` wakes the reader and the writer of it.
struct Pipe {
    explicit Pipe(const asio::any_io_executor& executor) : changed(executor) {}
    std::string bytes;
    std::size_t taken = 0;  // at the front of `bytes`, so that reading byte by byte stays linear
    std::size_t capacity = std::numeric_limits<std::size_t>::max();
    bool ended = false;   // the writing end closed
    bool broken = false;  // one end was reset, or the reading end closed
    Signal changed;

    std::size_t unread() const { return bytes.size() - taken; }
    void take(std::span<char> to) {
        std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(taken), to.size(), to.begin());
        taken += to.size();
        if (taken * 2 > bytes.size()) bytes.erase(0, std::exchange(taken, 0));
    }
};

std::unexpected<Error> cancelled() { return fail(ErrorKind::cancelled, Reach::account, "stream closed"); }

}  // namespace

struct MemoryStream::State {
    std::shared_ptr<Pipe> incoming, outgoing;
    std::size_t read_limit = std::numeric_limits<std::size_t>::max();
    std::size_t operations = 0;
    std::size_t fail_at = std::numeric_limits<std::size_t>::max();
    Error failure;
    std::optional<Error> tls_failure;
    std::optional<net::TlsOptions> tls_options;
    net::PeerInfo peer{.address = "192.0.2.1:143"};
    bool closed = false;

    Result<void> begin() {
        if (++operations >= fail_at) return std::unexpected(failure);
        return closed ? Result<void>(cancelled()) : Result<void>();
    }
    // Not before `deadline`: an error. After a change: ok.
    static Awaitable<Result<void>> change(std::shared_ptr<State> state, std::shared_ptr<Pipe> pipe,
                                          Deadline deadline) {
        const bool notified = co_await pipe->changed.wait(deadline);
        if (state->closed) co_return cancelled();
        if (!notified && std::chrono::steady_clock::now() < deadline) co_return cancelled();
        if (!notified) co_return fail(ErrorKind::timeout, Reach::account, "no progress before the deadline");
        co_return Result<void>{};
    }
    void close(bool reset) {
        if (closed) return;
        closed = true;
        outgoing->ended = true;
        outgoing->broken = reset;
        incoming->broken = true;
        if (reset) outgoing->bytes.resize(outgoing->taken);
        outgoing->changed.notify_all();
        incoming->changed.notify_all();
    }
};

MemoryStream::MemoryStream(std::shared_ptr<State> state) : state_(std::move(state)) {}
MemoryStream::~MemoryStream() { state_->close(false); }

void MemoryStream::limit_reads(std::size_t bytes) { state_->read_limit = bytes; }
void MemoryStream::limit_capacity(std::size_t bytes) { state_->outgoing->capacity = bytes; }
void MemoryStream::fail_operation(std::size_t nth, Error error) {
    state_->fail_at = state_->operations + nth;
    state_->failure = std::move(error);
}
void MemoryStream::fail_tls(Error error) { state_->tls_failure = std::move(error); }
std::size_t MemoryStream::operations() const { return state_->operations; }
std::size_t MemoryStream::unread() const { return state_->outgoing->unread(); }
bool MemoryStream::closed() const { return state_->closed; }
const std::optional<net::TlsOptions>& MemoryStream::tls_options() const { return state_->tls_options; }

Awaitable<Result<std::size_t>> MemoryStream::read_some(std::span<char> buffer, Deadline deadline) {
    const auto state = state_;
    const auto pipe = state->incoming;
    GODWIT_CO_CHECK(state->begin());
    while (pipe->unread() == 0) {
        if (pipe->ended) {
            const std::string_view cause = pipe->broken ? "Connection reset by peer" : net::end_of_stream;
            co_return fail(ErrorKind::connection_lost, Reach::account, std::string(cause));
        }
        GODWIT_CO_CHECK(co_await State::change(state, pipe, deadline));
    }
    const std::size_t size = std::min({buffer.size(), pipe->unread(), state->read_limit});
    pipe->take(buffer.first(size));
    pipe->changed.notify_all();
    co_return size;
}

Awaitable<Result<void>> MemoryStream::write(std::string_view data, Deadline deadline) {
    static const std::function<Result<void>()> always = [] { return Result<void>{}; };
    return write_checked(data, deadline, always);
}

Awaitable<Result<void>> MemoryStream::write_gathered(std::span<const std::string_view> pieces,
                                                     Deadline deadline) {
    std::string joined;
    for (const auto piece : pieces) joined += piece;
    co_return co_await write(joined, deadline);
}

Awaitable<Result<void>> MemoryStream::write_checked(std::string_view data, Deadline deadline,
                                                    const std::function<Result<void>()>& check) {
    const auto state = state_;
    const auto pipe = state->outgoing;
    GODWIT_CO_CHECK(state->begin());
    for (;;) {
        if (pipe->broken || state->incoming->ended)
            co_return fail(ErrorKind::connection_lost, Reach::account, "Broken pipe");
        GODWIT_CO_CHECK(check());
        const std::size_t room = pipe->capacity - std::min(pipe->capacity, pipe->unread());
        const std::size_t size = std::min(room, data.size());
        pipe->bytes.append(data.substr(0, size));
        data.remove_prefix(size);
        if (size > 0) pipe->changed.notify_all();
        if (data.empty()) co_return Result<void>{};
        GODWIT_CO_CHECK(co_await State::change(state, pipe, deadline));
    }
}

Awaitable<Result<void>> MemoryStream::start_tls(const net::TlsOptions& options, Deadline) {
    const auto state = state_;
    GODWIT_CO_CHECK(state->begin());
    state->tls_options = options;
    if (state->tls_failure) {
        state->close(false);
        co_return std::unexpected(*state->tls_failure);
    }
    state->peer.tls_version = "TLSv1.3";
    state->peer.certificate_sha256 = std::string(64, 'a');
    co_return Result<void>{};
}

const net::PeerInfo& MemoryStream::peer() const { return state_->peer; }
void MemoryStream::close() { state_->close(false); }
void MemoryStream::reset() { state_->close(true); }

std::pair<std::unique_ptr<MemoryStream>, std::unique_ptr<MemoryStream>> memory_stream_pair(
    asio::any_io_executor executor) {
    const auto there = std::make_shared<Pipe>(executor), back = std::make_shared<Pipe>(executor);
    const auto end = [](std::shared_ptr<Pipe> incoming, std::shared_ptr<Pipe> outgoing) {
        auto state = std::make_shared<MemoryStream::State>();
        state->incoming = std::move(incoming);
        state->outgoing = std::move(outgoing);
        return state;
    };
    return {std::unique_ptr<MemoryStream>(new MemoryStream(end(back, there))),
            std::unique_ptr<MemoryStream>(new MemoryStream(end(there, back)))};
}

}  // namespace godwit::test
