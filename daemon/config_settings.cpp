#include "daemon/config_settings.h"

#include "engine/net/address_policy.h"

namespace godwit::daemon {
namespace {

enum class Applies { at_start, live };

template <class Get, class Read, class Show>
Setting make(std::string_view name, Applies applies, Get get, Read read, Show show) {
    return Setting{name, applies == Applies::live,
                   [get, read](const std::string& text, Config& config) { return read(text, get(config)); },
                   [get](const Config& a, const Config& b) {
                       return get(const_cast<Config&>(a)) == get(const_cast<Config&>(b));
                   },
                   [get, show](const Config& config) { return show(get(const_cast<Config&>(config))); }};
}

template <class Get>
Setting integer(std::string_view name, Applies applies, std::uint64_t low, std::uint64_t high, Get get) {
    const auto read = [low, high](const std::string& text, auto& value) -> Complaint {
        const auto number = parse_integer(text);
        if (!number || *number < low || *number > high) return fmt::format("must be {}..{}", low, high);
        value = static_cast<std::remove_reference_t<decltype(value)>>(*number);
        return {};
    };
    return make(name, applies, get, read, [](auto value) { return std::to_string(value); });
}

template <class Get>
Setting duration(std::string_view name, Applies applies, std::chrono::milliseconds low,
                 std::chrono::milliseconds high, Get get) {
    const auto read = [low, high](const std::string& text, auto& value) -> Complaint {
        using Value = std::remove_reference_t<decltype(value)>;
        const auto given = parse_duration(text);
        if (!given || *given < low || *given > high)
            return fmt::format("must be a duration of {}..{}, such as \"{}\"", duration_text(low),
                               duration_text(high), duration_text(value));
        if (*given % Value(1) != std::chrono::milliseconds(0)) return "must be whole seconds";
        value = std::chrono::duration_cast<Value>(*given);
        return {};
    };
    return make(name, applies, get, read, [](auto value) { return duration_text(value); });
}

template <class Get>
Setting size(std::string_view name, Applies applies, std::uint64_t low, std::uint64_t high, Get get) {
    const auto read = [low, high](const std::string& text, auto& value) -> Complaint {
        const auto given = parse_size(text);
        if (!given || *given < low || *given > high)
            return fmt::format("must be a size of {}..{}, such as \"{}\"", size_text(low), size_text(high),
                               size_text(value));
        value = *given;
        return {};
    };
    return make(name, applies, get, read, [](auto value) { return size_text(value); });
}

template <class Value>
using Words = std::vector<std::pair<std::string_view, Value>>;

template <class Value, class Get>
Setting choice(std::string_view name, Applies applies, Words<Value> words, Get get) {
    const auto read = [words](const std::string& text, Value& value) -> Complaint {
        std::string all;
        for (const auto& [word, meaning] : words) {
            if (word == text) {
                value = meaning;
                return {};
            }
            all += (all.empty() ? "" : ", ") + std::string(word);
        }
        return "must be one of " + all;
    };
    return make(name, applies, get, read, [words](Value value) {
        return std::string(
            std::ranges::find(words, value, &std::pair<std::string_view, Value>::second)->first);
    });
}

template <class Get>
Setting text(std::string_view name, Applies applies, Get get) {
    const auto read = [](const std::string& given, auto& value) -> Complaint {
        if (given.find('\0') != std::string::npos) return "must not hold a NUL";
        value = given;
        return {};
    };
    return make(name, applies, get, read, [](const auto& value) { return std::string(value); });
}

template <class Get, class Read>
Setting list(std::string_view name, Applies applies, Get get, Read read) {
    auto made = make(name, applies, get, read, [](const auto&) { return std::string(); });
    made.list = true;
    return made;
}

Complaint read_network(const std::string& given, std::vector<std::string>& value) {
    net::AddressPolicy policy;
    if (const auto valid = policy.allow(given); !valid)
        return "must be a network such as \"10.0.0.0/8\", or one of any, private, loopback";
    value.push_back(given);
    return {};
}

Complaint read_port(const std::string& given, std::vector<std::uint16_t>& value) {
    const auto port = parse_integer(given);
    if (!port || *port < 1 || *port > 65535) return "must be a port, 1..65535";
    value.push_back(static_cast<std::uint16_t>(*port));
    return {};
}

Setting state_dir() {
    const auto read = [](const std::string& given, std::filesystem::path& value) -> Complaint {
        if (!given.starts_with('/') || given.find('\0') != std::string::npos)
            return "must be an absolute path";
        value = given;
        return {};
    };
    return make(
        "state_dir", Applies::at_start, [](Config& c) -> auto& { return c.state_dir; }, read,
        [](const auto& value) { return value.string(); });
}

Setting listen() {
    const auto read = [](const std::string& given, ListenAddress& value) -> Complaint {
        const auto parsed = parse_listen(given);
        if (!parsed)
            return "must be a numeric address and a port, such as \"127.0.0.1:8420\" or \"[::1]:8420\"";
        value = *parsed;
        return {};
    };
    return make(
        "listen", Applies::at_start, [](Config& c) -> auto& { return c.listen; }, read,
        [](const auto& value) { return fmt::format("{}:{}", value.address, value.port); });
}

Setting database_url() {
    return Setting{
        "database.url", false,
        [](const std::string& given, Config& config) -> Complaint {
            const bool url = given.starts_with("postgresql://") || given.starts_with("postgres://");
            if (!given.empty() && !url) return "must begin with postgresql://";
            if (given.find('\0') != std::string::npos) return "must not hold a NUL";
            config.database_url = Secret<std::string>(given);
            return {};
        },
        [](const Config& a, const Config& b) { return a.database_url.reveal() == b.database_url.reveal(); },
        [](const Config&) { return std::string(); }};
}

using namespace std::chrono_literals;
constexpr std::uint64_t kib = 1024, mib = 1024 * kib, gib = 1024 * mib, tib = 1024 * gib;

#define MEMBER(path) [](Config& c) -> auto& { return c.path; }
std::vector<Setting> make_settings() {
    constexpr auto at_start = Applies::at_start, live = Applies::live;
    return {
        state_dir(),
        listen(),
        integer("api.connections", at_start, 1, 10'000, MEMBER(api_connections)),
        size("api.import_size", at_start, mib, tib, MEMBER(api_import_bytes)),
        database_url(),
        choice<Pooler>("database.pooler", at_start,
                       {{"none", Pooler::none}, {"transaction", Pooler::transaction}},
                       MEMBER(database_pooler)),
        text("database.user", at_start, MEMBER(database_user)),
        text("database.binaries", at_start, MEMBER(database_binaries)),
        choice<LogStyle>("log.format", at_start,
                         {{"auto", LogStyle::automatic}, {"text", LogStyle::text}, {"json", LogStyle::json}},
                         MEMBER(log_style)),
        choice<LogLevel>("log.level", live,
                         {{"debug", LogLevel::debug},
                          {"info", LogLevel::info},
                          {"warn", LogLevel::warn},
                          {"error", LogLevel::error}},
                         MEMBER(log_level)),
        text("tls.ca_file", live, MEMBER(ca_file)),
        text("secrets.key_file", at_start, MEMBER(key_file)),
        list("network.allow", at_start, MEMBER(network_allow), read_network),
        list("network.deny", at_start, MEMBER(network_deny), read_network),
        list("network.ports", at_start, MEMBER(network_ports), read_port),
        integer("limits.passes", live, 1, 10'000, MEMBER(passes)),
        duration("limits.lease", at_start, 3s, 10min, MEMBER(lease)),
        duration("limits.poll", at_start, 50ms, 1min, MEMBER(poll)),
        duration("limits.drain", at_start, 0ms, 9s, MEMBER(drain)),
        size("limits.buffer_per_pass", live, 64 * kib, gib, MEMBER(sync.buffer_bytes)),
        size("limits.buffer_of_all_passes", live, 0, 64 * gib, MEMBER(buffer_of_all_passes)),
        size("limits.whole_message", live, 4 * kib, 64 * mib, MEMBER(sync.whole_message_bytes)),
        integer("limits.hosts.default.connections_as_source", live, 1, 1000,
                MEMBER(host_limits.connections_as_source)),
        integer("limits.hosts.default.connections_as_destination", live, 1, 1000,
                MEMBER(host_limits.connections_as_destination)),
        integer("retry.attempts", live, 1, 1000, MEMBER(retry.attempts)),
        duration("retry.backoff_base", live, 10ms, 1h, MEMBER(retry.backoff_base)),
        duration("retry.backoff_cap", live, 10ms, 24h, MEMBER(retry.backoff_cap)),
        duration("retry.auth_retry", live, 1s, 24h, MEMBER(retry.auth_retry)),
        integer("retry.auth_attempts", live, 1, 10, MEMBER(retry.auth_attempts)),
        duration("sync.connect_timeout", live, 1s, 10min, MEMBER(sync.connect_timeout)),
        duration("sync.command_timeout", live, 1s, 2h, MEMBER(sync.command_timeout)),
        duration("sync.settle", live, 100ms, 10min, MEMBER(sync.settle)),
    };
}
#undef MEMBER

}  // namespace

const std::vector<Setting>& all_settings() {
    static const auto all = make_settings();
    return all;
}

const Setting* find_setting(std::string_view name) {
    const auto found = std::ranges::find(all_settings(), name, &Setting::name);
    return found == all_settings().end() ? nullptr : &*found;
}

}  // namespace godwit::daemon
