// EmbeddedPostgres: a private PostgreSQL 15 in a state directory, for daemons that were given no database.
//
// Unix socket only, under an unprivileged user, in a session of its own (Ctrl-C does not reach it). It is
// shut down when this process dies, whatever the reason; what a crash left behind is recovered at the next
// start.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>

#include <sys/types.h>

#include "engine/base/result.h"

namespace godwit::daemon {

class EmbeddedPostgres {
public:
    static constexpr const char* default_binaries = "/usr/lib/postgresql/15/bin";
    struct Options {
        std::filesystem::path
            directory;  // absolute, ours alone; made when missing. Its parents must be traversable.
        std::string user = "postgres";  // that runs it when we are root; otherwise the current one does
        std::filesystem::path binaries = default_binaries;
        bool durable = true;                      // false: no fsync, for tests
        std::chrono::seconds start_timeout{120};  // with the recovery after a crash
        std::chrono::seconds stop_timeout{30};
    };

    // Blocking. Call from the main thread: PostgreSQL is stopped when the thread that started it ends. Fails
    // when another process uses the directory.
    static Result<EmbeddedPostgres> start(Options options);
    static bool is_installed(const std::filesystem::path& binaries = default_binaries);

    EmbeddedPostgres(EmbeddedPostgres&&) noexcept;
    EmbeddedPostgres& operator=(EmbeddedPostgres&&) noexcept;
    ~EmbeddedPostgres();  // stops

    // For libpq; the role is a superuser. No secret: who may enter the socket's directory may connect.
    const std::string& url() const;
    pid_t pid() const;
    // A descriptor that becomes readable when PostgreSQL ends, for noticing that it did so by itself. Not to
    // be closed.
    int exit_descriptor() const;
    // Disconnects all clients; nothing committed is lost. An error when it had to be killed or had already
    // ended.
    Result<void> stop();

private:
    struct State;
    explicit EmbeddedPostgres(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace godwit::daemon
