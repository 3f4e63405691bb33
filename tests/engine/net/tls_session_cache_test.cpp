#include "engine/net/tls_session_cache.h"

#include <gtest/gtest.h>

using namespace godwit;
using namespace std::chrono_literals;
using godwit::net::TlsSessionCache;

namespace {

const SteadyTime start{};

TlsSessionCache::Key key(std::string name) { return {1, "192.0.2.1:993", std::move(name), ""}; }
// One that is known by its time-out.
TlsSessionCache::Session session(long number, SteadyTime verified = start) {
    TlsSessionCache::Session made{{SSL_SESSION_new(), SSL_SESSION_free}, verified};
    SSL_SESSION_set_timeout(made.session.get(), number);
    return made;
}
constexpr long none = 0;
long taken(TlsSessionCache& cache, const TlsSessionCache::Key& from, SteadyTime now = start) {
    const auto found = cache.take(from, now);
    return found ? SSL_SESSION_get_timeout(found->session.get()) : none;
}

TEST(TlsSessionCache, HandsOutTheLatestFirstAndEachOnce) {
    TlsSessionCache cache;
    EXPECT_EQ(taken(cache, key("a")), none);
    constexpr long many = TlsSessionCache::sessions_each;
    for (long i = 1; i <= many + 1; ++i) cache.put(key("a"), session(i));
    EXPECT_EQ(cache.size(), TlsSessionCache::sessions_each);
    for (long i = many + 1; i > 1; --i) EXPECT_EQ(taken(cache, key("a")), i);
    EXPECT_EQ(taken(cache, key("a")), none);
    EXPECT_EQ(cache.size(), 0u);
}

TEST(TlsSessionCache, EveryPartOfTheKeyCounts) {
    TlsSessionCache cache;
    const TlsSessionCache::Key whole{1, "192.0.2.1:993", "a.example", "pin"};
    cache.put(whole, session(1));
    EXPECT_EQ(taken(cache, {2, whole.address, whole.name, whole.pin}), none);
    EXPECT_EQ(taken(cache, {1, "192.0.2.1:143", whole.name, whole.pin}), none);
    EXPECT_EQ(taken(cache, {1, whole.address, "b.example", whole.pin}), none);
    EXPECT_EQ(taken(cache, {1, whole.address, whole.name, ""}), none);
    EXPECT_EQ(taken(cache, whole), 1);
}

TEST(TlsSessionCache, OldOnesAreNotTrusted) {
    TlsSessionCache cache;
    cache.put(key("a"), session(1, start));
    cache.put(key("a"), session(2, start + 1min));
    cache.put(key("a"), session(3, start - 1min));
    EXPECT_EQ(taken(cache, key("a"), start + TlsSessionCache::max_age), 2);
    EXPECT_EQ(cache.size(), 0u);
}

TEST(TlsSessionCache, KeepsNoMoreThanItMay) {
    TlsSessionCache cache;
    for (std::size_t i = 0; i < TlsSessionCache::max_sessions / 2; ++i)
        for (const long number : {1, 2}) cache.put(key(std::to_string(i)), session(number));
    EXPECT_EQ(cache.size(), TlsSessionCache::max_sessions);
    EXPECT_EQ(taken(cache, key("0")), 2);  // used last now
    cache.put(key("one more"), session(1));
    cache.put(key("another"), session(1));
    EXPECT_EQ(cache.size(), TlsSessionCache::max_sessions - 1);
    EXPECT_EQ(taken(cache, key("0")), 1);
    EXPECT_EQ(taken(cache, key("1")), none);
    EXPECT_EQ(taken(cache, key("2")), 2);
}

TEST(TlsSessionCache, Forgets) {
    TlsSessionCache cache;
    cache.put(key("a"), session(1));
    cache.put(key("b"), session(2));
    cache.forget(key("a"));
    cache.forget(key("c"));
    EXPECT_EQ(taken(cache, key("a")), none);
    EXPECT_EQ(taken(cache, key("b")), 2);
    EXPECT_EQ(cache.size(), 0u);
}

}  // namespace
