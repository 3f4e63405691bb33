#include "engine/net/tcp_stream.h"

#include <array>
#include <cerrno>
#include <cstring>

#include <netinet/tcp.h>
#include <sys/socket.h>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "engine/net/tls_session.h"
#include "engine/net/unwritten.h"

namespace godwit::net {
namespace {

using asio::ip::tcp;
using boost::system::error_code;
using Want = TlsSession::Step;
using Progress = TlsSession::Progress;

constexpr auto as_tuple_awaitable = asio::as_tuple(asio::use_awaitable);
constexpr int keepalive_idle_s = 60;
constexpr int keepalive_interval_s = 10;
// Operations in a row that need no wait before others on the executor get a turn.
constexpr unsigned turns_before_yield = 32;
constexpr std::size_t vectors_at_once = 64;

std::unexpected<Error> cancelled() { return fail(ErrorKind::cancelled, Reach::account, "stream closed"); }

std::unexpected<Error> lost(int error) {
    return fail(ErrorKind::connection_lost, Reach::account, std::strerror(error));
}

Error connect_error(const error_code& code) {
    Error error{
        .kind = ErrorKind::connection_refused, .reach = Reach::host, .cause = printable(code.message())};
    switch (code.value()) {
        case ETIMEDOUT: error.kind = ErrorKind::connect_timeout; break;
        case EMFILE:
        case ENFILE:
        case EADDRNOTAVAIL:
        case ENOBUFS:
            error.kind = ErrorKind::limit_exceeded;
            error.reach = Reach::node;
            break;
        default: break;
    }
    return error;
}

void set_option(int descriptor, int level, int name, int value) {
    // A kernel that lacks one of these only loses a refinement.
    (void)setsockopt(descriptor, level, name, &value, sizeof value);
}

std::string text_of(const tcp::endpoint& endpoint) {
    const std::string address = endpoint.address().to_string();
    const std::string port = std::to_string(endpoint.port());
    return endpoint.address().is_v6() ? "[" + address + "]:" + port : address + ":" + port;
}

}  // namespace

struct TcpStream::State : std::enable_shared_from_this<TcpStream::State> {
    // The deadline of one direction. The timer stays armed after an operation and is moved when it fires
    // early, so that an operation that ends in time costs no timer call.
    struct Watch {
        explicit Watch(const asio::any_io_executor& executor) : timer(executor) {}
        asio::steady_timer timer;
        Deadline deadline = Deadline::max();
        Deadline armed_until = Deadline::max();
        bool armed = false;
        bool active = false;
        bool expired = false;
    };

    tcp::socket socket;
    Watch reading, writing;
    std::unique_ptr<TlsSession> tls;
    PeerInfo peer;
    std::chrono::milliseconds user_timeout;
    unsigned turns = 0;
    bool closed = false;
    bool write_broken = false;

    State(const asio::any_io_executor& executor, std::chrono::milliseconds unacknowledged)
        : socket(executor), reading(executor), writing(executor), user_timeout(unacknowledged) {}

    void prepare_socket();
    void arm(Watch& watch);
    void on_timer(Watch& watch, const error_code& error);
    Awaitable<Result<void>> wait(Watch& watch, Want want, Deadline deadline);
    Awaitable<Result<void>> wait_to_read(Want want, Deadline deadline);
    bool must_yield() { return ++turns % turns_before_yield == 0; }
    Result<Progress> try_read(std::span<char> buffer);
    Result<Progress> try_write(const Unwritten& left);
    Awaitable<Result<void>> write(Unwritten left, Deadline deadline,
                                  const std::function<Result<void>()>* check);
    void close(bool reset);
};

// SO_SNDBUF and SO_RCVBUF are left to the kernel: it grows them as far as a connection can use them, and no more once
// either is set.
void TcpStream::State::prepare_socket() {
    const int descriptor = socket.native_handle();
    error_code ignored;
    socket.native_non_blocking(true, ignored);
    set_option(descriptor, IPPROTO_TCP, TCP_NODELAY, 1);
    set_option(descriptor, SOL_SOCKET, SO_KEEPALIVE, 1);
    set_option(descriptor, IPPROTO_TCP, TCP_KEEPIDLE, keepalive_idle_s);
    set_option(descriptor, IPPROTO_TCP, TCP_KEEPINTVL, keepalive_interval_s);
    set_option(descriptor, IPPROTO_TCP, TCP_USER_TIMEOUT, static_cast<int>(user_timeout.count()));
}

void TcpStream::State::arm(Watch& watch) {
    if (watch.deadline == Deadline::max() || (watch.armed && watch.armed_until <= watch.deadline)) return;
    watch.armed = true;
    watch.armed_until = watch.deadline;
    watch.timer.expires_at(watch.deadline);
    watch.timer.async_wait([weak = weak_from_this(), &watch](const error_code& error) {
        if (const auto state = weak.lock()) state->on_timer(watch, error);
    });
}

void TcpStream::State::on_timer(Watch& watch, const error_code& error) {
    if (error || closed) return;
    watch.armed = false;
    if (!watch.active) return;
    if (watch.deadline > std::chrono::steady_clock::now()) return arm(watch);
    watch.expired = true;
    // Wakes the other direction too, which finds nothing of its own amiss and waits again.
    error_code ignored;
    socket.cancel(ignored);
}

Awaitable<Result<void>> TcpStream::State::wait(Watch& watch, Want want, Deadline deadline) {
    const auto self = shared_from_this();
    const auto stopped = [](const asio::cancellation_state& state) {
        return state.cancelled() != asio::cancellation_type::none;
    };
    if (stopped(co_await asio::this_coro::cancellation_state)) co_return cancelled();
    watch.deadline = deadline;
    watch.active = true;
    watch.expired = false;
    turns = 0;
    arm(watch);
    const auto type = want == Want::want_read ? tcp::socket::wait_read : tcp::socket::wait_write;
    const auto [error] = co_await socket.async_wait(type, as_tuple_awaitable);
    watch.active = false;
    if (closed || stopped(co_await asio::this_coro::cancellation_state)) co_return cancelled();
    if (watch.expired) co_return fail(ErrorKind::timeout, Reach::account, "no progress before the deadline");
    if (error && error != asio::error::operation_aborted) co_return lost(error.value());
    co_return Result<void>{};
}

// A server that sends an answer in two small writes waits with the second until the first is acknowledged (Courier,
// Mailutils: 40 ms each time). The kernel forgets the wish again, so it is said before each wait.
Awaitable<Result<void>> TcpStream::State::wait_to_read(Want want, Deadline deadline) {
    set_option(socket.native_handle(), IPPROTO_TCP, TCP_QUICKACK, 1);
    return wait(reading, want, deadline);
}

Result<Progress> TcpStream::State::try_read(std::span<char> buffer) {
    if (closed) return cancelled();
    if (tls) return tls->read(buffer);
    const ssize_t moved = recv(socket.native_handle(), buffer.data(), buffer.size(), 0);
    if (moved > 0) return Progress{Want::done, static_cast<std::size_t>(moved)};
    if (moved == 0) return fail(ErrorKind::connection_lost, Reach::account, std::string(end_of_stream));
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) return Progress{Want::want_read};
    return lost(errno);
}

Result<Progress> TcpStream::State::try_write(const Unwritten& left) {
    if (tls) {
        // A record each, however small the pieces are. It may be needed again only by this write, which makes
        // it anew.
        static thread_local std::array<char, TlsSession::record_bytes> record;
        return tls->write(left.joined(record));
    }
    std::array<iovec, vectors_at_once> vectors;
    const auto used = left.gather(vectors);
    const msghdr message{.msg_iov = used.data(), .msg_iovlen = used.size()};
    const ssize_t moved = sendmsg(socket.native_handle(), &message, MSG_NOSIGNAL);
    if (moved >= 0) return Progress{Want::done, static_cast<std::size_t>(moved)};
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) return Progress{Want::want_write};
    return lost(errno);
}

Awaitable<Result<void>> TcpStream::State::write(Unwritten left, Deadline deadline,
                                                const std::function<Result<void>()>* check) {
    while (!left.empty()) {
        if (closed) co_return cancelled();
        if (write_broken)
            co_return fail(ErrorKind::connection_lost, Reach::account, "an earlier write did not finish");
        if (auto wanted = check ? (*check)() : Result<void>{}; !wanted) {
            write_broken = true;
            co_return wanted;
        }
        auto moved = try_write(left);
        if (moved && moved->step == Want::done) {
            left.advance(moved->bytes);
            if (must_yield()) co_await asio::post(socket.get_executor(), asio::use_awaitable);
            continue;
        }
        Result<void> ready = moved ? co_await wait(writing, moved->step, deadline)
                                   : Result<void>(std::unexpected(std::move(moved).error()));
        if (!ready) {
            write_broken = true;
            co_return ready;
        }
    }
    co_return Result<void>{};
}

void TcpStream::State::close(bool reset) {
    if (closed) return;
    closed = true;
    error_code ignored;
    if (reset) {
        const linger now{.l_onoff = 1, .l_linger = 0};
        (void)setsockopt(socket.native_handle(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
    } else if (tls && !writing.active && !write_broken) {
        tls->shutdown();
    }
    socket.close(ignored);
    reading.timer.cancel();
    writing.timer.cancel();
}

TcpStream::TcpStream(asio::any_io_executor executor, std::chrono::milliseconds user_timeout)
    : state_(std::make_shared<State>(executor, user_timeout)) {}

TcpStream::TcpStream(asio::any_io_executor executor, int descriptor) : TcpStream(std::move(executor)) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    const bool v6 = getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size) == 0 &&
                    address.ss_family == AF_INET6;
    error_code error;
    state_->socket.assign(v6 ? tcp::v6() : tcp::v4(), descriptor, error);
    state_->prepare_socket();
    const auto remote = state_->socket.remote_endpoint(error);
    if (!error) state_->peer.address = text_of(remote);
}

TcpStream::~TcpStream() { state_->close(false); }

Awaitable<Result<void>> TcpStream::connect(std::string address, std::uint16_t port, Deadline deadline) {
    const auto state = state_;
    error_code error;
    const auto numeric = asio::ip::make_address(address, error);
    if (error)
        co_return fail(ErrorKind::invalid_argument, Reach::host,
                       "not a numeric address: " + printable(address));
    const tcp::endpoint endpoint(numeric, port);
    if (state->closed) co_return cancelled();
    state->socket.open(endpoint.protocol(), error);
    if (error) co_return std::unexpected(connect_error(error));
    state->prepare_socket();
    state->peer.address = text_of(endpoint);
    if (::connect(state->socket.native_handle(), endpoint.data(), static_cast<socklen_t>(endpoint.size())) ==
        0)
        co_return Result<void>{};
    if (errno != EINPROGRESS && errno != EINTR)
        co_return std::unexpected(connect_error(error_code(errno, boost::system::system_category())));
    for (;;) {
        auto ready = co_await state->wait(state->writing, Want::want_write, deadline);
        if (!ready && ready.error().kind == ErrorKind::timeout)
            co_return fail(ErrorKind::connect_timeout, Reach::host, "no answer before the deadline");
        if (!ready) co_return std::unexpected(std::move(ready).error());
        int failure = 0;
        socklen_t size = sizeof failure;
        getsockopt(state->socket.native_handle(), SOL_SOCKET, SO_ERROR, &failure, &size);
        if (failure != 0)
            co_return std::unexpected(connect_error(error_code(failure, boost::system::system_category())));
        state->socket.remote_endpoint(
            error);  // tells a real end of the wait from one that was woken for another
        if (!error) co_return Result<void>{};
    }
}

Awaitable<Result<std::size_t>> TcpStream::read_some(std::span<char> buffer, Deadline deadline) {
    const auto state = state_;
    if (buffer.empty()) co_return std::size_t{0};
    for (;;) {
        GODWIT_CO_TRY(moved, state->try_read(buffer));
        if (moved.step == Want::done) {
            if (state->must_yield()) co_await asio::post(state->socket.get_executor(), asio::use_awaitable);
            co_return moved.bytes;
        }
        GODWIT_CO_CHECK(co_await state->wait_to_read(moved.step, deadline));
    }
}

Awaitable<Result<std::string_view>> TcpStream::read(LentBuffer& buffer, Deadline deadline) {
    const auto state = state_;
    for (;;) {
        const auto room = buffer.room();
        const auto moved = state->try_read(room);
        if (moved && moved->step == Want::done) {
            if (state->must_yield()) co_await asio::post(state->socket.get_executor(), asio::use_awaitable);
            co_return std::string_view(room.data(), moved->bytes);
        }
        buffer.release();
        if (!moved) co_return std::unexpected(moved.error());
        GODWIT_CO_CHECK(co_await state->wait_to_read(moved->step, deadline));
    }
}

Awaitable<Result<void>> TcpStream::write(std::string_view data, Deadline deadline) {
    const auto state = state_;
    const std::array pieces{data};
    co_return co_await state->write(Unwritten(pieces), deadline, nullptr);
}

Awaitable<Result<void>> TcpStream::write_gathered(std::span<const std::string_view> pieces,
                                                  Deadline deadline) {
    const auto state = state_;
    co_return co_await state->write(Unwritten(pieces), deadline, nullptr);
}

Awaitable<Result<void>> TcpStream::write_checked(std::string_view data, Deadline deadline,
                                                 const std::function<Result<void>()>& check) {
    const auto state = state_;
    const std::array pieces{data};
    co_return co_await state->write(Unwritten(pieces), deadline, &check);
}

Awaitable<Result<void>> TcpStream::start_tls(const TlsOptions& options, Deadline deadline) {
    const auto state = state_;
    if (state->closed) co_return cancelled();
    const std::string context = "TLS with " + printable(options.server_name, 255);
    if (state->tls) co_return fail(ErrorKind::invalid_argument, Reach::host, "TLS is on already", context);
    auto session = TlsSession::client(state->socket.native_handle(), options, state->peer.address);
    Result<void> failure;
    while (session) {
        const auto progress = (*session)->handshake();
        if (!progress) {
            failure = std::unexpected(progress.error());
            break;
        }
        if (progress->step == Want::done) {
            (*session)->describe(state->peer);
            state->tls = std::move(*session);
            co_return Result<void>{};
        }
        failure = co_await state->wait(state->reading, progress->step, deadline);
        if (!failure) break;
    }
    state->close(false);
    if (!session) co_return std::unexpected(std::move(session).error());
    failure.error().reach = Reach::host;
    co_return pass_on(std::move(failure).error(), context);
}

const PeerInfo& TcpStream::peer() const { return state_->peer; }
void TcpStream::close() { state_->close(false); }
void TcpStream::reset() { state_->close(true); }

}  // namespace godwit::net
