// fakeimap: the fake server as a program.
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <thread>

#include <fmt/format.h>
#include <sys/resource.h>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include "tools/fakeimap/listener.h"
#include "tools/fakeimap/options.h"

namespace godwit::fakeimap {
namespace {

enum ExitCode { stopped = 0, failed = 1, misused = 64 };

void print(std::FILE* to, const std::string& text) {
    std::fwrite(text.data(), 1, text.size(), to);
    std::fflush(to);
}

void raise_open_files() {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
}

// Blocked in this thread and so in all that it starts.
sigset_t block_signals() {
    std::signal(SIGPIPE, SIG_IGN);
    sigset_t set;
    sigemptyset(&set);
    for (const int number : {SIGTERM, SIGINT}) sigaddset(&set, number);
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
    return set;
}

ExitCode run(const Options& options) {
    const auto signals = block_signals();
    raise_open_files();
    Server server(options.persona);
    server.make_account = [&](const std::string& user) { return make_account(options, user); };
    asio::io_context context(1);
    TaskScope ending(context.get_executor());
    Listener listener(context.get_executor(), server);
    const auto port = listener.start(options.address, options.port);
    if (!port) {
        print(stderr, "fakeimap: " + port.error().to_string() + "\n");
        return failed;
    }
    const bool v6 = options.address.find(':') != std::string::npos;
    print(stdout, fmt::format("listening {}{}{}:{}\n", v6 ? "[" : "", options.address, v6 ? "]" : "", *port));
    const std::jthread waiter([&] {
        int number = 0;
        sigwait(&signals, &number);
        asio::post(context, [&] { ending.spawn("stop", listener.stop()); });
    });
    context.run();
    return stopped;
}

}  // namespace
}  // namespace godwit::fakeimap

int main(int argc, char** argv) {
    using namespace godwit::fakeimap;
    const auto options = parse_options(std::vector<std::string>(argv + 1, argv + std::max(argc, 1)));
    if (!options) {
        print(stderr, "fakeimap: " + options.error() + "; see fakeimap --help\n");
        return misused;
    }
    if (options->help) return print(stdout, help_text()), stopped;
    return run(*options);
}
