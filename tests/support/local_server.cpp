#include "tests/support/local_server.h"

#include <cstring>
#include <stdexcept>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <csignal>

namespace godwit::test {
namespace {

constexpr int patience_s = 10;

int listen_on_loopback(bool v6, int backlog, std::uint16_t& port) {
    const int descriptor = socket(v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in6 six{.sin6_family = AF_INET6, .sin6_addr = in6addr_loopback};
    sockaddr_in four{.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    auto* address = v6 ? reinterpret_cast<sockaddr*>(&six) : reinterpret_cast<sockaddr*>(&four);
    socklen_t size = v6 ? sizeof six : sizeof four;
    if (descriptor < 0 || bind(descriptor, address, size) != 0 || listen(descriptor, backlog) != 0 ||
        getsockname(descriptor, address, &size) != 0) {
        if (descriptor >= 0) ::close(descriptor);
        return -1;
    }
    port = ntohs(v6 ? six.sin6_port : four.sin_port);
    return descriptor;
}

}  // namespace

ServerConnection::~ServerConnection() { close(); }

bool ServerConnection::start_tls() {
    ssl_ = SSL_new(context_);
    SSL_set_fd(ssl_, descriptor_);
    return SSL_accept(ssl_) == 1;
}

std::string ServerConnection::read(std::size_t limit) {
    if (!unread_.empty()) return std::exchange(unread_, {});
    std::string buffer(limit, '\0');
    const long got = ssl_ ? SSL_read(ssl_, buffer.data(), static_cast<int>(buffer.size()))
                          : recv(descriptor_, buffer.data(), buffer.size(), 0);
    buffer.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return buffer;
}

std::string ServerConnection::read_until(std::string_view delimiter) {
    std::string got = std::exchange(unread_, {});
    for (;;) {
        const std::size_t at = got.find(delimiter);
        if (at != std::string::npos) {
            unread_ = got.substr(at + delimiter.size());
            return got.substr(0, at + delimiter.size());
        }
        const std::string more = read();
        if (more.empty()) return got;
        got += more;
    }
}

std::string ServerConnection::read_exactly(std::size_t size) {
    std::string got = std::exchange(unread_, {});
    while (got.size() < size) {
        const std::string more = read();
        if (more.empty()) return got;
        got += more;
    }
    unread_ = got.substr(size);
    got.resize(size);
    return got;
}

bool ServerConnection::write(std::string_view data) {
    while (!data.empty()) {
        const long sent =
            ssl_ ? SSL_write(ssl_, data.data(), static_cast<int>(std::min<std::size_t>(data.size(), 65536)))
                 : send(descriptor_, data.data(), data.size(), MSG_NOSIGNAL);
        if (sent <= 0) return false;
        data.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

void ServerConnection::reset() {
    const linger now{.l_onoff = 1, .l_linger = 0};
    setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    if (ssl_) SSL_set_quiet_shutdown(ssl_, 1);
    close();
}

void ServerConnection::close() {
    if (ssl_) {
        SSL_shutdown(ssl_);
        SSL_free(std::exchange(ssl_, nullptr));
    }
    if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

LocalServer::LocalServer(Serve serve, const Certificate* certificate, bool v6) : serve_(std::move(serve)) {
    std::signal(SIGPIPE, SIG_IGN);  // OpenSSL's socket BIO on the server's side of the tests
    listener_ = listen_on_loopback(v6, 64, port_);
    if (listener_ < 0) throw std::runtime_error("cannot listen");
    if (certificate) {
        context_.reset(SSL_CTX_new(TLS_server_method()));
        SSL_CTX_use_certificate(context_.get(), certificate->x509());
        SSL_CTX_use_PrivateKey(context_.get(), certificate->key());
    }
    thread_ = std::thread([this] { run(); });
}

LocalServer::~LocalServer() {
    stopping_ = true;
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
}

void LocalServer::run() {
    while (!stopping_) {
        const int descriptor = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (descriptor < 0) continue;
        const timeval patience{.tv_sec = patience_s};
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
        ++accepted_;
        ServerConnection connection(descriptor, context_.get());
        serve_(connection);
    }
}

bool LocalServer::v6_available() {
    std::uint16_t port = 0;
    const int descriptor = listen_on_loopback(true, 1, port);
    if (descriptor >= 0) ::close(descriptor);
    return descriptor >= 0;
}

SilentPort::SilentPort() {
    listener_ = listen_on_loopback(false, 0, port_);
    for (int i = 0; i < 16 && !silent_; ++i) {
        const int filler = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        const sockaddr_in address{
            .sin_family = AF_INET, .sin_port = htons(port_), .sin_addr = {htonl(INADDR_LOOPBACK)}};
        (void)connect(filler, reinterpret_cast<const sockaddr*>(&address), sizeof address);
        fillers_.push_back(filler);
        pollfd ready{.fd = filler, .events = POLLOUT};
        silent_ = poll(&ready, 1, 200) == 0;
    }
}

SilentPort::~SilentPort() {
    for (const int filler : fillers_) ::close(filler);
    if (listener_ >= 0) ::close(listener_);
}

std::uint16_t closed_port() {
    std::uint16_t port = 0;
    const int descriptor = listen_on_loopback(false, 1, port);
    if (descriptor >= 0) ::close(descriptor);
    return port;
}

}  // namespace godwit::test
