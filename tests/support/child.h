// A part of a test in a process of its own: it may be killed, or hold locks.
#pragma once

#include <functional>

#include <sys/wait.h>
#include <unistd.h>

namespace godwit::test {

// Runs `body` there; what it returns is the exit status.
inline pid_t in_child(const std::function<int()>& body) {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(body());
    return child;
}

// Waits for its end; -1 if a signal ended it.
inline int status_of(pid_t child) {
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace godwit::test
