#include "api/metrics_cluster.h"

#include <charconv>
#include <dirent.h>
#include <fstream>
#include <iterator>
#include <sys/resource.h>
#include <unistd.h>

namespace godwit::api {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using scheduler::Phase;
using scheduler::State;

namespace {

constexpr std::size_t hosts_with_series = 200;

MetricFamily family(std::string name, std::string help, MetricType type) {
    MetricFamily out;
    out.name = std::move(name);
    out.help = std::move(help);
    out.type = type;
    return out;
}

void add(MetricFamily& family, std::vector<ClientMetric::Label> labels, double value) {
    ClientMetric metric;
    metric.label = std::move(labels);
    if (family.type == MetricType::Counter) metric.counter.value = value;
    else metric.gauge.value = value;
    family.metric.push_back(std::move(metric));
}

MetricFamily single(std::string name, std::string help, MetricType type, double value) {
    auto out = family(std::move(name), std::move(help), type);
    add(out, {}, value);
    return out;
}

std::vector<ClientMetric::Label> host_labels(const std::string& host, sync::Side side) {
    return {{"host", host}, {"side", std::string(name_of(side))}};
}

// /proc/self/stat after the command's name, which may hold anything: field 0 is the state (the 3rd of proc(5)).
std::vector<double> stat_fields() {
    std::ifstream file("/proc/self/stat");
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    std::vector<double> fields;
    auto at = text.rfind(')');
    while (at != std::string::npos && (at = text.find_first_not_of(") ", at)) != std::string::npos) {
        const auto end = std::min(text.find(' ', at), text.size());
        double value = 0;
        std::from_chars(text.data() + at, text.data() + end, value);
        fields.push_back(value);
        at = end;
    }
    return fields;
}

double boot_time() {
    std::ifstream file("/proc/stat");
    for (std::string key; file >> key;) {
        double value = 0;
        if (key == "btime" && file >> value) return value;
        std::getline(file, key);
    }
    return 0;
}

std::size_t open_descriptors() {
    DIR* directory = ::opendir("/proc/self/fd");
    if (directory == nullptr) return 0;
    std::size_t count = 0;
    while (const dirent* entry = ::readdir(directory))
        if (entry->d_name[0] != '.') ++count;
    ::closedir(directory);
    return count > 0 ? count - 1 : 0;   // without the one used to look
}

}  // namespace

MetricFamily migrations_family(const std::vector<scheduler::StateCount>& counts) {
    auto out = family("godwit_migrations", "Migrations of the cluster by phase and state.", MetricType::Gauge);
    std::map<std::pair<Phase, State>, double> values;
    for (const auto& count : counts) values[{count.phase, count.state}] += static_cast<double>(count.count);
    for (int phase = 0; phase <= static_cast<int>(Phase::completed); ++phase)
        for (int state = 0; state <= static_cast<int>(State::done); ++state) {
            const std::pair key{static_cast<Phase>(phase), static_cast<State>(state)};
            add(out, {{"phase", std::string(name_of(key.first))}, {"state", std::string(name_of(key.second))}},
                values[key]);
        }
    return out;
}

std::vector<MetricFamily> host_families(std::vector<scheduler::HostView> hosts) {
    // The busiest first; equal ones in an order that does not change.
    std::ranges::sort(hosts, [](const auto& a, const auto& b) {
        const auto used = [](const auto& host) { return host.used_as_source + host.used_as_destination; };
        return used(a) != used(b) ? used(a) > used(b) : a.id < b.id;
    });
    auto slots = family("godwit_host_slots", "Connections that a host may have over all nodes.", MetricType::Gauge);
    auto used = family("godwit_host_slots_used", "Connections that passes hold at a host.", MetricType::Gauge);
    const auto add_host = [&](const std::string& name, const scheduler::HostView& host) {
        add(slots, host_labels(name, sync::Side::source), host.effective_as_source);
        add(slots, host_labels(name, sync::Side::destination), host.effective_as_destination);
        add(used, host_labels(name, sync::Side::source), host.used_as_source);
        add(used, host_labels(name, sync::Side::destination), host.used_as_destination);
    };
    scheduler::HostView other;
    for (std::size_t i = 0; i < hosts.size(); ++i) {
        if (i < hosts_with_series) {
            add_host(hosts[i].name, hosts[i]);
            continue;
        }
        other.effective_as_source += hosts[i].effective_as_source;
        other.effective_as_destination += hosts[i].effective_as_destination;
        other.used_as_source += hosts[i].used_as_source;
        other.used_as_destination += hosts[i].used_as_destination;
    }
    add_host("other", other);
    return {std::move(slots), std::move(used)};
}

std::vector<MetricFamily> process_families() {
    constexpr std::size_t user_time = 11, system_time = 12, threads = 17, start_time = 19, virtual_bytes = 20, pages = 21;
    std::vector<MetricFamily> out;
    const auto fields = stat_fields();
    if (fields.size() <= pages) return out;
    const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
    static const double booted = boot_time();
    rlimit files{};
    ::getrlimit(RLIMIT_NOFILE, &files);
    const auto gauge = MetricType::Gauge;
    out.push_back(single("process_cpu_seconds_total", "CPU time used.", MetricType::Counter,
                         (fields[user_time] + fields[system_time]) / ticks));
    out.push_back(single("process_resident_memory_bytes", "Memory in RAM.", gauge,
                         fields[pages] * static_cast<double>(::sysconf(_SC_PAGESIZE))));
    out.push_back(single("process_virtual_memory_bytes", "Address space.", gauge, fields[virtual_bytes]));
    out.push_back(single("process_start_time_seconds", "Start, in Unix time.", gauge,
                         booted + fields[start_time] / ticks));
    out.push_back(single("process_threads", "Threads.", gauge, fields[threads]));
    out.push_back(single("process_open_fds", "Open descriptors.", gauge, static_cast<double>(open_descriptors())));
    out.push_back(single("process_max_fds", "Descriptors that may be open.", gauge, static_cast<double>(files.rlim_cur)));
    return out;
}

}  // namespace godwit::api
