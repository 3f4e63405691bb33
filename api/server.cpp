#include "api/server.h"

#include <cerrno>
#include <cstring>
#include <list>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "api/connection.h"
#include "api/dispatch.h"
#include "engine/base/log.h"
#include "engine/base/task_scope.h"
#include "engine/net/tcp_stream.h"

namespace godwit::api {
namespace {

using asio::ip::tcp;
using boost::system::error_code;

constexpr int accepted_per_turn = 16;
constexpr std::chrono::milliseconds pause_without_descriptors{100};
constexpr std::chrono::milliseconds refusal_timeout{1'000};

ConnectionLimits limits_of(const ApiOptions& options) {
    ConnectionLimits limits;
    limits.header_timeout = options.header_timeout;
    limits.body_timeout = options.body_timeout;
    limits.idle_timeout = options.idle_timeout;
    limits.write_timeout = options.write_timeout;
    return limits;
}

std::string full_answer() {
    const auto response = to_response(
        Problem{503, "too_many_connections", "All connections of this server are taken; try again.", {}, {}}, Request{});
    return fmt::format("HTTP/1.1 503 Service Unavailable\r\nContent-Type: {}\r\nContent-Length: {}\r\n"
                       "Retry-After: 1\r\nConnection: close\r\n\r\n{}",
                       response.content_type, response.body.size(), response.body);
}

}  // namespace

struct ApiServer::State {
    asio::any_io_executor executor;
    ApiOptions options;
    Services services;
    tcp::acceptor acceptor;
    TaskScope scope;
    Signal all_closed;
    Router router;
    Dispatch dispatch;
    std::list<Connection*> connections;
    bool started = false;
    bool stopping = false;

    State(asio::any_io_executor e, ApiOptions o, Services s)
        : executor(std::move(e)), options(std::move(o)), services(std::move(s)), acceptor(executor), scope(executor),
          all_closed(executor), router(make_router()), dispatch(router, services, options, scope) {}

    Awaitable<void> accept_loop();
    // False when the process has no descriptors left.
    bool accept_some();
    Awaitable<void> serve(int descriptor);
    Awaitable<void> turn_away(int descriptor);
};

bool ApiServer::State::accept_some() {
    for (int i = 0; i < accepted_per_turn; ++i) {
        const int descriptor = ::accept4(acceptor.native_handle(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (descriptor < 0) return errno == EAGAIN || errno == EWOULDBLOCK || errno == ECONNABORTED || errno == EINTR;
        if (connections.size() < options.max_connections) scope.spawn("http connection", serve(descriptor));
        else scope.spawn("http refusal", turn_away(descriptor));
    }
    return true;
}

Awaitable<void> ApiServer::State::accept_loop() {
    while (!stopping) {
        const auto [error] = co_await acceptor.async_wait(tcp::acceptor::wait_read,
                                                          asio::as_tuple(asio::use_awaitable));
        if (stopping || error == asio::error::operation_aborted || error == asio::error::bad_descriptor) co_return;
        if (error || !accept_some()) {
            log_line(LogLevel::warn, "cannot accept", {{"error", std::strerror(errno)}});
            co_await sleep_for(pause_without_descriptors);
        }
    }
}

Awaitable<void> ApiServer::State::serve(int descriptor) {
    Connection connection(std::make_unique<net::TcpStream>(executor, descriptor), limits_of(options),
                          [this](Request& request, BodyReader& body) { return dispatch.respond(request, body); });
    const auto place = connections.insert(connections.end(), &connection);
    if (stopping) connection.drain();
    co_await connection.serve();
    connections.erase(place);
    if (connections.empty()) all_closed.notify_all();
}

Awaitable<void> ApiServer::State::turn_away(int descriptor) {
    net::TcpStream stream(executor, descriptor);
    const auto answer = full_answer();
    (void)co_await stream.write(answer, after(refusal_timeout));
    services.metrics.http_request("none", "none", 503, {});
}

ApiServer::ApiServer(asio::any_io_executor executor, ApiOptions options, Services services)
    : state_(std::make_shared<State>(std::move(executor), std::move(options), std::move(services))) {}

ApiServer::~ApiServer() = default;

Result<std::uint16_t> ApiServer::start() {
    auto& state = *state_;
    const std::string context = fmt::format("listening on {}:{}", state.options.address, state.options.port);
    error_code error;
    const auto address = asio::ip::make_address(state.options.address, error);
    if (error) return fail(ErrorKind::invalid_argument, Reach::node, "not a numeric address", context);
    const tcp::endpoint endpoint(address, state.options.port);
    state.acceptor.open(endpoint.protocol(), error);
    if (!error) state.acceptor.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) state.acceptor.bind(endpoint, error);
    if (!error) state.acceptor.listen(asio::socket_base::max_listen_connections, error);
    if (!error) state.acceptor.native_non_blocking(true, error);
    if (error) {
        error_code ignored;
        state.acceptor.close(ignored);
        return fail(ErrorKind::conflict, Reach::node, error.message(), context);
    }
    ::fcntl(state.acceptor.native_handle(), F_SETFD, FD_CLOEXEC);
    const auto port = state.acceptor.local_endpoint(error).port();
    state.started = true;
    state.scope.spawn("http accept", state.accept_loop());
    return port;
}

Awaitable<void> ApiServer::stop() {
    const auto state = state_;
    state->stopping = true;
    error_code ignored;
    state->acceptor.close(ignored);
    for (Connection* connection : state->connections) connection->drain();
    const auto deadline = after(state->options.drain);
    while (!state->connections.empty())
        if (!co_await state->all_closed.wait(deadline)) break;
    for (Connection* connection : state->connections) connection->close();
    state->scope.cancel();
    co_await state->scope.join();
}

std::size_t ApiServer::connections() const { return state_->connections.size(); }

}  // namespace godwit::api
