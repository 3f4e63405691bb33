// bench_pump: what two IMAP servers can do at best, to compare with: everything is copied, nothing is looked
// up, checked or written down. It shares no code with the engine.
//
//   bench_pump --source HOST:PORT --destination HOST:PORT --password PW --user NAME... [--destination-user
//   NAME...]
//
// Prints one line, {"folders":..,"messages":..,"bytes":..,"seconds":..}; exit status 0 only if every command
// was answered OK.
#include <getopt.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "tools/bench/pump_account.h"

namespace godwit::bench {
namespace {

constexpr const char* usage =
    "usage: bench_pump --source HOST:PORT --destination HOST:PORT --password PW --user NAME [--user "
    "NAME]...\n"
    "  --destination-user NAME   where it differs; as many as --user\n"
    "  --parallel N              accounts at once (1)\n"
    "  --tls                     implicit TLS on both sides; certificates are not verified\n"
    "  --batch-bytes N           in one MULTIAPPEND (16777216)\n"
    "  --batch-messages N        likewise (1000)\n"
    "  --no-list                 INBOX only, without LIST\n"
    "  --mode copy|list          list: only LIST and STATUS of every folder on both sides\n"
    "  --list-status             LIST-STATUS instead of both\n";

struct Arguments {
    PumpOptions options;
    std::vector<std::string> users, destination_users;
    unsigned parallel = 1;
    bool look = false;
};

Endpoint endpoint(std::string_view text) {
    const auto colon = text.rfind(':');
    if (colon == text.npos) return {};
    std::string host(text.substr(0, colon));
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    return {host, std::string(text.substr(colon + 1))};
}

bool take(Arguments& arguments, int option, const std::string& value) {
    PumpOptions& options = arguments.options;
    switch (option) {
        case 's': options.source = endpoint(value); break;
        case 'd': options.destination = endpoint(value); break;
        case 'p': options.password = value; break;
        case 'u': arguments.users.push_back(value); break;
        case 'U': arguments.destination_users.push_back(value); break;
        case 'j': arguments.parallel = static_cast<unsigned>(std::strtoul(value.c_str(), nullptr, 10)); break;
        case 't': options.tls = true; break;
        case 'b': options.batch_bytes = std::strtoull(value.c_str(), nullptr, 10); break;
        case 'm':
            options.batch_messages = static_cast<unsigned>(std::strtoul(value.c_str(), nullptr, 10));
            break;
        case 'n': options.list = false; break;
        case 'l': options.list_status = true; break;
        case 'M': arguments.look = value == "list"; return value == "list" || value == "copy";
        default: return false;
    }
    return true;
}

std::optional<Arguments> parse(int argc, char** argv) {
    static const option options[] = {{"source", required_argument, nullptr, 's'},
                                     {"destination", required_argument, nullptr, 'd'},
                                     {"password", required_argument, nullptr, 'p'},
                                     {"user", required_argument, nullptr, 'u'},
                                     {"destination-user", required_argument, nullptr, 'U'},
                                     {"parallel", required_argument, nullptr, 'j'},
                                     {"tls", no_argument, nullptr, 't'},
                                     {"batch-bytes", required_argument, nullptr, 'b'},
                                     {"batch-messages", required_argument, nullptr, 'm'},
                                     {"no-list", no_argument, nullptr, 'n'},
                                     {"list-status", no_argument, nullptr, 'l'},
                                     {"mode", required_argument, nullptr, 'M'},
                                     {nullptr, 0, nullptr, 0}};
    Arguments arguments;
    for (int option; (option = getopt_long(argc, argv, "", options, nullptr)) != -1;)
        if (!take(arguments, option, optarg ? optarg : "")) return std::nullopt;
    if (arguments.destination_users.empty()) arguments.destination_users = arguments.users;
    const bool whole = !arguments.options.source.port.empty() &&
                       !arguments.options.destination.port.empty() && !arguments.users.empty() &&
                       arguments.parallel && arguments.users.size() == arguments.destination_users.size() &&
                       optind == argc;
    if (!whole) return std::nullopt;
    return arguments;
}

/// All accounts, `parallel` threads at once; false if one of them failed or a command was refused.
bool run(const Arguments& arguments, PumpCounts& total) {
    std::atomic<std::size_t> next = 0;
    std::atomic<bool> failed = false;
    std::mutex mutex;
    const auto work = [&] {
        for (std::size_t place; (place = next++) < arguments.users.size();) try {
                const auto counts = (arguments.look ? look_at_account : copy_account)(
                    arguments.options, arguments.users[place], arguments.destination_users[place]);
                const std::lock_guard lock(mutex);
                total.folders += counts.folders;
                total.messages += counts.messages;
                total.bytes += counts.bytes;
                total.refused += counts.refused;
            } catch (const std::exception& error) {
                std::fprintf(stderr, "bench_pump: %s: %s\n", arguments.users[place].c_str(), error.what());
                failed = true;
            }
    };
    {
        std::vector<std::jthread> threads;
        for (unsigned count = 1; count < std::min<std::size_t>(arguments.parallel, arguments.users.size());
             ++count)
            threads.emplace_back(work);
        work();
    }
    return !failed && total.refused == 0;
}

}  // namespace
}  // namespace godwit::bench

int main(int argc, char** argv) {
    using namespace godwit::bench;
    const auto arguments = parse(argc, argv);
    if (!arguments) return std::fputs(usage, stderr), 64;
    std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes without MSG_NOSIGNAL
    PumpCounts total;
    const auto began = std::chrono::steady_clock::now();
    const bool good = run(*arguments, total);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    std::printf("{\"folders\":%llu,\"messages\":%llu,\"bytes\":%llu,\"seconds\":%.6f}\n",
                static_cast<unsigned long long>(total.folders),
                static_cast<unsigned long long>(total.messages), static_cast<unsigned long long>(total.bytes),
                took.count());
    return good ? 0 : 1;
}
