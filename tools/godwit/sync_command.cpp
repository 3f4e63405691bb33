#include <fstream>

#include <boost/asio/io_context.hpp>

#include "engine/base/task_scope.h"
#include "engine/report/document.h"
#include "engine/sync/account_sync.h"
#include "engine/sync/memory_ledger.h"
#include "tools/godwit/commands.h"
#include "tools/godwit/file_ledger.h"
#include "tools/godwit/run_note.h"
#include "tools/godwit/signals.h"
#include "tools/godwit/sync_arguments.h"
#include "tools/godwit/outcome_file.h"
#include "tools/godwit/findings.h"
#include "tools/godwit/sync_exit_code.h"
#include "tools/godwit/sync_view.h"
#include "tools/godwit/text.h"
#include "tools/godwit/undo_view.h"
#include "tools/godwit/verify_view.h"

namespace godwit::cli {

net::AddressPolicy open_policy() {
    net::AddressPolicy policy;
    for (const auto* network : {"any", "private", "loopback", "169.254.0.0/16", "fe80::/10"})
        if (auto allowed = policy.allow(network); !allowed) std::terminate();
    return policy;
}

namespace {

// Either kind keeps the findings of this run.
struct OpenLedger {
    std::unique_ptr<sync::Ledger> ledger;
    const std::deque<sync::Finding>* findings;
};

Outcome<OpenLedger> open_ledger(const SyncArguments& arguments) {
    if (arguments.ledger.empty()) {
        auto memory = std::make_unique<sync::MemoryLedger>(sync::MemoryLedger::Keeps::unfinished_folders);
        const auto* findings = &memory->findings();
        return OpenLedger{std::move(memory), findings};
    }
    const auto& request = arguments.request;
    auto ledger = FileLedger::open(arguments.ledger, key_of(request.source), key_of(request.destination));
    if (ledger) {
        const auto* findings = &(*ledger)->findings();
        return OpenLedger{std::move(*ledger), findings};
    }
    const auto code = ledger.error().kind == ErrorKind::conflict ? ExitCode::busy : ExitCode::no_input;
    return std::unexpected(Failure{code, shown(ledger.error().to_string())});
}

// Nothing: the run writes nothing, or there is no place for a note. Without a note nobody knows what an
// earlier run may have left, so this one waits as if there were one.
Outcome<std::optional<RunNote>> take_note(const Console& console, SyncArguments& arguments,
                                          const Environment& environment) {
    auto& request = arguments.request;
    const bool looks = request.kind == sync::PassKind::preflight || request.kind == sync::PassKind::verify;
    if (looks || request.options.dry) return std::nullopt;
    const auto directory = state_directory(arguments.statedir, environment);
    auto note = directory.empty()
                    ? fail(ErrorKind::not_found, Reach::node, "HOME is not set", "state directory")
                    : RunNote::take(directory, key_of(request.destination), SystemClock().wall(),
                                    arguments.ledger.empty());
    if (note) {
        request.settle_first = note->was_left_behind();
        request.limits.settle = std::max(request.limits.settle, 4 * note->slowest_append());
        return std::move(*note);
    }
    if (note.error().kind == ErrorKind::destination_busy)
        return std::unexpected(Failure{ExitCode::busy, shown(note.error().to_string())});
    console.complain(
        shown(fmt::format("warning: no note can be kept ({}); this run first waits until the destination "
                          "stands still, in case an earlier one was killed",
                          note.error().to_string())));
    request.settle_first = true;
    return std::nullopt;
}

// Whether the next run must wait: for appends of this one, or for those that this one did not get to wait
// for.
bool leaves_doubt(const sync::SyncRequest& request, const sync::SyncReport& report) {
    return report.in_doubt || (request.settle_first && report.error);
}

class SyncWatch final : public SyncProgress {
public:
    SyncWatch(const Console& console, const Clock& clock, sync::PassKind kind, std::optional<RunNote>& note,
              OutcomeFile* outcomes)
        : SyncProgress(console, clock, kind), note_(note), outcomes_(outcomes) {}
    void on_message(const sync::MessageOutcome& message) override {
        if (outcomes_) outcomes_->add(message);
    }
    bool wants_every_message() const override {
        return outcomes_ != nullptr;
    }
    void on_command(sync::Side side, std::string_view name, std::chrono::steady_clock::duration took,
                    bool) override {
        if (note_ && side == sync::Side::destination && name == "APPEND") note_->on_append(took);
    }

private:
    std::optional<RunNote>& note_;
    OutcomeFile* outcomes_;
};

sync::SyncReport run_pass(const Console& console, const sync::SyncRequest& request, sync::Ledger& ledger,
                          std::optional<RunNote>& note, OutcomeFile* outcomes) {
    const SystemClock clock;
    const InterruptWatch interrupts;
    asio::io_context io(1);
    sync::SyncReport report;
    report.error = Error{ErrorKind::internal, Reach::node, "the pass ended without a report", {}};
    {
        net::TcpDialer dialer(open_policy());
        SyncWatch progress(console, clock, request.kind, note, outcomes);
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

struct Ended {
    sync::SyncReport report;
    OpenLedger ledger;
    const std::deque<sync::Finding>& findings() const { return *ledger.findings; }
};

Outcome<Ended> run_noted(const Console& console, SyncArguments& arguments, const Environment& environment,
                         OutcomeFile* outcomes) {
    auto note = take_note(console, arguments, environment);
    if (!note) return std::unexpected(std::move(note.error()));
    auto ledger = open_ledger(arguments);
    std::optional<sync::SyncReport> report;
    if (ledger) report = run_pass(console, arguments.request, *ledger->ledger, *note, outcomes);
    const bool in_doubt = report ? leaves_doubt(arguments.request, *report) : arguments.request.settle_first;
    if (*note && !in_doubt) (*note)->remove();
    if (!report) return std::unexpected(std::move(ledger.error()));
    return Ended{std::move(*report), std::move(*ledger)};
}

// False, and a word about it: the file could not be written.
bool write_findings(const Console& console, const std::string& path, const std::deque<sync::Finding>& findings) {
    std::ofstream out(path, std::ios::binary | std::ios::trunc);
    out << report::csv_header();
    for (const auto& finding : findings) out << report::csv_row(finding);
    out.close();
    if (!out.good()) console.complain(shown(fmt::format("cannot write {}", path)));
    return out.good();
}

void print(const Console& console, const SyncArguments& arguments, const Ended& ended) {
    const auto& report = ended.report;
    const auto& options = arguments.request.options;
    const bool verified = report.kind == sync::PassKind::verify, undone = report.kind == sync::PassKind::undo;
    if (arguments.json)
        console.out << (verified || undone ? to_json(report, ended.findings()) : sync::to_json(report)) << std::endl;
    else if (undone)
        console.out << undo_summary_of(report, ended.findings(), options.dry) << std::flush;
    else if (verified && !options.justfoldersizes)
        console.out << verify_summary(report, ended.findings()) << std::flush;
    else
        console.out << summary_of(report, options) << std::flush;
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
    std::optional<OutcomeFile> outcomes;
    if (!parsed->outcomes.empty()) {
        outcomes.emplace(parsed->outcomes);
        if (!outcomes->good()) {
            console.complain(shown(fmt::format("cannot write {}", parsed->outcomes)));
            return ExitCode::no_input;
        }
    }
    const auto ended = run_noted(console, *parsed, environment, outcomes ? &*outcomes : nullptr);
    if (outcomes && !outcomes->finish()) console.complain(shown(fmt::format("warning: {} is not complete", parsed->outcomes)));
    if (!ended) {
        console.complain(ended.error().text);
        return ended.error().code;
    }
    print(console, *parsed, *ended);
    if (!parsed->findings.empty() && !write_findings(console, parsed->findings, ended->findings()))
        return ExitCode::no_input;
    return exit_code_of(ended->report);
}

}  // namespace godwit::cli
