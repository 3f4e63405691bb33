// The command line as values. CLI11 is behind this; `sync` is read by sync_arguments.h, which has imapsync's
// rules.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "tools/godwit/exit_code.h"
#include "tools/godwit/settings.h"

namespace godwit::cli {

struct BatchCreate {
    std::string name;
    int priority = 0;
};
struct BatchList {};
struct BatchShow {
    std::string batch;          // id or name, as everywhere below
    std::string state;          // only migrations in this state
    std::uint64_t limit = 100;  // of migrations
};
struct Import {
    std::string batch;
    std::string file;             // "-": standard input
    std::string format = "auto";  // native, imapsync, yaml, auto
    bool dry_run = false;
    // What rows may leave out; empty or 0: nothing.
    std::string source_host, destination_host;
    std::uint16_t source_port = 0, destination_port = 0;
    std::string source_tls, destination_tls;  // implicit, starttls, none
    std::string options;                      // for all rows: "--automap --exclude ^Junk"
};
struct Status {};
struct Watch {
    std::string batch;
    std::chrono::milliseconds interval{0};  // 0: as fits where the output goes
};
struct Issues {
    std::string migration;  // id
};
struct Folders {
    std::string migration;  // id
};
struct Verify {
    std::string target;           // a batch or a migration
    std::optional<double> bytes;  // per cent of the messages whose octets are compared; absent: as the migration has it
    bool wait = false;            // until it has ended, and say how
};
struct Undo {
    std::string target;  // likewise
    bool for_real = false;
    bool wait = false;
};
struct Findings {
    std::string migration;  // id
    std::string kind;       // empty: all
};
struct ReportShow {
    std::string migration;  // id
    std::string format;     // json, csv, html; empty: by the name of the file, else json
    std::string output;     // a file; empty: standard output
};
struct ReportVerify {
    std::string file;  // JSON or HTML
    std::string csv;   // empty: none
    std::string key;   // a fingerprint, or a file with a public key; empty: ask the daemon
};
struct Act {
    std::string action;  // start, pause, resume, cancel, retry, preflight
    std::string target;  // a batch or a migration; empty: everything
};
struct Sync {
    std::vector<std::string> arguments;
};
struct Version {};

struct CommandLine {
    GlobalOptions global;
    std::variant<BatchCreate, BatchList, BatchShow, Import, Status, Watch, Issues, Folders, Verify, Undo,
                 Findings, ReportShow, ReportVerify, Act, Sync, Version>
        command;
};

// Help that was asked for, or what is wrong.
struct Advice {
    ExitCode code = ExitCode::ok;
    std::string text;
};

// `arguments` without the name of the program. A leading "sync" hands the rest over as it is.
std::expected<CommandLine, Advice> parse_command_line(std::vector<std::string> arguments);

}  // namespace godwit::cli
