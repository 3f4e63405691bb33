#include <boost/asio/io_context.hpp>

#include "engine/base/task_scope.h"
#include "engine/sync/account_sync.h"
#include "engine/sync/memory_ledger.h"
#include "tools/godwit/commands.h"
#include "tools/godwit/file_ledger.h"
#include "tools/godwit/signals.h"
#include "tools/godwit/sync_arguments.h"
#include "tools/godwit/sync_view.h"
#include "tools/godwit/text.h"

namespace godwit::cli {

net::AddressPolicy open_policy() {
    net::AddressPolicy policy;
    for (const auto* network : {"any", "private", "loopback", "169.254.0.0/16", "fe80::/10"})
        if (auto allowed = policy.allow(network); !allowed) std::terminate();
    return policy;
}

namespace {

Outcome<std::unique_ptr<sync::Ledger>> open_ledger(const SyncArguments& arguments) {
    if (arguments.ledger.empty()) return std::make_unique<sync::MemoryLedger>();
    const auto& request = arguments.request;
    auto ledger = FileLedger::open(arguments.ledger, key_of(request.source), key_of(request.destination));
    if (ledger) return std::move(*ledger);
    const auto code = ledger.error().kind == ErrorKind::conflict ? ExitCode::busy : ExitCode::no_input;
    return std::unexpected(Failure{code, shown(ledger.error().to_string())});
}

sync::SyncReport copy_account(const Console& console, const sync::SyncRequest& request,
                              sync::Ledger& ledger) {
    const SystemClock clock;
    const InterruptWatch interrupts;
    asio::io_context io(1);
    sync::SyncReport report;
    report.error = Error{ErrorKind::internal, Reach::node, "the copy ended without a report", {}};
    {
        net::TcpDialer dialer(open_policy());
        SyncProgress progress(console, clock);
        TaskScope scope(io.get_executor());
        RunContext context{io.get_executor(), clock, interrupts.drain(), interrupts.stop(), "sync"};
        auto task = [](auto& context, auto& dialer, auto& request, auto& ledger, auto& progress,
                       auto& report) -> Awaitable<void> {
            report = co_await sync::sync_account(context, dialer, request, ledger, progress);
        };
        scope.spawn("sync", task(context, dialer, request, ledger, progress, report));
        // Not until nothing is pending: streams that are kept open have timers.
        while (scope.active() > 0 && io.run_one() > 0) continue;
        progress.end();
    }
    return report;
}

}  // namespace

ExitCode run_sync(const Console& console, std::vector<std::string> arguments,
                  const Environment& environment) {
    auto parsed = parse_sync_arguments(std::move(arguments));
    if (!parsed) {
        const auto& [code, text] = parsed.error();
        if (code == ExitCode::ok) {
            console.out << text;
        } else {
            console.complain(text);
        }
        return code;
    }
    for (const auto& [given, number] :
         {std::pair(parsed->password1_given, 1), std::pair(parsed->password2_given, 2)})
        if (given)
            console.complain(
                fmt::format("warning: others could see --password{0} in the process list; "
                            "--passfile{0} or GODWIT_PASSWORD{0} keep it private",
                            number));
    if (auto found = find_passwords(*parsed, environment, ask_at_terminal); !found) {
        console.complain(found.error().text);
        return found.error().code;
    }
    const auto ledger = open_ledger(*parsed);
    if (!ledger) {
        console.complain(ledger.error().text);
        return ledger.error().code;
    }
    const auto report = copy_account(console, parsed->request, **ledger);
    if (parsed->json) {
        console.out << sync::to_json(report) << std::endl;
    } else {
        console.out << summary_of(report, parsed->request.options) << std::flush;
    }
    return exit_code_of(report);
}

}  // namespace godwit::cli
