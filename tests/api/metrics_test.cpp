#include "api/metrics.h"

#include <fstream>
#include <regex>
#include <sstream>
#include <thread>

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace godwit::api {
namespace {

namespace json = boost::json;
using scheduler::PassOutcome;
using sync::PassKind;
using sync::Side;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;
using namespace std::chrono_literals;

std::string read_file(const std::string& name) {
    std::ifstream file(std::string(GODWIT_SOURCE_DIR) + "/" + name);
    std::stringstream text;
    text << file.rdbuf();
    EXPECT_FALSE(text.str().empty()) << name;
    return text.str();
}

// Names as a query may use them: a histogram by its three series.
std::set<std::string> names_in(const std::string& page) {
    std::set<std::string> names;
    std::istringstream lines(page);
    for (std::string line; std::getline(lines, line);)
        if (!line.starts_with('#')) names.insert(line.substr(0, line.find_first_of("{ ")));
    return names;
}

std::size_t series_in(const std::string& page) {
    std::istringstream lines(page);
    std::size_t count = 0;
    for (std::string line; std::getline(lines, line);) count += line.starts_with('#') ? 0 : 1;
    return count;
}

void expect_names_exist(const std::string& queries, const std::string& where) {
    Metrics metrics;
    const auto known = names_in(metrics.text());
    const std::regex name("\\b(godwit|process)_[a-z_]+\\b");
    std::size_t seen = 0;
    for (std::sregex_iterator it(queries.begin(), queries.end(), name), end; it != end; ++it, ++seen)
        EXPECT_TRUE(known.contains(it->str())) << it->str() << " in " << where;
    EXPECT_GT(seen, 0u) << where;
}

void collect_queries(const json::value& value, std::string& queries) {
    if (value.is_array())
        for (const auto& item : value.as_array()) collect_queries(item, queries);
    if (!value.is_object()) return;
    for (const auto& member : value.as_object()) {
        if ((member.key() == "expr" || member.key() == "definition") && member.value().is_string())
            queries += json::value_to<std::string>(member.value()) + "\n";
        collect_queries(member.value(), queries);
    }
}

TEST(Metrics, StartAtZero) {
    Metrics metrics;
    const auto page = metrics.text();
    EXPECT_THAT(page, HasSubstr("godwit_passes_total{kind=\"sync\",reason=\"none\",result=\"succeeded\"} 0"));
    EXPECT_THAT(page, HasSubstr("godwit_passes_total{kind=\"sync\",reason=\"auth_failed\",result=\"parked\"} 0"));
    EXPECT_THAT(page, HasSubstr("godwit_messages_total{op=\"copied\"} 0"));
    EXPECT_THAT(page, HasSubstr("godwit_migrations{phase=\"presync\",state=\"ready\"} 0"));
    EXPECT_THAT(page, HasSubstr("godwit_host_slots_used{host=\"other\",side=\"source\"} 0"));
    EXPECT_THAT(page, HasSubstr("godwit_lease_lost_total 0"));
    EXPECT_THAT(page, ContainsRegex("godwit_build_info\\{.*\\} 1"));
    EXPECT_THAT(page, ContainsRegex("process_resident_memory_bytes [1-9]"));
    EXPECT_THAT(page, ContainsRegex("process_open_fds [1-9]"));
    EXPECT_THAT(page, ContainsRegex("process_start_time_seconds 1\\.?[0-9]*e?"));
}

TEST(Metrics, CountWhatTheRuntimeAndTheEngineTell) {
    Metrics metrics;
    metrics.pass_started(PassKind::sync);
    metrics.pass_started(PassKind::sync);
    MetricsObserver engine(metrics);
    sync::Counters totals;
    totals.messages_copied = 3;
    totals.bytes_copied = 1000;
    engine.on_progress(totals);
    totals.messages_copied = 5;
    totals.messages_matched = 7;
    engine.on_progress(totals);
    engine.on_command(Side::source, "LOGIN", 20ms, true);
    engine.on_command(Side::destination, "LOGIN", 20ms, false);
    engine.on_command(Side::source, "X-MADE-UP", 1ms, true);
    engine.on_wire(Side::source, 100, 7);
    engine.on_issue({.kind = ErrorKind::message_rejected});
    metrics.pass_finished(PassKind::sync, PassOutcome::Result::parked, ErrorKind::auth_failed, 10s);
    metrics.lease_renewed();
    const auto page = metrics.text();
    EXPECT_THAT(page, HasSubstr("godwit_passes_active{kind=\"sync\"} 1"));
    EXPECT_THAT(page, HasSubstr("godwit_passes_total{kind=\"sync\",reason=\"auth_failed\",result=\"parked\"} 1"));
    EXPECT_THAT(page, HasSubstr("godwit_pass_duration_seconds_count{kind=\"sync\",result=\"parked\"} 1"));
    EXPECT_THAT(page, HasSubstr("godwit_messages_total{op=\"copied\"} 5"));
    EXPECT_THAT(page, HasSubstr("godwit_messages_total{op=\"matched\"} 7"));
    EXPECT_THAT(page, HasSubstr("godwit_message_bytes_total 1000"));
    EXPECT_THAT(page, HasSubstr("godwit_imap_connects_total{result=\"ok\",side=\"source\"} 1"));
    EXPECT_THAT(page, HasSubstr("godwit_imap_connects_total{result=\"failed\",side=\"destination\"} 1"));
    EXPECT_THAT(page, HasSubstr("godwit_imap_command_duration_seconds_count{command=\"other\",side=\"source\"} 1"));
    EXPECT_THAT(page, HasSubstr("godwit_imap_command_failures_total{side=\"destination\"} 1"));
    EXPECT_THAT(page, HasSubstr("godwit_imap_wire_bytes_total{direction=\"received\",side=\"source\"} 100"));
    EXPECT_THAT(page, HasSubstr("godwit_imap_errors_total{reason=\"message_rejected\"} 1"));
    EXPECT_THAT(page, HasSubstr("godwit_lease_renewals_total 1"));
    EXPECT_THAT(page, Not(HasSubstr("X-MADE-UP")));
}

TEST(Metrics, CountFindingsByKind) {
    Metrics metrics;
    EXPECT_THAT(metrics.text(), HasSubstr("godwit_findings_total{kind=\"missing\"} 0\n"));
    Metrics other;
    sync::FindingCounts counts{};
    counts[static_cast<std::size_t>(sync::FindingKind::moved_at_destination)] = 3;
    other.findings(counts);
    other.findings(counts);
    other.messages(Metrics::MessageOp::verified, 5);
    other.messages(Metrics::MessageOp::removed, 2);
    const auto text = other.text();
    EXPECT_THAT(text, HasSubstr("godwit_findings_total{kind=\"moved_at_destination\"} 6\n"));
    EXPECT_THAT(text, HasSubstr("godwit_messages_total{op=\"verified\"} 5\n"));
    EXPECT_THAT(text, HasSubstr("godwit_messages_total{op=\"removed\"} 2\n"));
}

TEST(Metrics, KeepTheirSeriesFew) {
    Metrics metrics;
    std::vector<scheduler::HostView> hosts(10'000);
    for (std::size_t i = 0; i < hosts.size(); ++i) {
        hosts[i].name = fmt::format("imap{}.example:993", i);
        hosts[i].effective_as_source = 10;
        hosts[i].used_as_source = i == 9'999 ? 9 : 1;
    }
    metrics.set_hosts(hosts);
    metrics.set_migrations({{scheduler::Phase::presync, scheduler::State::ready, 1'000'000}});
    for (int i = 0; i < 1000; ++i) {
        metrics.imap_command(Side::source, fmt::format("X{}", i), 1ms, true);
        metrics.http_request("none", fmt::format("M{}", i), 404, 1ms);
    }
    const auto page = metrics.text();
    EXPECT_THAT(page, HasSubstr("godwit_migrations{phase=\"presync\",state=\"ready\"} 1000000"));
    EXPECT_THAT(page, HasSubstr("godwit_host_slots_used{host=\"imap9999.example:993\",side=\"source\"} 9"));
    EXPECT_THAT(page, HasSubstr("godwit_host_slots_used{host=\"other\",side=\"source\"} 9800"));
    EXPECT_LT(series_in(page), 3'000u);
}

TEST(Metrics, AreSafeFromManyThreads) {
    Metrics metrics;
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t < 4; ++t)
            threads.emplace_back([&metrics] {
                for (int i = 0; i < 1000; ++i) {
                    metrics.messages(Metrics::MessageOp::copied, 1);
                    metrics.pass_started(PassKind::sync);
                    metrics.pass_finished(PassKind::sync, PassOutcome::Result::succeeded, {}, 1ms);
                    if (i % 100 == 0) (void)metrics.text();
                }
            });
    }
    Metrics fresh;
    EXPECT_TRUE(fresh.claim_refresh(1h));
    EXPECT_FALSE(fresh.claim_refresh(1h));
    EXPECT_TRUE(fresh.claim_refresh(0s));
}

TEST(Metrics, OfTheDashboardExist) {
    const auto dashboard = json::parse(read_file("deploy/grafana/godwit.json"));
    EXPECT_EQ(dashboard.at("uid").as_string(), "godwit");
    std::string queries;
    collect_queries(dashboard, queries);
    expect_names_exist(queries, "deploy/grafana/godwit.json");
    std::set<std::int64_t> ids;
    for (const auto& panel : dashboard.at("panels").as_array())
        EXPECT_TRUE(ids.insert(panel.at("id").as_int64()).second);
}

TEST(Metrics, OfTheAlertsExist) {
    std::istringstream lines(read_file("deploy/prometheus/alerts.yml"));
    std::string queries;
    for (std::string line; std::getline(lines, line);)
        if (line.find("expr:") != std::string::npos) queries += line + "\n";
    expect_names_exist(queries, "deploy/prometheus/alerts.yml");
}

}  // namespace
}  // namespace godwit::api
