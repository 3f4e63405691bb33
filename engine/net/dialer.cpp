#include "engine/net/dialer.h"

#include <algorithm>
#include <charconv>
#include <mutex>
#include <optional>
#include <unordered_map>

#include <boost/asio/post.hpp>

#include "engine/base/task_scope.h"
#include "engine/net/resolver.h"

namespace godwit::net {
namespace {

constexpr std::chrono::milliseconds head_start{250};
constexpr std::chrono::seconds head_start_over_slow{2};
constexpr std::chrono::minutes slow_memory{5};
constexpr std::size_t max_slow = 4096;
constexpr std::size_t max_addresses = 16;

std::string without_brackets(std::string_view host) {
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    return std::string(host);
}

struct Target {
    std::string host;
    std::uint16_t port = 0;
};

// "host:port", "host", ":port", "[v6]:port", "[v6]", or a bare IPv6 address.
Result<Target> target_of(const Endpoint& endpoint) {
    Target target{without_brackets(endpoint.host), endpoint.port};
    const std::string_view text = endpoint.connect_to;
    if (text.empty()) return target;
    const std::size_t colon = text.rfind(':');
    const bool bare_v6 = colon != std::string_view::npos && text.find(':') != colon && !text.starts_with('[');
    const bool has_port = colon != std::string_view::npos && !bare_v6 && !text.ends_with(']');
    const std::string_view host = has_port ? text.substr(0, colon) : text;
    if (!host.empty()) target.host = without_brackets(host);
    if (!has_port) return target;
    const std::string_view digits = text.substr(colon + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), target.port);
    if (error == std::errc{} && end == digits.data() + digits.size() && target.port != 0) return target;
    return fail(ErrorKind::invalid_argument, Reach::host, "not host:port: " + printable(text, 80));
}

std::string text_of(std::string_view host, std::uint16_t port) {
    const bool v6 = host.find(':') != std::string_view::npos;
    return (v6 ? "[" + std::string(host) + "]" : printable(host, 255)) + ":" + std::to_string(port);
}

// The family that the system prefers first, then by turns.
Addresses interleaved(const Addresses& addresses) {
    const auto v6 = [](const std::string& address) { return address.find(':') != std::string::npos; };
    Addresses first, second, out;
    for (const auto& address : addresses)
        (v6(address) == v6(addresses.front()) ? first : second).push_back(address);
    for (std::size_t i = 0; i < std::max(first.size(), second.size()); ++i) {
        if (i < first.size()) out.push_back(first[i]);
        if (i < second.size()) out.push_back(second[i]);
    }
    return out;
}

struct Candidate {
    std::string address;
    bool slow = false;
};

struct Attempt {
    std::string address;
    std::unique_ptr<TcpStream> stream;
    std::optional<Error> error;
};

// Everything one dial() has open. Shared with the stop callback, which may be queued when dial() has ended.
struct Race {
    Race(const asio::any_io_executor& executor, std::chrono::milliseconds timeout)
        : changed(executor), user_timeout(timeout) {}
    Signal changed;
    const std::chrono::milliseconds user_timeout;
    std::vector<std::unique_ptr<Attempt>> attempts;
    Attempt* winner = nullptr;
    std::size_t running = 0;
    bool stopped = false;

    bool open() const { return !winner && !stopped; }
    void stop() {
        stopped = true;
        for (const auto& attempt : attempts) attempt->stream->close();
        changed.notify_all();
    }
    void close_losers() {
        for (const auto& attempt : attempts)
            if (attempt.get() != winner) attempt->stream->close();
    }
};

Awaitable<void> run_attempt(Race& race, Attempt& attempt, std::uint16_t port, Deadline deadline) {
    auto connected = co_await attempt.stream->connect(attempt.address, port, deadline);
    --race.running;
    if (!connected)
        attempt.error = std::move(connected).error();
    else if (race.open())
        race.winner = &attempt;
    race.changed.notify_all();
}

// Until there is a winner, nobody is left running, or `until`.
Awaitable<void> watch(Race& race, Deadline until) {
    while (race.open() && race.running > 0) {
        const bool notified = co_await race.changed.wait(until);
        if (notified) continue;
        if (std::chrono::steady_clock::now() < until) race.stopped = true;  // our own task was cancelled
        co_return;
    }
}

Awaitable<void> run_race(Race& race, const RunContext& context, std::vector<Candidate> candidates,
                         std::uint16_t port, Deadline deadline) {
    TaskScope scope(context.executor);
    for (std::size_t i = 0; i < candidates.size() && race.open(); ++i) {
        auto& attempt = *race.attempts.emplace_back(std::make_unique<Attempt>());
        attempt.address = candidates[i].address;
        attempt.stream = std::make_unique<TcpStream>(context.executor, race.user_timeout);
        ++race.running;
        scope.spawn("connect", run_attempt(race, attempt, port, deadline));
        const bool last = i + 1 == candidates.size();
        const auto lead = !last && candidates[i + 1].slow ? head_start_over_slow : head_start;
        co_await watch(race, last ? Deadline::max() : std::min(deadline, after(lead)));
    }
    co_await watch(race, Deadline::max());  // attempts end by themselves at the deadline
    race.close_losers();
    co_await scope.join();
}

}  // namespace

TlsOptions tls_options_of(const Endpoint& endpoint) {
    return TlsOptions{.server_name = without_brackets(endpoint.host),
                      .verify = endpoint.verify,
                      .ca_file = endpoint.ca_file};
}

struct TcpDialer::Impl {
    AddressPolicy policy;
    const std::chrono::milliseconds user_timeout;
    Resolver resolver;
    std::mutex mutex;
    std::unordered_map<std::string, SteadyTime> slow;  // address: until when it is held to be so

    Impl(AddressPolicy p, std::chrono::milliseconds timeout, Lookup lookup)
        : policy(std::move(p)), user_timeout(timeout), resolver(std::move(lookup)) {}

    Result<std::vector<Candidate>> candidates(const Addresses& addresses, std::uint16_t port);
    void learn(const Race& race);
    Awaitable<Result<std::unique_ptr<Stream>>> dial(const RunContext& context, const Endpoint& endpoint,
                                                    const Target& target, Deadline deadline);
};

Result<std::vector<Candidate>> TcpDialer::Impl::candidates(const Addresses& addresses, std::uint16_t port) {
    std::vector<Candidate> out, late;
    std::optional<Error> refused;
    const auto now = std::chrono::steady_clock::now();
    std::scoped_lock lock(mutex);
    for (const auto& address : interleaved(addresses)) {
        if (auto allowed = policy.check(address, port); !allowed) {
            refused = std::move(allowed).error();
            continue;
        }
        const auto known = slow.find(address);
        const bool is_slow = known != slow.end() && known->second > now;
        (is_slow ? late : out).push_back({address, is_slow});
    }
    out.insert(out.end(), late.begin(), late.end());
    if (out.empty()) return std::unexpected(std::move(*refused));
    if (out.size() > max_addresses) out.resize(max_addresses);
    return out;
}

void TcpDialer::Impl::learn(const Race& race) {
    if (race.stopped) return;
    std::scoped_lock lock(mutex);
    if (slow.size() >= max_slow) slow.clear();
    for (const auto& attempt : race.attempts) {
        if (attempt.get() == race.winner)
            slow.erase(attempt->address);
        else
            slow.insert_or_assign(attempt->address, after(slow_memory));
    }
}

Awaitable<Result<std::unique_ptr<Stream>>> TcpDialer::Impl::dial(const RunContext& context,
                                                                 const Endpoint& endpoint,
                                                                 const Target& target, Deadline deadline) {
    GODWIT_CO_TRY(addresses, co_await resolver.resolve(context, target.host, deadline));
    GODWIT_CO_TRY(tried, candidates(addresses, target.port));

    const auto race = std::make_shared<Race>(context.executor, user_timeout);
    std::stop_callback on_stop(context.stop, [race, executor = context.executor] {
        asio::post(executor, [race] { race->stop(); });
    });
    co_await run_race(*race, context, std::move(tried), target.port, deadline);
    learn(*race);
    if (race->stopped) co_return fail(ErrorKind::cancelled, Reach::account, "stopped");
    if (!race->winner) {
        const Attempt& first = *race->attempts.front();
        Error error = *first.error;
        error.cause = text_of(first.address, target.port) + ": " + error.cause;
        co_return std::unexpected(std::move(error));
    }
    if (endpoint.tls == TlsMode::implicit) {
        const TlsOptions options = tls_options_of(endpoint);
        GODWIT_CO_CHECK(co_await race->winner->stream->start_tls(options, deadline));
    }
    std::unique_ptr<Stream> stream = std::move(race->winner->stream);
    std::erase_if(race->attempts, [&](const auto& attempt) { return attempt.get() == race->winner; });
    if (race->stopped) co_return fail(ErrorKind::cancelled, Reach::account, "stopped");
    co_return stream;
}

TcpDialer::TcpDialer(AddressPolicy policy, std::chrono::milliseconds user_timeout)
    : impl_(std::make_unique<Impl>(std::move(policy), user_timeout, Resolver::system_lookup)) {}
TcpDialer::TcpDialer(AddressPolicy policy, Lookup lookup)
    : impl_(std::make_unique<Impl>(std::move(policy), TcpStream::default_user_timeout, std::move(lookup))) {}
TcpDialer::~TcpDialer() = default;

Awaitable<Result<std::unique_ptr<Stream>>> TcpDialer::dial(const RunContext& context,
                                                           const Endpoint& endpoint, Deadline deadline) {
    std::string doing = "connecting to " + text_of(without_brackets(endpoint.host), endpoint.port);
    if (!endpoint.connect_to.empty()) doing += " (at " + printable(endpoint.connect_to, 80) + ")";
    const auto target = target_of(endpoint);
    if (!target) co_return pass_on(target.error(), doing);
    auto dialed = co_await impl_->dial(context, endpoint, *target, deadline);
    if (dialed) co_return dialed;
    Error error = std::move(dialed).error();
    error.context = error.context.empty() ? doing : doing + ": " + error.context;
    co_return std::unexpected(std::move(error));
}

}  // namespace godwit::net
