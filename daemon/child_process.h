// ChildProcess: a program started with less than our rights, that ends when we do.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <sys/types.h>

#include "engine/base/clock.h"
#include "engine/base/result.h"

namespace godwit::daemon {

struct UserIds {
    uid_t uid = 0;
    gid_t gid = 0;
    std::vector<gid_t> groups;
};

// The user of that name when we are root, otherwise nobody: programs then run as ourselves.
Result<std::optional<UserIds>> user_for_children(const std::string& name);

// Owns a descriptor.
class Descriptor {
public:
    explicit Descriptor(int fd = -1) : fd_(fd) {}
    Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Descriptor& operator=(Descriptor&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    ~Descriptor();
    int get() const { return fd_; }

private:
    int fd_;
};

// For wait_for_exit(); -1 when there is no such process.
Descriptor open_pidfd(pid_t pid);
// True when the process behind a pidfd has ended, false when the deadline passed first.
bool wait_for_exit(int pidfd, Deadline deadline);

class ChildProcess {
public:
    struct Command {
        std::filesystem::path program;
        std::vector<std::string> arguments;
        std::filesystem::path working_directory;
        std::filesystem::path log;  // gets stdout and stderr; opened with the child's rights
        int signal_when_parent_dies = 0;
    };

    // In a new session, with a fixed environment, no descriptors of ours and default signal handling. The
    // signal comes when the calling thread ends, not the process: call from the main thread.
    static Result<ChildProcess> start(const Command& command, const std::optional<UserIds>& user);

    pid_t pid() const { return pid_; }
    int pidfd() const { return pidfd_.get(); }
    void signal(int number) const;  // without effect once it has been waited for
    // The status as of waitpid(2), or nothing when the deadline passed first.
    std::optional<int> wait(Deadline deadline);

private:
    pid_t pid_ = -1;
    Descriptor pidfd_;
    std::optional<int> status_;
};

}  // namespace godwit::daemon
