#include "daemon/child_process.h"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstring>

#include <fcntl.h>
#include <grp.h>
#include <linux/close_range.h>
#include <poll.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace godwit::daemon {

namespace {

std::unexpected<Error> system_error(int code, const std::string& doing) {
    const auto kind = code == ENOSPC ? ErrorKind::disk_full : ErrorKind::internal;
    return fail(kind, Reach::node, std::strerror(code), doing);
}

// What the child reports when it cannot become the program.
struct Failure {
    enum Stage : int { user, directory, log, program } stage;
    int code;
};

// All that the child needs, made before fork(): afterwards only async-signal-safe calls are allowed, as other
// threads may have held a lock.
struct Prepared {
    const ChildProcess::Command& command;
    const std::optional<UserIds>& user;
    std::vector<char*> arguments;
    std::vector<char*> environment;
    pid_t parent = getpid();
    int report = -1;
};

[[noreturn]] void give_up(const Prepared& prepared, Failure::Stage stage) {
    const Failure failure{stage, errno};
    [[maybe_unused]] const auto written = write(prepared.report, &failure, sizeof failure);
    _exit(127);
}

void reset_signals() {
    for (int number = 1; number < NSIG; ++number) std::signal(number, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
}

[[noreturn]] void become_program(const Prepared& prepared) {
    const auto& command = prepared.command;
    setsid();
    reset_signals();
    umask(077);
    if (const auto& user = prepared.user)
        if (setgroups(user->groups.size(), user->groups.data()) || setgid(user->gid) || setuid(user->uid))
            give_up(prepared, Failure::user);
    // After setuid(), which clears it.
    if (command.signal_when_parent_dies) {
        prctl(PR_SET_PDEATHSIG, command.signal_when_parent_dies);
        if (getppid() != prepared.parent) _exit(127);  // died meanwhile
    }
    if (chdir(command.working_directory.c_str())) give_up(prepared, Failure::directory);
    const int log = open(command.log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW, 0600);
    const int null = open("/dev/null", O_RDONLY);
    if (log < 0 || dup2(null, 0) < 0 || dup2(log, 1) < 0 || dup2(log, 2) < 0) give_up(prepared, Failure::log);
    close_range(3, UINT_MAX, CLOSE_RANGE_CLOEXEC);
    execve(command.program.c_str(), prepared.arguments.data(), prepared.environment.data());
    give_up(prepared, Failure::program);
}

std::unexpected<Error> explain(const Failure& failure, const ChildProcess::Command& command) {
    switch (failure.stage) {
        case Failure::user: return system_error(failure.code, "giving up root's rights");
        case Failure::directory:
            return system_error(failure.code, "entering " + command.working_directory.string());
        case Failure::log: return system_error(failure.code, "opening " + command.log.string());
        case Failure::program: break;
    }
    return system_error(failure.code, "starting " + command.program.string());
}

}  // namespace

Result<std::optional<UserIds>> user_for_children(const std::string& name) {
    if (geteuid() != 0) return std::nullopt;
    const auto* entry = getpwnam(name.c_str());
    if (!entry)
        return fail(ErrorKind::invalid_argument, Reach::node, "there is no user \"" + printable(name) + "\"");
    if (entry->pw_uid == 0)
        return fail(ErrorKind::invalid_argument, Reach::node, "PostgreSQL refuses to run as root");
    UserIds ids{entry->pw_uid, entry->pw_gid, {}};
    int count = 64;
    ids.groups.resize(static_cast<std::size_t>(count));
    if (getgrouplist(name.c_str(), ids.gid, ids.groups.data(), &count) < 0) count = 64;
    ids.groups.resize(static_cast<std::size_t>(count));
    return ids;
}

Descriptor::~Descriptor() {
    if (fd_ >= 0) close(fd_);
}

// Not by <sys/pidfd.h>, which in glibc 2.36 cannot be used from C++.
Descriptor open_pidfd(pid_t pid) { return Descriptor(static_cast<int>(syscall(SYS_pidfd_open, pid, 0))); }

bool wait_for_exit(int pidfd, Deadline deadline) {
    for (;;) {
        const auto left =
            std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
        pollfd wanted{pidfd, POLLIN, 0};
        const int ready =
            poll(&wanted, 1, static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, INT_MAX)));
        if (ready > 0) return true;
        if (ready == 0 && left.count() <= INT_MAX) return false;
    }
}

Result<ChildProcess> ChildProcess::start(const Command& command, const std::optional<UserIds>& user) {
    Prepared prepared{command, user, {}, {}};
    auto add = [](std::vector<char*>& list, const std::string& text) {
        list.push_back(const_cast<char*>(text.c_str()));  // as execve(2) wants it
    };
    add(prepared.arguments, command.program.native());
    for (const auto& argument : command.arguments) add(prepared.arguments, argument);
    prepared.arguments.push_back(nullptr);
    const std::vector<std::string> environment{"PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8", "TZ=UTC"};
    for (const auto& variable : environment) add(prepared.environment, variable);
    prepared.environment.push_back(nullptr);

    int ends[2];
    if (pipe2(ends, O_CLOEXEC)) return system_error(errno, "making a pipe");
    const Descriptor reading(ends[0]);
    Descriptor writing(ends[1]);
    prepared.report = ends[1];
    ChildProcess child;
    child.pid_ = fork();
    if (child.pid_ < 0) return system_error(errno, "starting a process");
    if (child.pid_ == 0) become_program(prepared);
    {
        const Descriptor closed = std::move(writing);
    }
    child.pidfd_ = open_pidfd(child.pid_);

    if (child.pidfd() < 0) {
        const int code = errno;
        kill(child.pid_, SIGKILL);
        child.wait(Deadline::max());
        return system_error(code, "watching a process");
    }

    Failure failure{};
    if (read(reading.get(), &failure, sizeof failure) == sizeof failure) {
        child.wait(Deadline::max());
        return explain(failure, command);
    }
    return child;
}

void ChildProcess::signal(int number) const {
    if (!status_) kill(pid_, number);
}

std::optional<int> ChildProcess::wait(Deadline deadline) {
    if (status_) return status_;
    if (deadline != Deadline::max() && !wait_for_exit(pidfd_.get(), deadline)) return std::nullopt;
    int status = 0;
    pid_t waited;
    do waited = waitpid(pid_, &status, 0);
    while (waited < 0 && errno == EINTR);
    status_ = status;
    return status_;
}

}  // namespace godwit::daemon
