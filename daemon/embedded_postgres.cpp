#include "daemon/embedded_postgres.h"

#include <csignal>

#include <fcntl.h>
#include <libpq-fe.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/child_process.h"
#include "daemon/postgres_directory.h"
#include "engine/base/log.h"

namespace godwit::daemon {

namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr auto ping_interval = 25ms;
constexpr auto quit_timeout = 5s;  // for an immediate shutdown, which writes nothing

bool succeeded(int status) { return WIFEXITED(status) && WEXITSTATUS(status) == 0; }

// On the command line rather than in postgresql.conf, so that they are those of this version of ours.
std::vector<std::string> server_arguments(const PostgresDirectory& directory, const fs::path& socket,
                                          bool durable) {
    std::vector<std::string> arguments{"-D", directory.data()};
    for (const std::string setting :
         {"listen_addresses=", "unix_socket_permissions=0700", "port=5432", "shared_buffers=32MB",
          "max_connections=40", "wal_level=minimal", "max_wal_senders=0", "min_wal_size=16MB",
          "max_wal_size=256MB", "synchronous_commit=on", "autovacuum_naptime=10s",
          "max_parallel_workers_per_gather=0", "jit=off", "timezone=UTC", "log_timezone=UTC",
          "log_checkpoints=off", "log_destination=stderr", "logging_collector=off"})
        arguments.insert(arguments.end(), {"-c", setting});
    arguments.insert(arguments.end(), {"-c", "unix_socket_directories=" + socket.string()});
    arguments.insert(arguments.end(), {"-c", durable ? "fsync=on" : "fsync=off"});
    return arguments;
}

std::string url_of(const fs::path& socket) {
    std::string host;
    for (char c : socket.native()) {
        if (c == '\'' || c == '\\') host += '\\';
        host += c;
    }
    return "host='" + host + "' port=5432 user=postgres dbname=postgres";
}

void sync_directory(const fs::path& path) {
    const Descriptor directory(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    fsync(directory.get());
}

}  // namespace

struct EmbeddedPostgres::State {
    Options options;
    std::optional<UserIds> user;
    PostgresDirectory directory;
    std::string url;
    ChildProcess server;
    bool running = false;

    Result<ChildProcess> start_program(const std::string& name, std::vector<std::string> arguments) const;
    std::unexpected<Error> failed(const std::string& doing) const;
    Result<void> initialise() const;
    Result<void> start_server();
    Result<void> wait_until_ready(Deadline deadline);
    Result<void> stop();
};

Result<ChildProcess> EmbeddedPostgres::State::start_program(const std::string& name,
                                                            std::vector<std::string> arguments) const {
    ChildProcess::Command command{options.binaries / name, std::move(arguments), directory.path(),
                                  directory.log(), SIGINT};
    auto child = ChildProcess::start(command, user);
    if (child) return child;
    if (const auto parent = directory.closed_parent())
        return fail(ErrorKind::invalid_argument, Reach::node,
                    "the user \"" + options.user + "\" may not pass " + parent->string() +
                        ": chmod o+x it, or " + "choose another state directory",
                    "starting PostgreSQL");
    return child;
}

std::unexpected<Error> EmbeddedPostgres::State::failed(const std::string& doing) const {
    const auto complaint = directory.last_complaint();
    const bool full = complaint.contains("No space left on device");
    return fail(full ? ErrorKind::disk_full : ErrorKind::database, Reach::node, complaint, doing);
}

// Elsewhere and then renamed: an interrupted initdb leaves nothing that looks like a database.
Result<void> EmbeddedPostgres::State::initialise() const {
    std::error_code error;
    if (fs::exists(directory.data() / "PG_VERSION", error)) return {};
    const fs::path unfinished = directory.path() / "data.new";
    fs::remove_all(unfinished, error);
    std::vector<std::string> arguments{"-D",
                                       unfinished,
                                       "-U",
                                       "postgres",
                                       "-A",
                                       "trust",
                                       "-E",
                                       "UTF8",
                                       "--locale=C.UTF-8",
                                       "--data-checksums",
                                       "--wal-segsize=4",
                                       "--no-instructions"};
    if (!options.durable) arguments.push_back("--no-sync");
    GODWIT_TRY(initdb, start_program("initdb", std::move(arguments)));
    auto status = initdb.wait(after(options.start_timeout));
    if (!status) {
        initdb.signal(SIGKILL);
        status = initdb.wait(Deadline::max());
    }
    if (!succeeded(*status)) return failed("making the private database");
    fs::rename(unfinished, directory.data(), error);
    if (error)
        return fail(ErrorKind::database, Reach::node, error.message(), "renaming " + unfinished.string());
    sync_directory(directory.path());
    log_line(LogLevel::info, "private database made", {{"directory", directory.path()}});
    return {};
}

Result<void> EmbeddedPostgres::State::start_server() {
    const auto deadline = after(options.start_timeout);
    GODWIT_CHECK(directory.wait_for_earlier_server(deadline));
    GODWIT_CHECK(initialise());
    GODWIT_TRY(socket, directory.make_socket_directory());
    url = url_of(socket);
    directory.rotate_log();
    GODWIT_TRY(started, start_program("postgres", server_arguments(directory, socket, options.durable)));
    server = std::move(started);
    running = true;
    return wait_until_ready(deadline);
}

Result<void> EmbeddedPostgres::State::wait_until_ready(Deadline deadline) {
    const auto question = url + " connect_timeout=2";
    while (PQping(question.c_str()) != PQPING_OK) {
        if (wait_for_exit(server.pidfd(), after(ping_interval))) {
            running = false;
            server.wait(Deadline::max());
            return failed("starting the private database");
        }
        if (std::chrono::steady_clock::now() < deadline) continue;
        static_cast<void>(stop());
        return fail(ErrorKind::database, Reach::node, "it does not answer: see " + directory.log().string(),
                    "starting the private database");
    }
    return {};
}

Result<void> EmbeddedPostgres::State::stop() {
    if (!std::exchange(running, false)) return {};
    const bool ended = server.wait(std::chrono::steady_clock::now()).has_value();
    server.signal(SIGINT);
    auto status = server.wait(after(options.stop_timeout));
    for (const int number : {SIGQUIT, SIGKILL}) {
        if (status) break;
        server.signal(number);
        status = server.wait(number == SIGKILL ? Deadline::max() : after(quit_timeout));
    }
    directory.remove_socket_directory();
    const std::string by_itself = "the private database ended by itself";
    if (ended && WIFSIGNALED(*status))
        return fail(ErrorKind::database, Reach::node, fmt::format("killed by signal {}", WTERMSIG(*status)),
                    by_itself);
    if (ended) return failed(by_itself);
    if (succeeded(*status)) return {};
    return fail(ErrorKind::database, Reach::node, "it had to be killed; it will recover at the next start",
                "stopping the private database");
}

EmbeddedPostgres::EmbeddedPostgres(std::unique_ptr<State> state) : state_(std::move(state)) {}
EmbeddedPostgres::EmbeddedPostgres(EmbeddedPostgres&&) noexcept = default;

EmbeddedPostgres& EmbeddedPostgres::operator=(EmbeddedPostgres&& other) noexcept {
    std::swap(state_, other.state_);
    return *this;
}

EmbeddedPostgres::~EmbeddedPostgres() {
    if (!state_) return;
    if (auto stopped = stop(); !stopped)
        log_line(LogLevel::warn, "private database not stopped in order",
                 {{"error", stopped.error().to_string()}});
}

bool EmbeddedPostgres::is_installed(const fs::path& binaries) {
    return access((binaries / "postgres").c_str(), X_OK) == 0 &&
           access((binaries / "initdb").c_str(), X_OK) == 0;
}

Result<EmbeddedPostgres> EmbeddedPostgres::start(Options options) {
    if (!is_installed(options.binaries))
        return fail(ErrorKind::invalid_argument, Reach::node,
                    "PostgreSQL 15 is not installed in " + options.binaries.string() +
                        ": install postgresql-15, or set database.url",
                    "starting the private database");
    GODWIT_TRY(user, user_for_children(options.user));
    GODWIT_TRY(directory, PostgresDirectory::open(options.directory, user));
    auto state = std::make_unique<State>();
    state->options = std::move(options);
    state->user = std::move(user);
    state->directory = std::move(directory);
    GODWIT_CHECK(state->start_server());
    return EmbeddedPostgres(std::move(state));
}

const std::string& EmbeddedPostgres::url() const { return state_->url; }
pid_t EmbeddedPostgres::pid() const { return state_->server.pid(); }
int EmbeddedPostgres::exit_descriptor() const { return state_->server.pidfd(); }
Result<void> EmbeddedPostgres::stop() { return state_->stop(); }

}  // namespace godwit::daemon
