#include "tools/bench/pump_link.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace godwit::bench {
namespace {

constexpr std::size_t chunk_size = 256 * 1024;
constexpr int patience_ms = 60'000;
constexpr ssize_t would_block = -1;

[[noreturn]] void fail(const std::string& what) {
    throw std::runtime_error(what + ": " + std::strerror(errno));
}

int start_connecting(const Endpoint& endpoint) {
    addrinfo hints{}, *found = nullptr;
    hints.ai_socktype = SOCK_STREAM;
    if (const int error = getaddrinfo(endpoint.host.c_str(), endpoint.port.c_str(), &hints, &found))
        throw std::runtime_error(endpoint.host + ": " + gai_strerror(error));
    const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owner(found, freeaddrinfo);
    const int socket = ::socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (socket < 0) fail("socket");
    const int on = 1;
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(socket, found->ai_addr, found->ai_addrlen) && errno != EINPROGRESS) {
        close(socket);
        fail("connect");
    }
    return socket;
}

}  // namespace

SSL_CTX* tls_context() {
    static SSL_CTX* const context = [] {
        SSL_CTX* made = SSL_CTX_new(TLS_client_method());
        if (!made) throw std::runtime_error("TLS: no context");
        SSL_CTX_set_verify(made, SSL_VERIFY_NONE, nullptr);
        SSL_CTX_set_mode(made, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
        SSL_CTX_set_read_ahead(made, 1);
        SSL_CTX_set_default_read_buffer_len(made, 128 * 1024);
        return made;
    }();
    return context;
}

Link::Link(const Endpoint& endpoint, bool tls)
    : socket_(start_connecting(endpoint)), tls_(nullptr, SSL_free), buffer_(chunk_size) {
    if (!tls) return;
    tls_.reset(SSL_new(tls_context()));
    if (!tls_ || !SSL_set_fd(tls_.get(), socket_)) throw std::runtime_error("TLS: no session");
    SSL_set_connect_state(tls_.get());
}

Link::~Link() { close(socket_); }

void Link::send(std::string_view octets) {
    backlog_ += octets.size();
    while (!octets.empty()) {
        if (queue_.empty() || queue_.back().size() == chunk_size) queue_.emplace_back().reserve(chunk_size);
        const auto part = octets.substr(0, chunk_size - queue_.back().size());
        queue_.back() += part;
        octets.remove_prefix(part.size());
    }
}

bool Link::flush() {
    bool moved = false;
    while (backlog_ && writable_) {
        const ssize_t count = write_some();
        if (count == would_block) {
            writable_ = false;
            break;
        }
        moved = true;
        backlog_ -= static_cast<std::size_t>(count);
        sent_ += static_cast<std::size_t>(count);
        while (!queue_.empty() && sent_ >= queue_.front().size()) {
            sent_ -= queue_.front().size();
            if (queue_.size() == 1) {  // kept: the next send() needs one
                queue_.front().clear();
                break;
            }
            queue_.pop_front();
        }
    }
    return moved;
}

bool Link::fill() {
    if (begin_ < end_ || !readable_) return false;
    begin_ = end_ = 0;
    while (end_ < buffer_.size() && readable_) {
        const ssize_t count = read_some(buffer_.data() + end_, buffer_.size() - end_);
        if (count == would_block)
            readable_ = false;
        else
            end_ += static_cast<std::size_t>(count);
        if (!tls_) break;  // TLS hands out a record at a time, TCP all there is
    }
    if (end_) {  // some servers send an answer in two small writes, and wait for the acknowledgement of the
                 // first
        const int on = 1;
        setsockopt(socket_, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
    }
    return end_ > 0;
}

pollfd Link::waits_for() const {
    short events = 0;
    if (begin_ == end_ && !readable_) events |= POLLIN;
    if ((backlog_ && !writable_) || tls_wants_write_) events |= POLLOUT;
    return {socket_, events, 0};
}

void Link::found(short events) {
    if (events & (POLLIN | POLLERR | POLLHUP)) readable_ = true;
    if (events & (POLLOUT | POLLERR | POLLHUP)) {
        writable_ = true;
        if (std::exchange(tls_wants_write_, false)) readable_ = true;  // a read may have wanted it
    }
}

ssize_t Link::read_some(char* data, std::size_t size) {
    if (tls_) return tls_result(SSL_read(tls_.get(), data, static_cast<int>(size)));
    const ssize_t count = recv(socket_, data, size, 0);
    if (count > 0) return count;
    if (count == 0) throw std::runtime_error("the server closed the connection");
    if (errno == EAGAIN || errno == EINTR) return would_block;
    fail("read");
}

ssize_t Link::write_some() {
    if (tls_) {
        const auto first = std::string_view(queue_.front()).substr(sent_);
        return tls_result(SSL_write(tls_.get(), first.data(), static_cast<int>(first.size())));
    }
    std::array<iovec, 16> parts;
    const std::size_t count = std::min(parts.size(), queue_.size());
    for (std::size_t place = 0; place < count; ++place)
        parts[place] = {queue_[place].data(), queue_[place].size()};
    parts[0] = {queue_.front().data() + sent_, queue_.front().size() - sent_};
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = count;
    const ssize_t written = sendmsg(socket_, &message, MSG_NOSIGNAL);
    if (written >= 0) return written;
    if (errno == EAGAIN || errno == EINTR) return would_block;
    fail("write");
}

ssize_t Link::tls_result(int result) {
    if (result > 0) return result;
    switch (SSL_get_error(tls_.get(), result)) {
        case SSL_ERROR_WANT_READ: return would_block;
        case SSL_ERROR_WANT_WRITE: tls_wants_write_ = true; return would_block;
        case SSL_ERROR_ZERO_RETURN: throw std::runtime_error("the server closed the connection");
        case SSL_ERROR_SYSCALL: fail("TLS");
        default: {
            const char* reason = ERR_reason_error_string(ERR_get_error());
            throw std::runtime_error(std::string("TLS: ") + (reason ? reason : "failed"));
        }
    }
}

void wait_for(Link& one, Link& other) {
    std::array<pollfd, 2> ends{one.waits_for(), other.waits_for()};
    for (auto& end : ends)
        if (!end.events) end.fd = -1;  // or its POLLHUP would wake us for ever
    const int count = poll(ends.data(), ends.size(), patience_ms);
    if (count < 0 && errno != EINTR) fail("poll");
    if (count == 0) throw std::runtime_error("nothing has happened for a minute");
    one.found(ends[0].revents);
    other.found(ends[1].revents);
}

}  // namespace godwit::bench
