// godwitd: reads its configuration, starts, and then waits for signals.
#include <csignal>
#include <cstdio>

#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "daemon/app.h"
#include "daemon/arguments.h"
#include "daemon/process.h"

namespace godwit::daemon {
namespace {

using namespace std::chrono_literals;

// Of the whole shutdown, less what the private database needs to stop.
constexpr auto longest_drain = 9'500ms;

void print(std::FILE* to, const std::string& text) { std::fwrite(text.data(), 1, text.size(), to); }

std::optional<Config> read_config(const std::filesystem::path& file) {
    if (file.empty()) return Config{};
    auto config = load_config(file);
    if (config) return std::move(*config);
    for (const auto& error : config.error()) print(stderr, error.to_string() + "\n");
    return std::nullopt;
}

void set_up_log(const Config& config) {
    const bool text = config.log_style == LogStyle::text ||
                      (config.log_style == LogStyle::automatic && isatty(STDERR_FILENO) == 1);
    log_setup(text ? LogFormat::text : LogFormat::json, config.log_level);
}

// Blocked in this thread and so in all that it starts; read from the descriptor.
int take_signals() {
    std::signal(SIGPIPE, SIG_IGN);
    sigset_t wanted;
    sigemptyset(&wanted);
    for (const int number : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&wanted, number);
    pthread_sigmask(SIG_BLOCK, &wanted, nullptr);
    return signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK);
}

// The main thread's part of a daemon that runs.
class Supervisor {
public:
    Supervisor(App& app, int signals, std::filesystem::path file)
        : app_(app), signals_(signals), file_(std::move(file)) {}

    ExitCode run() {
        while (!app_.ended()) {
            if (std::chrono::steady_clock::now() >= deadline_) return cut_short;
            pollfd wanted[]{{signals_, POLLIN, 0},
                            {app_.ended_descriptor(), POLLIN, 0},
                            {result_ == failed ? -1 : app_.database_descriptor(), POLLIN, 0}};
            poll(wanted, std::size(wanted), milliseconds_left());
            if (wanted[0].revents) handle_signals();
            if (wanted[2].revents) handle_lost_database();
        }
        return result_;
    }

private:
    int milliseconds_left() const {
        if (deadline_ == Deadline::max()) return -1;
        const auto left =
            std::chrono::ceil<std::chrono::milliseconds>(deadline_ - std::chrono::steady_clock::now());
        return static_cast<int>(std::max<std::int64_t>(left.count(), 0));
    }

    void handle_signals() {
        signalfd_siginfo signal{};
        while (::read(signals_, &signal, sizeof signal) == sizeof signal) {
            if (signal.ssi_signo == SIGHUP)
                reload();
            else
                end(signal.ssi_signo == SIGTERM ? "SIGTERM" : "SIGINT");
        }
    }

    void end(std::string why) {
        const bool again = deadline_ != Deadline::max();
        log_line(LogLevel::info, again ? "stopping at once" : "stopping", {{"by", std::move(why)}});
        if (!again) deadline_ = after(longest_drain);
        again ? app_.stop() : app_.drain();
    }

    // Its data is safe. A new start recovers it, and begins with passes that know nothing of before.
    void handle_lost_database() {
        log_line(LogLevel::error, "the private database has ended by itself; stopping, the next start recovers it");
        result_ = failed;
        deadline_ = std::min(deadline_, after(longest_drain));
        app_.stop();
    }

    void reload() {
        if (const auto config = read_config(file_))
            app_.reload(*config);
        else
            log_line(LogLevel::error, "configuration not taken over", {{"file", file_.string()}});
    }

    App& app_;
    int signals_;
    std::filesystem::path file_;
    Deadline deadline_ = Deadline::max();
    ExitCode result_ = stopped;
};

ExitCode run(const Arguments& arguments, Config config) {
    set_up_log(config);
    protect_process();
    const int signals = take_signals();
    auto app = App::start(std::move(config));
    if (!app) {
        log_line(LogLevel::error, "godwitd cannot start", {{"error", app.error().to_string()}});
        return failed;
    }
    const auto result = Supervisor(**app, signals, arguments.config).run();
    if (result == cut_short) {
        log_line(LogLevel::error, "passes did not end in time");
        _exit(result);  // nothing can be joined; the private database stops by itself
    }
    app->reset();
    log_line(result == stopped ? LogLevel::info : LogLevel::error, "godwitd stopped",
             {{"status", std::to_string(result)}});
    return result;
}

ExitCode main_task(const std::vector<std::string>& words) {
    const auto arguments = parse_arguments(words);
    if (!arguments) {
        print(stderr, "godwitd: " + arguments.error() + "; see godwitd --help\n");
        return misused;
    }
    if (arguments->task == Arguments::Task::help) return print(stdout, help_text()), stopped;
    if (arguments->task == Arguments::Task::version) return print(stdout, version_text()), stopped;
    auto config = read_config(arguments->config);
    if (!config) return misconfigured;
    if (arguments->task == Arguments::Task::check)
        return print(stdout, "the configuration is valid\n"), stopped;
    return run(*arguments, std::move(*config));
}

}  // namespace
}  // namespace godwit::daemon

int main(int argc, char** argv) {
    return godwit::daemon::main_task(std::vector<std::string>(argv + 1, argv + std::max(argc, 1)));
}
