// bench_time: runs a command and writes down what it took, as one JSON object.
//
//   bench_time FILE COMMAND...
//
// A program of its own because the peak memory of a process that was forked counts from the image of the
// process that forked it: begun by a script, every tool would be as large as the interpreter. The memory is
// that of the largest process, the processor time that of all that were waited for. Exit status: 0 once it is
// written, whatever the command's was.
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

constexpr int cannot_execute = 127;

double seconds(const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

int write_down(const char* path, std::chrono::duration<double> took, int status) {
    rusage usage{};
    getrusage(RUSAGE_CHILDREN, &usage);
    std::FILE* file = std::fopen(path, "w");
    if (file == nullptr) return std::perror(path), 1;
    std::fprintf(file,
                 "{\"seconds\": %.6f, \"user_seconds\": %.6f, \"system_seconds\": %.6f, \"peak_rss\": %ld, "
                 "\"status\": %d}\n",
                 took.count(), seconds(usage.ru_utime), seconds(usage.ru_stime), usage.ru_maxrss * 1024,
                 WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status));
    return std::fclose(file) == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 3) return std::fputs("usage: bench_time FILE COMMAND...\n", stderr), 64;
    const auto began = std::chrono::steady_clock::now();
    const pid_t child = fork();
    if (child < 0) return std::perror("fork"), 1;
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        execvp(argv[2], argv + 2);
        std::fprintf(stderr, "%s: %s\n", argv[2], std::strerror(errno));
        _exit(cannot_execute);
    }
    int status = 0;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR) return std::perror("waitpid"), 1;
    return write_down(argv[1], std::chrono::steady_clock::now() - began, status);
}
