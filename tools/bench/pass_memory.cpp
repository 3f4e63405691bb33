// pass_memory: what one pass holds while it waits.
//
//   pass_memory PASSES SOURCE_PORT DESTINATION_PORT opened|compared|sending
//
// Runs so many passes at once, of the users user1, user2, … with the password "fake" of two servers on 127.0.0.1
// (fakeimap --accounts PASSES), until all of them wait for their ledger at that place: folders selected and nothing in
// flight, listed and compared, or the first append about to leave. Prints the octets of memory for each, and
// ends there: heaptrack's list of leaks then says who holds them.
#include <malloc.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>

#include <fmt/format.h>
#include <boost/asio/io_context.hpp>

#include "engine/base/task_scope.h"
#include "engine/sync/account_sync.h"

namespace godwit::bench {
namespace {

std::size_t resident_bytes() {
    std::size_t total = 0, resident = 0;
    std::ifstream("/proc/self/statm") >> total >> resident;
    return resident * static_cast<std::size_t>(getpagesize());
}

std::size_t heap_bytes() {
    const auto info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

// Where all passes meet.
class Meeting {
public:
    Meeting(asio::any_io_executor executor, std::size_t passes, std::string_view place)
        : never_(executor),
          passes_(passes),
          place_(place),
          heap_(heap_bytes()),
          resident_(resident_bytes()) {}

    Awaitable<void> arrive(std::string_view place) {
        if (place != place_) co_return;
        if (++arrived_ == passes_) print_and_exit();
        while (true) co_await never_.wait();
    }

private:
    void print_and_exit() const {
        std::printf("%zu passes, %s: heap %zu, resident %zu octets each\n", passes_,
                    std::string(place_).c_str(), (heap_bytes() - heap_) / passes_,
                    (resident_bytes() - resident_) / passes_);
        std::fflush(stdout);
        _exit(0);
    }

    Signal never_;
    const std::size_t passes_;
    const std::string_view place_;
    const std::size_t heap_, resident_;
    std::size_t arrived_ = 0;
};

// Knows nothing and keeps nothing.
class MeetingLedger final : public sync::Ledger {
public:
    explicit MeetingLedger(Meeting& meeting) : meeting_(meeting) {}
    Awaitable<Result<sync::LedgerFolder>> load(const sync::FolderPair&) override {
        co_await meeting_.arrive("opened");
        co_return sync::LedgerFolder{};
    }
    Awaitable<Result<void>> intend(const sync::FolderPair&, std::span<const sync::LedgerIntent>) override {
        co_await meeting_.arrive("sending");
        co_return Result<void>{};
    }
    Awaitable<Result<void>> record(const sync::FolderPair&, const sync::FolderCursor&,
                                   std::span<const sync::LedgerEntry>) override {
        co_await meeting_.arrive("compared");
        co_return Result<void>{};
    }
    Awaitable<Result<void>> withdraw(const sync::FolderPair&, std::span<const std::uint32_t>) override {
        co_return Result<void>{};
    }
    Awaitable<Result<void>> finish(const sync::FolderPair&, const sync::FolderCursor&,
                                   std::span<const sync::LedgerEntry>, std::span<const std::uint32_t>) override {
        co_return Result<void>{};
    }
    Awaitable<Result<void>> forget(const sync::FolderPair&) override { co_return Result<void>{}; }
    Awaitable<Result<std::vector<sync::LedgerPair>>> pairs() override { co_return std::vector<sync::LedgerPair>{}; }
    Awaitable<Result<std::vector<sync::LedgerFact>>> facts(const sync::FolderPair&, sync::FactKind) override {
        co_return std::vector<sync::LedgerFact>{};
    }
    Awaitable<Result<void>> keep_facts(const sync::FolderPair&, sync::FactKind, std::span<const sync::LedgerFact>,
                                       bool) override {
        co_return Result<void>{};
    }
    Awaitable<Result<void>> drop_facts(const sync::FolderPair&, sync::FactKind, std::span<const std::uint32_t>) override {
        co_return Result<void>{};
    }
    Awaitable<Result<void>> add_findings(std::span<const sync::Finding>) override { co_return Result<void>{}; }

private:
    Meeting& meeting_;
};

sync::AccountSpec account(std::size_t number, std::uint16_t port) {
    return {{.host = "127.0.0.1", .port = port, .tls = net::TlsMode::none},
            fmt::format("user{}", number),
            Secret(std::string("fake")),
            {}};
}

Awaitable<void> run_pass(RunContext& context, net::Dialer& dialer, Meeting& meeting,
                         sync::SyncRequest request) {
    MeetingLedger ledger(meeting);
    sync::SyncObserver observer;
    const auto report = co_await sync::sync_account(context, dialer, request, ledger, observer);
    std::fprintf(stderr, "a pass ended: %s\n",
                 report.error ? report.error->to_string().c_str() : "without waiting");
    _exit(1);
}

void run(std::size_t passes, std::uint16_t from, std::uint16_t to, std::string_view place) {
    rlimit files{};
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    const SystemClock clock;
    asio::io_context io(1);
    net::AddressPolicy policy;
    if (!policy.allow("loopback")) std::abort();
    net::TcpDialer dialer(policy);
    RunContext context{io.get_executor(), clock, {}, {}, "bench", {}};
    TaskScope scope(io.get_executor());
    Meeting meeting(io.get_executor(), passes, place);
    for (std::size_t number = 1; number <= passes; ++number) {
        sync::SyncRequest request;
        request.source = account(number, from);
        request.destination = account(number, to);
        scope.spawn("pass", run_pass(context, dialer, meeting, std::move(request)));
    }
    io.run();
}

}  // namespace
}  // namespace godwit::bench

int main(int argc, char** argv) {
    if (argc != 5) {
        std::fputs("usage: pass_memory PASSES SOURCE_PORT DESTINATION_PORT opened|compared|sending\n",
                   stderr);
        return 64;
    }
    godwit::bench::run(std::strtoul(argv[1], nullptr, 10), static_cast<std::uint16_t>(std::atoi(argv[2])),
                       static_cast<std::uint16_t>(std::atoi(argv[3])), argv[4]);
}
