// The command line of godwitd. Pure.
#pragma once

#include <expected>
#include <filesystem>
#include <string>
#include <vector>

namespace godwit::daemon {

struct Arguments {
    enum class Task { run, check, version, help };
    Task task = Task::run;
    std::filesystem::path config;  // empty: every default
};

// Without the program's name. The error is one sentence.
std::expected<Arguments, std::string> parse_arguments(const std::vector<std::string>& words);
std::string help_text();
std::string version_text();

// What the process returns.
enum ExitCode {
    stopped = 0,        // as it was told to
    failed = 1,         // could not start, or the private database ended
    misused = 2,        // the command line
    misconfigured = 3,  // the configuration
    cut_short = 4,      // told to stop, and passes were not ended in time; nothing is lost
};

}  // namespace godwit::daemon
