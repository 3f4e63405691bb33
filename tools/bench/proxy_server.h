#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "tools/bench/proxy_flow.h"

namespace godwit::bench {

struct Address {
    sockaddr_storage storage{};
    socklen_t size = 0;
};

struct ProxyOptions {
    Address listen, to;
    Duration round_trip{};
    double rate = 0;  // octets a second each way, 0: without limit
};

/// Of all connections together. A round trip: the client spoke after the server had been heard.
struct Tally {
    std::uint64_t connections = 0, up = 0, down = 0, round_trips = 0;
};

/// Both ways of one connection. The server is called one and a half round trips after the client called: that
/// is when the last packet of TCP's handshake would have reached it. So the greeting arrives after two.
class ProxyConnection {
public:
    ProxyConnection(int client, const Shaping& shaping, Time call_at);
    ~ProxyConnection();
    ProxyConnection(const ProxyConnection&) = delete;
    ProxyConnection& operator=(const ProxyConnection&) = delete;

    int client() const { return client_; }
    int server() const { return server_; }
    /// Whether the server is to be called now; called() then takes its socket.
    bool to_be_called(Time now) const { return server_ < 0 && now >= call_at_; }
    void called(int socket);
    /// What epoll says of one of the two.
    void found(bool client, std::uint32_t events);
    /// What can be done now; false: the connection is over.
    bool run(Tally& tally);
    /// Time::min(): at once.
    Time wake() const;

private:
    int client_, server_ = -1;
    Time call_at_;
    Flow up_, down_;
    bool again_ = false, broken_ = false, server_was_heard_ = false;
};

/// Single-threaded; sockets and signals by epoll.
class ProxyServer {
public:
    explicit ProxyServer(const ProxyOptions& options);

    std::uint16_t port() const;
    /// Until SIGTERM or SIGINT, which the caller has blocked. Reports each, and SIGUSR1, by print_tally().
    void run();

private:
    using Entry = std::unique_ptr<ProxyConnection>;

    void watch(int descriptor, std::uint32_t events);
    bool signalled();
    void accept_all(Time now);
    void go_on(ProxyConnection& connection, Time now);
    void set_wake(ProxyConnection& connection, Time wake);
    void end(ProxyConnection& connection);
    void print_tally() const;
    int timeout_ns(Time now, timespec& timeout) const;

    ProxyOptions options_;
    Shaping shaping_;
    int epoll_, listener_, signals_;
    Time began_;
    Tally tally_;
    std::unordered_map<int, ProxyConnection*> by_socket_;
    std::unordered_map<ProxyConnection*, std::pair<Entry, Time>> connections_;  // with the time in wakes_
    std::set<std::pair<Time, ProxyConnection*>> wakes_;
};

}  // namespace godwit::bench
