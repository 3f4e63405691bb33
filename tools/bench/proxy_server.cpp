#include "tools/bench/proxy_server.h"

#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace godwit::bench {
namespace {

constexpr int most_waiting = 4096;       // connections not accepted yet
constexpr double least_receive = 65536;  // octets, of a socket with a rate

int checked(int result, const char* what) {
    if (result < 0) throw std::runtime_error(std::string(what) + ": " + std::strerror(errno));
    return result;
}

const sockaddr* plain(const Address& address) { return reinterpret_cast<const sockaddr*>(&address.storage); }

/// Or the kernel would hold seconds of a slow line in its buffers.
void limit_receiving(int socket, double rate) {
    if (rate == 0) return;
    const int size = static_cast<int>(std::max(rate * 0.02, least_receive));
    setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
}

void no_delay(int socket) {
    const int on = 1;
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

}  // namespace

ProxyConnection::ProxyConnection(int client, const Shaping& shaping, Time call_at)
    : client_(client), call_at_(call_at), up_(shaping), down_(shaping) {
    up_.from = down_.to = client;
}

ProxyConnection::~ProxyConnection() {
    const linger reset{1, 0};
    for (const int socket : {client_, server_}) {
        if (socket < 0) continue;
        if (broken_) setsockopt(socket, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
        close(socket);
    }
}

void ProxyConnection::called(int socket) {
    server_ = up_.to = down_.from = socket;
    broken_ |= socket < 0;
}

void ProxyConnection::found(bool client, std::uint32_t events) {
    const bool ended = events & (EPOLLERR | EPOLLHUP);
    Flow &in = client ? up_ : down_, &out = client ? down_ : up_;
    if (ended || events & (EPOLLIN | EPOLLRDHUP)) in.readable = true;
    if (ended || events & EPOLLOUT) out.writable = true;
}

bool ProxyConnection::run(Tally& tally) {
    if (broken_) return false;
    const auto up = up_.run();
    if (up.received && std::exchange(server_was_heard_, false)) ++tally.round_trips;
    const auto down = down_.run();
    if (down.delivered) server_was_heard_ = true;
    tally.up += up.received;
    tally.down += down.received;
    again_ = up.again || down.again;
    broken_ = up.broken || down.broken;
    return !broken_ && !(up_.finished() && down_.finished());
}

Time ProxyConnection::wake() const {
    if (again_) return Time::min();
    return std::min({up_.wake(), down_.wake(), server_ < 0 ? call_at_ : Time::max()});
}

ProxyServer::ProxyServer(const ProxyOptions& options)
    : options_(options),
      shaping_{options.round_trip / 2, options.rate},
      epoll_(checked(epoll_create1(EPOLL_CLOEXEC), "epoll")),
      listener_(checked(
          socket(options.listen.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), "socket")),
      began_(std::chrono::steady_clock::now()) {
    const int on = 1;
    setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    limit_receiving(listener_, options.rate);
    checked(bind(listener_, plain(options.listen), options.listen.size), "bind");
    checked(listen(listener_, most_waiting), "listen");
    watch(listener_, EPOLLIN);
    sigset_t set;
    sigemptyset(&set);
    for (const int number : {SIGTERM, SIGINT, SIGUSR1}) sigaddset(&set, number);
    signals_ = checked(signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC), "signalfd");
    watch(signals_, EPOLLIN);
}

std::uint16_t ProxyServer::port() const {
    Address bound;
    bound.size = sizeof bound.storage;
    checked(getsockname(listener_, reinterpret_cast<sockaddr*>(&bound.storage), &bound.size), "getsockname");
    return ntohs(
        reinterpret_cast<const sockaddr_in*>(&bound.storage)->sin_port);  // at one place in both families
}

void ProxyServer::watch(int descriptor, std::uint32_t events) {
    epoll_event event{events, {}};
    event.data.fd = descriptor;
    checked(epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event), "epoll");
}

void ProxyServer::run() {
    std::array<epoll_event, 512> events;
    for (;;) {
        timespec timeout{};
        const auto wait = timeout_ns(std::chrono::steady_clock::now(), timeout) ? &timeout : nullptr;
        const int count = epoll_pwait2(epoll_, events.data(), events.size(), wait, nullptr);
        if (count < 0 && errno != EINTR) checked(count, "epoll");
        const Time now = std::chrono::steady_clock::now();
        bool accepts = false;
        for (int place = 0; place < count; ++place) {
            const epoll_event& event = events[static_cast<std::size_t>(place)];
            if (event.data.fd == signals_) {
                if (signalled()) return;
            } else if (event.data.fd == listener_) {
                accepts = true;  // afterwards: a new socket may have the number of one that has an event here
            } else if (const auto found = by_socket_.find(event.data.fd); found != by_socket_.end()) {
                found->second->found(event.data.fd == found->second->client(), event.events);
                go_on(*found->second, now);
            }
        }
        if (accepts) accept_all(now);
        // Each once: who has more to do is put in again, before now.
        std::vector<ProxyConnection*> due;
        for (const auto& [wake, connection] : wakes_) {
            if (wake > now) break;
            due.push_back(connection);
        }
        for (auto* connection : due) go_on(*connection, now);
    }
}

bool ProxyServer::signalled() {
    signalfd_siginfo info{};
    if (read(signals_, &info, sizeof info) != sizeof info) return false;
    print_tally();
    return info.ssi_signo != SIGUSR1;
}

void ProxyServer::accept_all(Time now) {
    for (;;) {
        const int client = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (client < 0 && (errno == EAGAIN || errno == ECONNABORTED || errno == EINTR)) return;
        checked(client, "accept");
        no_delay(client);
        ++tally_.connections;
        auto entry = std::make_unique<ProxyConnection>(client, shaping_, now + options_.round_trip * 3 / 2);
        auto& connection = *entry;
        by_socket_[client] = &connection;
        connections_.emplace(&connection, std::pair(std::move(entry), Time::max()));
        watch(client, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET);
        go_on(connection, now);
    }
}

void ProxyServer::go_on(ProxyConnection& connection, Time now) {
    if (connection.to_be_called(now)) {
        const int server = checked(
            socket(options_.to.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), "socket");
        no_delay(server);
        limit_receiving(server, options_.rate);
        if (connect(server, plain(options_.to), options_.to.size) && errno != EINPROGRESS) {
            close(server);
            connection.called(-1);
        } else {
            by_socket_[server] = &connection;
            connection.called(server);
            watch(server, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET);
        }
    }
    if (connection.run(tally_))
        set_wake(connection, connection.wake());
    else
        end(connection);
}

void ProxyServer::set_wake(ProxyConnection& connection, Time wake) {
    Time& present = connections_.at(&connection).second;
    if (present == wake) return;
    if (present != Time::max()) wakes_.erase({present, &connection});
    if (wake != Time::max()) wakes_.emplace(wake, &connection);
    present = wake;
}

void ProxyServer::end(ProxyConnection& connection) {
    set_wake(connection, Time::max());
    by_socket_.erase(connection.client());
    by_socket_.erase(connection.server());
    connections_.erase(&connection);
}

int ProxyServer::timeout_ns(Time now, timespec& timeout) const {
    if (wakes_.empty()) return 0;
    const auto wait = std::max(wakes_.begin()->first, now) - now;
    const auto whole = std::chrono::floor<std::chrono::seconds>(wait);
    timeout.tv_sec = whole.count();
    timeout.tv_nsec = std::chrono::nanoseconds(wait - whole).count();
    return 1;
}

void ProxyServer::print_tally() const {
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began_;
    std::printf(
        "{\"connections\":%llu,\"up_bytes\":%llu,\"down_bytes\":%llu,\"round_trips\":%llu,\"seconds\":%.6f}"
        "\n",
        static_cast<unsigned long long>(tally_.connections), static_cast<unsigned long long>(tally_.up),
        static_cast<unsigned long long>(tally_.down), static_cast<unsigned long long>(tally_.round_trips),
        took.count());
    std::fflush(stdout);
}

}  // namespace godwit::bench
