// TlsSessionCache: TLS sessions of earlier connections, which spare the next handshake its certificates.
//
// A resumed connection is as trustworthy as the handshake that its session comes from, whose certificate is
// not looked at again. So the key names everything that was checked, what that handshake did not check is
// never in here, and no chain of resumptions is older than max_age. Each session is handed out once (RFC 8446
// appendix C.4), the latest first.
//
// They are kept as OpenSSL's objects: to read one back from its DER takes as long as the handshake that it
// spares (0.3 ms measured, for the certificate). One takes about 2 KiB besides its certificates, some 8 KiB
// each, which all sessions of a chain of resumptions share. Thread-safe.
#pragma once

#include <chrono>
#include <deque>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <tuple>

#include <openssl/ssl.h>

#include "engine/base/clock.h"

namespace godwit::net {

class TlsSessionCache {
public:
    static constexpr std::size_t max_sessions = 1000;  // beyond: those of the server used longest ago go
    static constexpr std::size_t sessions_each = 32;   // for that many connections made at once
    static constexpr std::chrono::hours max_age{1};

    struct Key {
        std::uint64_t context = 0;  // TlsContext::number: stands for `verify` and the authorities
        std::string address;        // PeerInfo::address
        std::string name;           // server_name
        std::string pin;
        auto operator<=>(const Key&) const = default;
    };
    struct Session {
        std::unique_ptr<SSL_SESSION, decltype(&SSL_SESSION_free)> session;  // nobody else's
        SteadyTime verified;  // when the certificate was checked
    };

    void put(const Key& key, Session session);
    std::optional<Session> take(const Key& key, SteadyTime now);
    // Those of one server, e.g. since resuming went wrong.
    void forget(const Key& key);
    std::size_t size() const;

private:
    struct Server {
        Key key;
        std::deque<Session> sessions;  // never empty
    };
    using Servers = std::list<Server>;
    void drop(Servers::iterator server);

    mutable std::mutex mutex_;
    Servers servers_;  // used last comes first
    std::map<Key, Servers::iterator> index_;
    std::size_t size_ = 0;
};

}  // namespace godwit::net
