#include "tools/fakeimap/listener.h"

#include <cerrno>

#include <sys/socket.h>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "engine/net/tcp_stream.h"

namespace godwit::fakeimap {
namespace {

using asio::ip::tcp;
using boost::system::error_code;

constexpr std::chrono::milliseconds pause_without_descriptors{100};

}  // namespace

struct Listener::State {
    State(asio::any_io_executor e, Server& s)
        : executor(std::move(e)), server(s), acceptor(executor), scope(executor) {}

    Awaitable<void> accept_loop();
    // False when the process has no descriptors left.
    bool accept_all();

    asio::any_io_executor executor;
    Server& server;
    tcp::acceptor acceptor;
    TaskScope scope;
    bool stopping = false;
};

bool Listener::State::accept_all() {
    for (;;) {
        const int descriptor =
            ::accept4(acceptor.native_handle(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (descriptor >= 0)
            scope.spawn("fake connection",
                        server.serve(std::make_unique<net::TcpStream>(executor, descriptor)));
        else if (errno != EINTR && errno != ECONNABORTED)
            return errno == EAGAIN || errno == EWOULDBLOCK;
    }
}

Awaitable<void> Listener::State::accept_loop() {
    while (!stopping) {
        const auto [error] =
            co_await acceptor.async_wait(tcp::acceptor::wait_read, asio::as_tuple(asio::use_awaitable));
        if (stopping || error == asio::error::operation_aborted) co_return;
        if (error || !accept_all()) co_await sleep_for(pause_without_descriptors);
    }
}

Listener::Listener(asio::any_io_executor executor, Server& server)
    : state_(std::make_shared<State>(std::move(executor), server)) {}

Listener::~Listener() = default;

Result<std::uint16_t> Listener::start(const std::string& address, std::uint16_t port) {
    auto& acceptor = state_->acceptor;
    const std::string context = fmt::format("listening on {}:{}", printable(address), port);
    error_code error;
    const auto numeric = asio::ip::make_address(address, error);
    if (error) return fail(ErrorKind::invalid_argument, Reach::node, "not a numeric address", context);
    const tcp::endpoint endpoint(numeric, port);
    acceptor.open(endpoint.protocol(), error);
    if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor.bind(endpoint, error);
    if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
    if (!error) acceptor.native_non_blocking(true, error);
    if (error) return fail(ErrorKind::conflict, Reach::node, printable(error.message()), context);
    state_->scope.spawn("fake accept", state_->accept_loop());
    return acceptor.local_endpoint(error).port();
}

Awaitable<void> Listener::stop() {
    const auto state = state_;
    state->stopping = true;
    error_code ignored;
    state->acceptor.close(ignored);
    state->scope.cancel();
    co_await state->scope.join();
}

}  // namespace godwit::fakeimap
