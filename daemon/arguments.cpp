#include "daemon/arguments.h"

#include "engine/base/version.h"

namespace godwit::daemon {

std::expected<Arguments, std::string> parse_arguments(const std::vector<std::string>& words) {
    Arguments arguments;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const std::string& word = words[i];
        if (word == "--help" || word == "-h") {
            arguments.task = Arguments::Task::help;
            return arguments;
        }
        if (word == "--version" || word == "-V") {
            arguments.task = Arguments::Task::version;
            return arguments;
        }
        if (word == "--check") {
            arguments.task = Arguments::Task::check;
        } else if (word.starts_with("--config=")) {
            arguments.config = word.substr(std::string_view("--config=").size());
        } else if (word == "--config" || word == "-c") {
            if (++i == words.size()) return std::unexpected(word + " needs a file");
            arguments.config = words[i];
        } else {
            return std::unexpected("unknown argument \"" + word + "\"");
        }
    }
    return arguments;
}

std::string help_text() {
    return R"(godwitd moves mailboxes between IMAP servers.

Usage: godwitd [--config FILE] [--check]

  -c, --config FILE   settings in YAML; without it every setting has its default
      --check         reads the configuration, reports every error, and ends
  -V, --version       prints the version
  -h, --help          prints this

Signals: SIGTERM and SIGINT stop claiming, end the running passes at a message boundary and return
within 10 seconds; a second one ends them at once. SIGHUP reads the configuration again and takes
over limits, retries, timeouts and the log level; what needs a restart is logged.

Exit status:
  0  stopped as told, or the configuration is valid
  1  could not start, or lost its private database
  2  wrong command line
  3  wrong configuration
  4  told to stop, but passes did not end in time; the next start goes on from there
)";
}

std::string version_text() {
    return std::string("godwitd ") + std::string(version) + " (" + std::string(revision) + ")\n";
}

}  // namespace godwit::daemon
