#include "engine/net/resolver.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <list>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <unordered_map>

#include <arpa/inet.h>
#include <netdb.h>
#include <sys/socket.h>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace godwit::net {
namespace {

constexpr std::size_t longest_name = 255;

std::optional<std::string> numeric(std::string_view name) {
    if (name.starts_with('[') && name.ends_with(']')) name = name.substr(1, name.size() - 2);
    const std::string text(name);
    const std::string address = text.substr(0, text.find('%'));
    std::array<unsigned char, 16> bytes{};
    const bool is = inet_pton(AF_INET, text.c_str(), bytes.data()) == 1 ||
                    inet_pton(AF_INET6, address.c_str(), bytes.data()) == 1;
    return is ? std::optional(text) : std::nullopt;
}

std::unexpected<Error> not_resolved(std::string cause, const std::string& name) {
    return fail(ErrorKind::dns, Reach::host, std::move(cause), "resolving " + printable(name, longest_name));
}

// What a waiting coroutine and a resolver thread share. The thread hands over under the mutex of Shared, and
// only while the waiter is listed there, so that it never posts to an executor that is gone.
struct Waiter {
    asio::any_io_executor executor;
    asio::steady_timer timer;
    std::optional<Result<Addresses>> answer;
    explicit Waiter(asio::any_io_executor e) : executor(e), timer(e) {}
};

}  // namespace

struct Resolver::Shared {
    struct Entry {
        Result<Addresses> answer;
        SteadyTime expires;
    };
    const Lookup lookup;
    const ResolverSettings settings;
    std::mutex mutex;
    std::condition_variable work;
    bool stopping = false;
    unsigned threads = 0;
    std::deque<std::string> queue;
    std::unordered_map<std::string, std::list<std::shared_ptr<Waiter>>> pending;
    std::unordered_map<std::string, Entry> cache;

    Shared(Lookup l, ResolverSettings s) : lookup(std::move(l)), settings(s) {}

    std::optional<Result<Addresses>> cached(const std::string& name);
    void remember(const std::string& name, const Result<Addresses>& answer);
    Result<void> enqueue(const std::shared_ptr<Shared>& self, const std::string& name,
                         std::shared_ptr<Waiter> waiter);
    void forget(const std::string& name, const std::shared_ptr<Waiter>& waiter);
    void deliver(const std::string& name, Result<Addresses> answer);
    static void run(std::shared_ptr<Shared> self);
};

std::optional<Result<Addresses>> Resolver::Shared::cached(const std::string& name) {
    const auto known = cache.find(name);
    if (known == cache.end()) return std::nullopt;
    if (known->second.expires > std::chrono::steady_clock::now()) return known->second.answer;
    cache.erase(known);
    return std::nullopt;
}

void Resolver::Shared::remember(const std::string& name, const Result<Addresses>& answer) {
    const auto now = std::chrono::steady_clock::now();
    if (cache.size() >= settings.cache_entries)
        std::erase_if(cache, [&](auto& e) { return e.second.expires <= now; });
    if (cache.size() >= settings.cache_entries) cache.clear();
    cache.insert_or_assign(name,
                           Entry{answer, now + (answer ? settings.lifetime : settings.failure_lifetime)});
}

Result<void> Resolver::Shared::enqueue(const std::shared_ptr<Shared>& self, const std::string& name,
                                       std::shared_ptr<Waiter> waiter) {
    if (const auto asked = pending.find(name); asked != pending.end()) {
        asked->second.push_back(std::move(waiter));
        return {};
    }
    if (pending.size() >= settings.pending_names)
        return fail(ErrorKind::limit_exceeded, Reach::node, "too many names are being resolved");
    if (threads < settings.threads && threads <= pending.size()) {
        try {
            std::thread(run, self).detach();
            ++threads;
        } catch (const std::system_error& e) {
            if (threads == 0)
                return fail(ErrorKind::limit_exceeded, Reach::node, e.what(), "resolver thread");
        }
    }
    pending[name].push_back(std::move(waiter));
    queue.push_back(name);
    work.notify_one();
    return {};
}

void Resolver::Shared::forget(const std::string& name, const std::shared_ptr<Waiter>& waiter) {
    std::scoped_lock lock(mutex);
    // The name stays pending: its lookup goes on, and the answer is worth caching.
    if (const auto asked = pending.find(name); asked != pending.end()) asked->second.remove(waiter);
}

void Resolver::Shared::deliver(const std::string& name, Result<Addresses> answer) {
    std::scoped_lock lock(mutex);
    if (stopping) return;
    remember(name, answer);
    const auto asked = pending.find(name);
    if (asked == pending.end()) return;
    for (const auto& waiter : asked->second)
        asio::post(waiter->executor, [waiter, answer] {
            waiter->answer = answer;
            waiter->timer.cancel();
        });
    pending.erase(asked);
}

void Resolver::Shared::run(std::shared_ptr<Shared> self) {
    for (;;) {
        std::string name;
        {
            std::unique_lock lock(self->mutex);
            self->work.wait(lock, [&] { return self->stopping || !self->queue.empty(); });
            if (self->stopping) return;
            name = std::move(self->queue.front());
            self->queue.pop_front();
        }
        Result<Addresses> answer = self->lookup(name);
        if (answer && answer->empty()) answer = not_resolved("no address", name);
        self->deliver(name, std::move(answer));
    }
}

Resolver::Resolver(Lookup lookup, ResolverSettings settings)
    : shared_(std::make_shared<Shared>(std::move(lookup), settings)) {}

Resolver::~Resolver() {
    std::scoped_lock lock(shared_->mutex);
    shared_->stopping = true;
    shared_->work.notify_all();
}

Awaitable<Result<Addresses>> Resolver::resolve(const RunContext& context, std::string name,
                                               Deadline deadline) {
    if (auto address = numeric(name)) co_return Addresses{std::move(*address)};
    if (name.empty() || name.size() > longest_name || name.find('\0') != std::string::npos)
        co_return not_resolved("not a host name", name);
    const auto shared = shared_;
    const auto waiter = std::make_shared<Waiter>(co_await asio::this_coro::executor);
    {
        std::scoped_lock lock(shared->mutex);
        if (auto known = shared->cached(name)) co_return std::move(*known);
        GODWIT_CO_CHECK(shared->enqueue(shared, name, waiter));
    }
    struct Leave {
        Shared& shared;
        const std::string& name;
        const std::shared_ptr<Waiter>& waiter;
        ~Leave() { shared.forget(name, waiter); }
    } leave{*shared, name, waiter};
    std::stop_callback on_stop(
        context.stop, [waiter] { asio::post(waiter->executor, [waiter] { waiter->timer.cancel(); }); });
    waiter->timer.expires_at(deadline);
    const auto [error] = co_await waiter->timer.async_wait(asio::as_tuple(asio::use_awaitable));
    if (waiter->answer) co_return std::move(*waiter->answer);
    if (error)
        co_return fail(ErrorKind::cancelled, Reach::account, "stopped", "resolving " + printable(name));
    co_return not_resolved("no answer before the deadline", name);
}

Result<Addresses> Resolver::system_lookup(const std::string& name) {
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_ADDRCONFIG;
    addrinfo* found = nullptr;
    int status = getaddrinfo(name.c_str(), nullptr, &hints, &found);
    if (status == EAI_NONAME || status == EAI_ADDRFAMILY) {
        // AI_ADDRCONFIG ignores loopback interfaces, and so hides "localhost" on a machine without a network.
        hints.ai_flags = 0;
        status = getaddrinfo(name.c_str(), nullptr, &hints, &found);
    }
    if (status != 0) return not_resolved(gai_strerror(status), name);
    Addresses addresses;
    for (const addrinfo* each = found; each; each = each->ai_next) {
        std::array<char, NI_MAXHOST> text{};
        if (getnameinfo(each->ai_addr, each->ai_addrlen, text.data(), text.size(), nullptr, 0,
                        NI_NUMERICHOST) == 0 &&
            std::ranges::find(addresses, text.data()) == addresses.end())
            addresses.emplace_back(text.data());
    }
    freeaddrinfo(found);
    return addresses;
}

}  // namespace godwit::net
