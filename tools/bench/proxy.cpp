// bench_proxy: a TCP proxy that makes a near server a distant one.
//
//   bench_proxy --to HOST:PORT [--listen [HOST:]PORT] [--round-trip MS] [--rate BITS_PER_SECOND]
//
// Half of the round trip is added each way to every octet, however many are under way; connecting costs what
// TCP's handshake would. The rate holds for each connection and each way. Prints {"port": N} once it listens;
// at SIGUSR1, and at its end by SIGTERM or SIGINT,
// {"connections":..,"up_bytes":..,"down_bytes":..,"round_trips":..,"seconds":..}.
#include <getopt.h>
#include <netdb.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <stdexcept>

#include "tools/bench/proxy_server.h"

namespace godwit::bench {
namespace {

constexpr const char* usage =
    "usage: bench_proxy --to HOST:PORT\n"
    "  --listen [HOST:]PORT    127.0.0.1 and a free port by default\n"
    "  --round-trip MS         0\n"
    "  --rate BITS_PER_SECOND  of each connection and way; 0 (as fast as can be)\n";

Address address(std::string text) {
    const auto colon = text.rfind(':');
    std::string host = colon == text.npos ? "127.0.0.1" : text.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    const std::string port = colon == text.npos ? text : text.substr(colon + 1);
    addrinfo hints{}, *found = nullptr;
    hints.ai_socktype = SOCK_STREAM;
    if (const int error = getaddrinfo(host.c_str(), port.c_str(), &hints, &found))
        throw std::runtime_error(text + ": " + gai_strerror(error));
    Address result;
    std::memcpy(&result.storage, found->ai_addr, found->ai_addrlen);
    result.size = found->ai_addrlen;
    freeaddrinfo(found);
    return result;
}

bool parse(int argc, char** argv, ProxyOptions& options) {
    static const option known[] = {{"to", required_argument, nullptr, 't'},
                                   {"listen", required_argument, nullptr, 'l'},
                                   {"round-trip", required_argument, nullptr, 'd'},
                                   {"rate", required_argument, nullptr, 'r'},
                                   {nullptr, 0, nullptr, 0}};
    std::string listen = "0";
    for (int option; (option = getopt_long(argc, argv, "", known, nullptr)) != -1;) switch (option) {
            case 't': options.to = address(optarg); break;
            case 'l': listen = optarg; break;
            case 'd':
                options.round_trip = std::chrono::duration_cast<Duration>(
                    std::chrono::duration<double, std::milli>(std::strtod(optarg, nullptr)));
                break;
            case 'r': options.rate = std::strtod(optarg, nullptr) / 8; break;
            default: return false;
        }
    options.listen = address(listen);
    return options.to.size && options.round_trip >= Duration::zero() && options.rate >= 0 && optind == argc;
}

void prepare_process() {
    rlimit files{};
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    prctl(PR_SET_TIMERSLACK, 1000);  // ns: a round trip of 1 ms is to be 1 ms
    sigset_t set;
    sigemptyset(&set);
    for (const int number : {SIGTERM, SIGINT, SIGUSR1}) sigaddset(&set, number);
    sigprocmask(SIG_BLOCK, &set, nullptr);
}

}  // namespace
}  // namespace godwit::bench

int main(int argc, char** argv) try {
    using namespace godwit::bench;
    ProxyOptions options;
    if (!parse(argc, argv, options)) return std::fputs(usage, stderr), 64;
    prepare_process();
    ProxyServer server(options);
    std::printf("{\"port\": %u}\n", static_cast<unsigned>(server.port()));
    std::fflush(stdout);
    server.run();
    return 0;
} catch (const std::exception& error) {
    std::fprintf(stderr, "bench_proxy: %s\n", error.what());
    return 1;
}
