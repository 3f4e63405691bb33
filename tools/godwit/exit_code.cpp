#include "tools/godwit/exit_code.h"

#include <array>
#include <utility>

#include <fmt/format.h>

namespace godwit::cli {

namespace {

constexpr std::array meanings{
    ExitMeaning{ExitCode::ok,
                "everything that was asked for is done; after sync: everything selected is there, with --verify as it "
                "should be"},
    ExitMeaning{ExitCode::incomplete,
                "sync: gave up before the end, or --undo had to leave something; import: rows were wrong; watch: not all is "
                "done and there; verify --wait: something is wrong; report verify: nobody knows the key"},
    ExitMeaning{ExitCode::refused, "the daemon refused the request: not found, a conflict, a wrong value"},
    ExitMeaning{ExitCode::tls, "sync: no TLS with a server, or its certificate is wrong"},
    ExitMeaning{ExitCode::no_folder, "sync: a folder that must be there is not: --subfolder1, --strictfolders"},
    ExitMeaning{ExitCode::usage, "wrong command line"},
    ExitMeaning{ExitCode::altered, "report verify: the report was altered, or was signed with another key"},
    ExitMeaning{ExitCode::no_input, "a file that was named cannot be read, or is not what it should be"},
    ExitMeaning{ExitCode::unavailable, "the daemon cannot be reached, or cannot answer at present"},
    ExitMeaning{ExitCode::internal, "an error inside Godwit"},
    ExitMeaning{ExitCode::busy,
                "sync: another run writes to the destination account, or has the ledger; try again when it "
                "has ended"},
    ExitMeaning{ExitCode::not_authorised, "no token for the daemon, or not one that it accepts"},
    ExitMeaning{ExitCode::source_unreachable,
                "sync: the source server cannot be reached"},
    ExitMeaning{ExitCode::destination_unreachable,
                "sync: the destination server cannot be reached"},
    ExitMeaning{ExitCode::errors,
                "sync: some messages or folders were not copied, for reasons of no class below; with --verify: most of "
                "what is not as it should be is missing, altered, moved or removed"},
    ExitMeaning{ExitCode::over_quota, "sync: the destination is full"},
    ExitMeaning{ExitCode::append, "sync: most of what was not copied (--verify: is not there) was refused by the destination"},
    ExitMeaning{ExitCode::fetch, "sync: most of what was not copied could not be read at the source; --verify: on either side"},
    ExitMeaning{ExitCode::create, "sync: most of what was not copied are folders that could not be made; --verify: that are not there"},
    ExitMeaning{ExitCode::select, "sync: most of what was not copied are folders that could not be opened"},
    ExitMeaning{ExitCode::byte_limit, "sync: --exitwhenover was reached; the next run goes on"},
    ExitMeaning{ExitCode::virus, "sync: most of what was not copied was refused as infected"},
    ExitMeaning{ExitCode::interrupted, "interrupted by Ctrl-C or a signal"},
    ExitMeaning{ExitCode::source_sign_in, "sync: the source server refused the user or the password"},
    ExitMeaning{ExitCode::destination_sign_in,
                "sync: the destination server refused the user or the password"},
};

}  // namespace

std::span<const ExitMeaning> exit_meanings() { return meanings; }

std::string exit_code_help() {
    std::string out = "Exit codes:\n";
    for (const auto& [code, meaning] : meanings)
        out += fmt::format("  {:>3}  {}\n", std::to_underlying(code), meaning);
    return out;
}

}  // namespace godwit::cli
