#pragma once

#include <poll.h>

#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

typedef struct ssl_st SSL;
typedef struct ssl_ctx_st SSL_CTX;

namespace godwit::bench {

struct Endpoint {
    std::string host, port;
};

/// Of a client that does not verify certificates; lives as long as the program.
SSL_CTX* tls_context();

/// A connection that never blocks: octets in from a fixed buffer, octets out through a queue. TCP and TLS
/// connect on the way, as fill() and flush() go. What goes wrong is a std::runtime_error.
class Link {
public:
    Link(const Endpoint& endpoint, bool tls);
    ~Link();
    Link(const Link&) = delete;
    Link& operator=(const Link&) = delete;

    /// Queues; nothing leaves before flush(). Whoever calls it looks at backlog().
    void send(std::string_view octets);
    std::size_t backlog() const { return backlog_; }
    /// Both tell whether anything moved. fill() reads only once all of input() is consumed.
    bool flush();
    bool fill();

    std::string_view input() const { return {buffer_.data() + begin_, end_ - begin_}; }
    void consume(std::size_t count) { begin_ += count; }

    /// What poll() is to wait for, and what it found.
    pollfd waits_for() const;
    void found(short events);

private:
    ssize_t read_some(char* data, std::size_t size);
    ssize_t write_some();
    ssize_t tls_result(int result);

    int socket_;
    std::unique_ptr<SSL, void (*)(SSL*)> tls_;
    std::vector<char> buffer_;
    std::size_t begin_ = 0, end_ = 0;
    std::deque<std::string> queue_;
    std::size_t sent_ = 0, backlog_ = 0;  // sent_: of the first in the queue
    bool readable_ = true, writable_ = true, tls_wants_write_ = false;
};

/// Waits until one of the two can go on; std::runtime_error after a minute of nothing.
void wait_for(Link& one, Link& other);

}  // namespace godwit::bench
