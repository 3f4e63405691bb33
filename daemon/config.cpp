#include "daemon/config.h"

#include <fstream>
#include <functional>
#include <sstream>

#include <yaml-cpp/yaml.h>

#include "engine/net/address_policy.h"

namespace godwit::daemon {
namespace {

// What is wrong, or nothing.
using Complaint = std::string;

struct Setting {
    std::string_view name;
    bool live;  // taken over by SIGHUP
    std::function<Complaint(const std::string&, Config&)> read;  // called for every item of a list
    std::function<bool(const Config&, const Config&)> same;
    std::function<std::string(const Config&)> show;
    bool list = false;
};

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
        return std::string(std::ranges::find(words, value, &std::pair<std::string_view, Value>::second)->first);
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
        if (!given.starts_with('/') || given.find('\0') != std::string::npos) return "must be an absolute path";
        value = given;
        return {};
    };
    return make("state_dir", Applies::at_start, [](Config& c) -> auto& { return c.state_dir; }, read,
                [](const auto& value) { return value.string(); });
}

Setting listen() {
    const auto read = [](const std::string& given, ListenAddress& value) -> Complaint {
        const auto parsed = parse_listen(given);
        if (!parsed) return "must be a numeric address and a port, such as \"127.0.0.1:8420\" or \"[::1]:8420\"";
        value = *parsed;
        return {};
    };
    return make("listen", Applies::at_start, [](Config& c) -> auto& { return c.listen; }, read,
                [](const auto& value) { return fmt::format("{}:{}", value.address, value.port); });
}

Setting database_url() {
    return Setting{"database.url", false,
                   [](const std::string& given, Config& config) -> Complaint {
                       const bool url = given.starts_with("postgresql://") || given.starts_with("postgres://");
                       if (!given.empty() && !url) return "must begin with postgresql://";
                       if (given.find('\0') != std::string::npos) return "must not hold a NUL";
                       config.database_url = Secret<std::string>(given);
                       return {};
                   },
                   [](const Config& a, const Config& b) {
                       return a.database_url.reveal() == b.database_url.reveal();
                   },
                   [](const Config&) { return std::string(); }};
}

using namespace std::chrono_literals;
constexpr std::uint64_t kib = 1024, mib = 1024 * kib, gib = 1024 * mib, tib = 1024 * gib;

#define MEMBER(path) [](Config & c) -> auto& { return c.path; }
std::vector<Setting> all_settings() {
    constexpr auto at_start = Applies::at_start, live = Applies::live;
    return {
        state_dir(),
        listen(),
        integer("api.connections", at_start, 1, 10'000, MEMBER(api_connections)),
        size("api.import_size", at_start, mib, tib, MEMBER(api_import_bytes)),
        database_url(),
        choice<Pooler>("database.pooler", at_start, {{"none", Pooler::none}, {"transaction", Pooler::transaction}},
                       MEMBER(database_pooler)),
        text("database.user", at_start, MEMBER(database_user)),
        text("database.binaries", at_start, MEMBER(database_binaries)),
        choice<LogStyle>("log.format", at_start,
                         {{"auto", LogStyle::automatic}, {"text", LogStyle::text}, {"json", LogStyle::json}},
                         MEMBER(log_style)),
        choice<LogLevel>("log.level", live,
                         {{"debug", LogLevel::debug}, {"info", LogLevel::info}, {"warn", LogLevel::warn},
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

const std::vector<Setting>& settings() {
    static const auto all = all_settings();
    return all;
}

const Setting* find_setting(std::string_view name) {
    const auto found = std::ranges::find(settings(), name, &Setting::name);
    return found == settings().end() ? nullptr : &*found;
}

bool is_section(const std::string& path) {
    return std::ranges::any_of(settings(), [&](const auto& s) { return s.name.starts_with(path + "."); });
}

// The names that may stand where `path` does.
std::vector<std::string_view> siblings(std::string_view section) {
    std::vector<std::string_view> names;
    for (const auto& setting : settings()) {
        auto name = setting.name;
        if (!section.empty() && !(name.starts_with(section) && name.substr(section.size()).starts_with('.'))) continue;
        if (!section.empty()) name.remove_prefix(section.size() + 1);
        names.push_back(name.substr(0, name.find('.')));
    }
    return names;
}

std::string suggestion(const std::string& section, std::string_view key) {
    const auto close = nearest(key, siblings(section));
    if (!close.empty()) return fmt::format("unknown setting; did you mean {}?", close);
    for (const auto& setting : settings())  // right name, wrong place
        if (setting.name.ends_with(fmt::format(".{}", key)))
            return fmt::format("unknown setting; did you mean {}?", setting.name);
    return "unknown setting";
}

class Reader {
public:
    explicit Reader(std::string file) : file_(std::move(file)) {}

    ConfigResult read(std::string_view text) {
        try {
            const auto documents = YAML::LoadAll(std::string(text));
            if (documents.size() > 1) complain(documents[1], "", "one YAML document is enough");
            if (!documents.empty() && !documents[0].IsNull()) section(documents[0], "");
            if (errors_.empty()) compare();
        } catch (const YAML::Exception& e) {
            const unsigned line = e.mark.is_null() ? 0 : static_cast<unsigned>(e.mark.line) + 1;
            errors_.push_back({file_, line, "", "not YAML: " + printable(e.msg)});
        }
        std::ranges::stable_sort(errors_, {}, &ConfigError::line);
        if (!errors_.empty()) return std::unexpected(std::move(errors_));
        return std::move(config_);
    }

private:
    void complain(const YAML::Node& at, const std::string& setting, std::string message) {
        errors_.push_back({file_, static_cast<unsigned>(at.Mark().line + 1), setting, std::move(message)});
    }

    void section(const YAML::Node& node, const std::string& path) {
        if (!node.IsMap()) return complain(node, path, "must hold settings, each as \"name: value\"");
        std::set<std::string> seen;
        for (const auto& entry : node) {
            if (!entry.first.IsScalar()) {
                complain(entry.first, path, "a name must be plain text");
                continue;
            }
            const std::string key = entry.first.Scalar();
            const std::string below = path.empty() ? key : path + "." + key;
            const bool again = !seen.insert(key).second;
            if (again)
                complain(entry.first, printable(below, 100), "stands twice");
            else if (const Setting* setting = find_setting(below))
                value(entry.first, entry.second, *setting);
            else if (!is_section(below))
                complain(entry.first, printable(below, 100), suggestion(path, key));
            else if (!entry.second.IsNull())
                section(entry.second, below);
        }
    }

    // A name without a value leaves the default.
    void value(const YAML::Node& key, const YAML::Node& node, const Setting& setting) {
        const std::string name(setting.name);
        if (node.IsNull()) return;
        config_.given.insert(name);
        lines_[name] = static_cast<unsigned>(key.Mark().line + 1);
        if (setting.list && !node.IsSequence()) return complain(key, name, "must be a list");
        if (!setting.list) return scalar(node, setting);
        for (const auto& item : node) scalar(item, setting);
    }

    void scalar(const YAML::Node& node, const Setting& setting) {
        const std::string name(setting.name);
        if (!node.IsScalar()) return complain(node, name, "must be one value");
        if (auto complaint = setting.read(node.Scalar(), config_); !complaint.empty())
            complain(node, name, std::move(complaint));
    }

    // What must hold between settings.
    void compare() {
        if (config_.retry.backoff_base > config_.retry.backoff_cap)
            relate("retry.backoff_base", "retry.backoff_cap", "must not exceed retry.backoff_cap");
        if (config_.sync.whole_message_bytes > config_.sync.buffer_bytes)
            relate("limits.whole_message", "limits.buffer_per_pass", "must not exceed limits.buffer_per_pass");
    }
    void relate(const std::string& setting, const std::string& other, std::string message) {
        const unsigned line = lines_.contains(setting) ? lines_[setting] : lines_[other];
        errors_.push_back({file_, line, setting, std::move(message)});
    }

    std::string file_;
    Config config_;
    std::vector<ConfigError> errors_;
    std::map<std::string, unsigned> lines_;
};

}  // namespace

std::string ConfigError::to_string() const {
    std::string out = file;
    if (line > 0) out += fmt::format(":{}", line);
    if (!setting.empty()) out += ": " + setting;
    return out + ": " + message;
}

ConfigResult parse_config(std::string_view text, std::string file_name) {
    return Reader(std::move(file_name)).read(text);
}

ConfigResult load_config(const std::filesystem::path& file) {
    constexpr std::size_t longest = 1u << 20;
    const auto refuse = [&](std::string why) {
        return std::unexpected(std::vector{ConfigError{file.string(), 0, "", std::move(why)}});
    };
    std::ifstream in(file, std::ios::binary);
    if (!in) return refuse(std::string("cannot be read: ") + std::strerror(errno));
    std::string text(longest + 1, '\0');
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (in.bad()) return refuse("cannot be read");
    text.resize(static_cast<std::size_t>(in.gcount()));
    if (text.size() > longest) return refuse("is larger than 1 MiB");
    auto parsed = parse_config(text, file.string());
    wipe(text);
    return parsed;
}

std::vector<std::string_view> setting_names() {
    std::vector<std::string_view> names;
    for (const auto& setting : settings()) names.push_back(setting.name);
    return names;
}

std::vector<std::string_view> restart_needed(const Config& running, const Config& wanted) {
    std::vector<std::string_view> names;
    for (const auto& setting : settings())
        if (!setting.live && !setting.same(running, wanted)) names.push_back(setting.name);
    return names;
}

std::string default_text(std::string_view name) {
    const Setting* setting = find_setting(name);
    return setting ? setting->show(Config{}) : std::string();
}

}  // namespace godwit::daemon
