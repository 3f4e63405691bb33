#include "engine/net/tls_session_cache.h"

#include <utility>

namespace godwit::net {

void TlsSessionCache::put(const Key& key, Session session) {
    std::scoped_lock lock(mutex_);
    auto [known, is_new] = index_.try_emplace(key);
    if (is_new) {
        servers_.push_front({key, {}});
        known->second = servers_.begin();
    } else {
        servers_.splice(servers_.begin(), servers_, known->second);
    }
    auto& sessions = servers_.front().sessions;
    sessions.push_back(std::move(session));
    ++size_;
    if (sessions.size() > sessions_each) {
        sessions.pop_front();
        --size_;
    }
    while (size_ > max_sessions) drop(std::prev(servers_.end()));
}

std::optional<TlsSessionCache::Session> TlsSessionCache::take(const Key& key, SteadyTime now) {
    std::scoped_lock lock(mutex_);
    const auto known = index_.find(key);
    if (known == index_.end()) return std::nullopt;
    const auto server = known->second;
    servers_.splice(servers_.begin(), servers_, server);
    auto& sessions = server->sessions;
    size_ -=
        std::erase_if(sessions, [&](const Session& session) { return now - session.verified >= max_age; });
    std::optional<Session> taken;
    if (!sessions.empty()) {
        taken = std::move(sessions.back());
        sessions.pop_back();
        --size_;
    }
    if (sessions.empty()) drop(server);
    return taken;
}

void TlsSessionCache::forget(const Key& key) {
    std::scoped_lock lock(mutex_);
    if (const auto known = index_.find(key); known != index_.end()) drop(known->second);
}

std::size_t TlsSessionCache::size() const {
    std::scoped_lock lock(mutex_);
    return size_;
}

void TlsSessionCache::drop(Servers::iterator server) {
    size_ -= server->sessions.size();
    index_.erase(server->key);
    servers_.erase(server);
}

}  // namespace godwit::net
