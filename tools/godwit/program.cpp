#include "tools/godwit/program.h"

#include <boost/asio/io_context.hpp>

#include "engine/base/log.h"
#include "engine/base/task_scope.h"
#include "engine/base/version.h"
#include "tools/godwit/commands.h"
#include "tools/godwit/sync_arguments.h"

namespace godwit::cli {

namespace {

// An import is answered when its last row is stored.
constexpr std::chrono::seconds import_timeout{3600};
constexpr std::chrono::seconds usual_timeout{60};
constexpr std::chrono::seconds optional_timeout{5};   // where it can do without the daemon

ExitCode print_version(const Console& console) {
    console.out << fmt::format("godwit {} ({})\n", version, revision);
    return ExitCode::ok;
}

ExitCode complain(const Console& console, const Failure& failure, bool json) {
    if (json && !failure.json.empty()) {
        console.out << failure.json << "\n";
    } else {
        console.complain(failure.text);
    }
    return failure.code;
}

Outcome<ApiClient::Options> client_options(const CommandLine& line, const Console& console,
                                           const Environment& environment) {
    ApiClient::Options options;
    options.server = server_url(line.global, environment);
    options.ca_file = line.global.ca_file;
    options.timeout = usual_timeout;
    if (std::holds_alternative<Import>(line.command)) options.timeout = import_timeout;
    if (std::holds_alternative<ReportVerify>(line.command)) options.timeout = optional_timeout;
    auto token = find_token(line.global, environment);
    if (!token)
        return std::unexpected(
            Failure{ExitCode::not_authorised, "no token for the daemon: " + token.error().to_string() +
                                                  "\n  godwit --help tells where tokens are looked for."});
    options.token = std::move(*token);
    if (sends_token_in_the_clear(options.server))
        console.complain("warning: the token goes over the network in the clear; use https");
    return options;
}

// Who checks a report may be anybody: without a token, or with the key, no daemon is asked.
bool has_daemon(const CommandLine& line, const Environment& environment) {
    const auto* report = std::get_if<ReportVerify>(&line.command);
    return !(report && !report->key.empty()) && find_token(line.global, environment).has_value();
}

// Runs one command to its end. Ctrl-C ends the process as usual: the daemon goes on by itself.
Outcome<ExitCode> run_command(const Console& console, const CommandLine& line, ApiClient::Options options) {
    const SystemClock clock;
    asio::io_context io(1);
    net::TcpDialer dialer(open_policy());
    const RunContext context{io.get_executor(), clock, {}, {}, "command"};
    auto api = ApiClient::make(context, dialer, std::move(options));
    if (!api) return std::unexpected(std::move(api.error()));
    Session session{*api, console, context, line.global.json};
    Outcome<ExitCode> ended =
        std::unexpected(Failure{ExitCode::internal, "the command ended without a result"});
    auto task = [](Session& session, const CommandLine& line, Outcome<ExitCode>& ended) -> Awaitable<void> {
        auto ending = std::visit(
            [&](const auto& command) -> Ending {
                if constexpr (requires { run(session, command); })
                    return run(session, command);
                else
                    return [] -> Ending { co_return ExitCode::usage; }();
            },
            line.command);
        ended = co_await std::move(ending);
    };
    TaskScope scope(io.get_executor());
    scope.spawn("command", task(session, line, ended));
    // Not until nothing is pending: streams that are kept open have timers.
    while (scope.active() > 0 && io.run_one() > 0) continue;
    return ended;
}

}  // namespace

ExitCode run_program(const Console& console, int count, char** arguments, const Environment& environment) {
    log_setup(LogFormat::text, LogLevel::error);
    std::vector<std::string> words(arguments + 1, arguments + std::max(count, 1));
    if (!words.empty() && words.front() == "sync") hide_passwords(count - 1, arguments + 1);
    auto line = parse_command_line(std::move(words));
    if (!line) {
        const auto& [code, text] = line.error();
        if (code != ExitCode::ok)
            console.complain(text);
        else
            console.out << text;
        return code;
    }
    if (std::holds_alternative<Version>(line->command)) return print_version(console);
    if (auto* sync = std::get_if<Sync>(&line->command))
        return run_sync(console, std::move(sync->arguments), environment);
    if (const auto* report = std::get_if<ReportVerify>(&line->command); report && !has_daemon(*line, environment)) {
        const auto ended = verify_report(console, line->global.json, *report);
        return ended ? *ended : complain(console, ended.error(), line->global.json);
    }
    auto options = client_options(*line, console, environment);
    if (!options) return complain(console, options.error(), false);
    auto ended = run_command(console, *line, std::move(*options));
    if (!ended) return complain(console, ended.error(), line->global.json);
    return *ended;
}

}  // namespace godwit::cli
