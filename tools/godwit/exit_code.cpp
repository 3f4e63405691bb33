#include "tools/godwit/exit_code.h"

#include <array>
#include <utility>

#include <fmt/format.h>

namespace godwit::cli {

namespace {

constexpr std::array meanings{
    ExitMeaning{ExitCode::ok,
                "everything that was asked for is done; after sync: everything selected is there"},
    ExitMeaning{ExitCode::incomplete,
                "sync: something was not copied; import: rows were wrong; watch: not all is done and there"},
    ExitMeaning{ExitCode::refused, "the daemon refused the request: not found, a conflict, a wrong value"},
    ExitMeaning{ExitCode::usage, "wrong command line"},
    ExitMeaning{ExitCode::no_input, "a file that was named cannot be read, or is not what it should be"},
    ExitMeaning{ExitCode::unavailable, "the daemon cannot be reached, or cannot answer at present"},
    ExitMeaning{ExitCode::internal, "an error inside Godwit"},
    ExitMeaning{ExitCode::busy,
                "sync: another run writes to the destination account, or has the ledger; try again when it "
                "has ended"},
    ExitMeaning{ExitCode::not_authorised, "no token for the daemon, or not one that it accepts"},
    ExitMeaning{ExitCode::source_unreachable,
                "sync: the source server cannot be reached, or its certificate is wrong"},
    ExitMeaning{ExitCode::destination_unreachable,
                "sync: the destination server cannot be reached, or its certificate is wrong"},
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
