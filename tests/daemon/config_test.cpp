#include "daemon/config.h"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace godwit::daemon {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> errors_of(std::string_view text) {
    const auto parsed = parse_config(text, "godwit.yaml");
    std::vector<std::string> lines;
    if (parsed) return lines;
    for (const auto& error : parsed.error()) lines.push_back(error.to_string());
    return lines;
}

Config config_of(std::string_view text) {
    auto parsed = parse_config(text, "godwit.yaml");
    if (parsed) return std::move(*parsed);
    ADD_FAILURE() << parsed.error().front().to_string();
    return {};
}

TEST(Config, EverySettingHasADefault) {
    for (const auto* text : {"", "---\n", "# nothing\n", "limits:\n", "limits:\n  passes:\n"}) {
        const Config config = config_of(text);
        EXPECT_EQ(config.state_dir, "/var/lib/godwit");
        EXPECT_EQ(config.listen, (ListenAddress{"127.0.0.1", 8420}));
        EXPECT_TRUE(config.database_url.empty());
        EXPECT_EQ(config.passes, 200u);
        EXPECT_EQ(config.lease, 30s);
        EXPECT_TRUE(config.given.empty());
    }
}

TEST(Config, ReadsEveryType) {
    const Config config = config_of(R"(
state_dir: /srv/godwit
listen: "[::1]:9000"
database: {url: "postgresql://u:p@db/godwit", pooler: transaction}
log: {format: json, level: debug}
network:
  allow: [10.0.0.0/8, loopback]
  deny:
    - 10.9.0.0/16
  ports: [143, 993]
limits:
  passes: 50
  lease: 10s
  buffer_per_pass: 2MiB
  buffer_of_all_passes: 64MiB
  hosts: {default: {connections_as_source: 3}}
retry: {backoff_base: 500ms, auth_retry: 1h30m}
sync: {command_timeout: 2m}
)");
    EXPECT_EQ(config.state_dir, "/srv/godwit");
    EXPECT_EQ(config.listen, (ListenAddress{"::1", 9000}));
    EXPECT_EQ(config.database_url.reveal(), "postgresql://u:p@db/godwit");
    EXPECT_EQ(config.database_pooler, Pooler::transaction);
    EXPECT_EQ(config.log_style, LogStyle::json);
    EXPECT_EQ(config.log_level, LogLevel::debug);
    EXPECT_THAT(config.network_allow, ElementsAre("10.0.0.0/8", "loopback"));
    EXPECT_THAT(config.network_deny, ElementsAre("10.9.0.0/16"));
    EXPECT_THAT(config.network_ports, ElementsAre(143, 993));
    EXPECT_EQ(config.passes, 50u);
    EXPECT_EQ(config.lease, 10s);
    EXPECT_EQ(config.sync.buffer_bytes, 2u << 20);
    EXPECT_EQ(config.buffer_of_all_passes, 64u << 20);
    EXPECT_EQ(config.host_limits,
              (scheduler::HostLimits{3, Config{}.host_limits.connections_as_destination}));
    EXPECT_EQ(config.retry.backoff_base, 500ms);
    EXPECT_EQ(config.retry.auth_retry, 90min);
    EXPECT_EQ(config.sync.command_timeout, 2min);
}

TEST(Config, ReportsEveryErrorWithItsLine) {
    EXPECT_THAT(errors_of(R"(state_dir: relative
limits:
  hosts:
    default:
      connections_as_source: 0
  passes: many
  lease: 30
network:
  allow:
    - 10.0.0.0/8
    - nonsense
  ports: 993
retry: 12
)"),
                ElementsAre("godwit.yaml:1: state_dir: must be an absolute path",
                            "godwit.yaml:5: limits.hosts.default.connections_as_source: must be 1..1000",
                            "godwit.yaml:6: limits.passes: must be 1..10000",
                            "godwit.yaml:7: limits.lease: must be a duration of 3s..10m, such as \"30s\"",
                            HasSubstr("godwit.yaml:11: network.allow: must be a network"),
                            "godwit.yaml:12: network.ports: must be a list",
                            "godwit.yaml:13: retry: must hold settings, each as \"name: value\""));
}

TEST(Config, SuggestsTheNearestName) {
    EXPECT_THAT(errors_of("limits:\n  passses: 3\n"),
                ElementsAre("godwit.yaml:2: limits.passses: unknown setting; did you mean passes?"));
    EXPECT_THAT(errors_of("limit:\n  passes: 3\n"),
                ElementsAre("godwit.yaml:1: limit: unknown setting; did you mean limits?"));
    EXPECT_THAT(errors_of("passes: 3\n"),
                ElementsAre("godwit.yaml:1: passes: unknown setting; did you mean limits.passes?"));
    EXPECT_THAT(errors_of("xylophone: 3\n"), ElementsAre("godwit.yaml:1: xylophone: unknown setting"));
}

TEST(Config, RefusesASettingThatStandsTwice) {
    EXPECT_THAT(errors_of("limits:\n  passes: 3\n  passes: 4\n"),
                ElementsAre("godwit.yaml:3: limits.passes: stands twice"));
}

TEST(Config, ComparesSettingsWithEachOther) {
    EXPECT_THAT(errors_of("retry:\n  backoff_base: 1h\n  backoff_cap: 1m\n"),
                ElementsAre("godwit.yaml:2: retry.backoff_base: must not exceed retry.backoff_cap"));
    EXPECT_THAT(errors_of("\nlimits: {buffer_per_pass: 64KiB}\n"),
                ElementsAre("godwit.yaml:2: limits.whole_message: must not exceed limits.buffer_per_pass"));
}

TEST(Config, NamesTheLineThatIsNotYaml) {
    const auto errors = errors_of("limits:\n  passes: [3\nlog: }\n");
    ASSERT_EQ(errors.size(), 1u);
    EXPECT_THAT(errors[0], testing::MatchesRegex("godwit.yaml:[0-9]+: not YAML: .*"));
    EXPECT_THAT(errors_of("- a\n- b\n"), ElementsAre(HasSubstr("must hold settings")));
    EXPECT_THAT(errors_of("log: {level: info}\n---\nlog: {level: warn}\n"),
                ElementsAre(HasSubstr("one YAML document")));
    EXPECT_THAT(errors_of("log: {level: info}\n}\n"), ElementsAre(HasSubstr("yaml:2: ")));
    EXPECT_THAT(errors_of(",limits:\n"), ElementsAre(HasSubstr("yaml:1: ")));
    EXPECT_THAT(errors_of("? [a, b]\n: 3\n"), ElementsAre(HasSubstr("a name must be plain text")));
    EXPECT_THAT(errors_of("limits: {passes: {a: 1}}"), ElementsAre(HasSubstr("must be one value")));
}

TEST(Config, RefusesWhatIsNotText) {
    EXPECT_THAT(errors_of(std::string("log:\n  level: in\x04"
                                      "fo\n")),
                ElementsAre("godwit.yaml:2: not UTF-8 text"));
    EXPECT_THAT(errors_of(std::string("\0", 1)), ElementsAre("godwit.yaml:1: not UTF-8 text"));
    EXPECT_THAT(errors_of("tls: {ca_file: \"\xff\"}"), ElementsAre("godwit.yaml:1: not UTF-8 text"));
}

TEST(Config, NeverRepeatsTheDatabasePassword) {
    for (const auto* text :
         {"database: {url: \"mysql://u:canary@db\"}", "database: {ulr: \"postgresql://u:canary@db\"}"})
        for (const auto& error : errors_of(text)) EXPECT_THAT(error, testing::Not(HasSubstr("canary")));
}

TEST(Config, TellsWhatNeedsARestart) {
    const Config running = config_of("");
    EXPECT_TRUE(restart_needed(running, config_of("limits: {passes: 3}\nlog: {level: warn}")).empty());
    EXPECT_THAT(restart_needed(running, config_of("listen: 127.0.0.1:1\ndatabase: {url: \"postgres://db\"}")),
                ElementsAre("listen", "database.url"));
}

TEST(Config, TheExampleHoldsEverySettingWithItsDefault) {
    const auto parsed = load_config(GODWIT_SOURCE_DIR "/deploy/godwit.example.yaml");
    ASSERT_TRUE(parsed) << parsed.error().front().to_string();
    EXPECT_TRUE(restart_needed(Config{}, *parsed).empty());
    std::ifstream in(GODWIT_SOURCE_DIR "/deploy/godwit.example.yaml");
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    for (const auto name : setting_names()) {
        EXPECT_TRUE(parsed->given.contains(name)) << name;
        if (default_text(name).empty()) continue;
        const auto key = name.substr(name.rfind('.') + 1);
        EXPECT_THAT(text, HasSubstr(std::string(key) + ": " + default_text(name)));
    }
}

TEST(Config, AFileThatCannotBeRead) {
    const auto missing = load_config("/nonexistent/godwit.yaml");
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error()[0].to_string(),
              "/nonexistent/godwit.yaml: cannot be read: No such file or directory");
    EXPECT_FALSE(load_config("/"));
}

TEST(ConfigValues, Durations) {
    EXPECT_EQ(parse_duration("0s"), 0ms);
    EXPECT_EQ(parse_duration("250ms"), 250ms);
    EXPECT_EQ(parse_duration("1h30m"), 90min);
    EXPECT_EQ(parse_duration("1d2h3m4s5ms"), 24h + 2h + 3min + 4s + 5ms);
    for (const auto* text : {"", "5", "s", "-1s", "1.5s", "1 s", "1m1h", "1s1s", "99999999999999999999s",
                             "18446744073709551615ms", "1S", "400d"})
        EXPECT_FALSE(parse_duration(text)) << text;
    for (const auto value : {5ms, 1500ms, 60'000ms, 86'400'000ms})
        EXPECT_EQ(parse_duration(duration_text(value)), value);
    EXPECT_EQ(duration_text(90min), "90m");
}

TEST(ConfigValues, Sizes) {
    EXPECT_EQ(parse_size("512B"), 512u);
    EXPECT_EQ(parse_size("256KiB"), 256u << 10);
    EXPECT_EQ(parse_size("2GiB"), 2ull << 30);
    for (const auto* text : {"", "1", "KiB", "1KB", "1MiB1KiB", "17000000TiB", "1 MiB"})
        EXPECT_FALSE(parse_size(text)) << text;
    EXPECT_EQ(size_text(256u << 10), "256KiB");
}

TEST(ConfigValues, ListenAddresses) {
    EXPECT_EQ(parse_listen("0.0.0.0:1"), (ListenAddress{"0.0.0.0", 1}));
    EXPECT_EQ(parse_listen("[::]:65535"), (ListenAddress{"::", 65535}));
    for (const auto* text :
         {"", "8420", "localhost:8420", "::1:8420", "127.0.0.1:", "127.0.0.1:65536", "[127.0.0.1]:1"})
        EXPECT_FALSE(parse_listen(text)) << text;
}

TEST(ConfigValues, NearestName) {
    EXPECT_EQ(nearest("pasess", {"passes", "lease"}), "passes");
    EXPECT_EQ(nearest("qqqqqq", {"passes", "lease"}), "");
    EXPECT_EQ(nearest(std::string(100'000, 'p'), {"passes"}), "");
}

}  // namespace
}  // namespace godwit::daemon
