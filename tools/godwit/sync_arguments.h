// The arguments of `godwit sync`, by the rules of imapsync's Getopt::Long: names in any case, abbreviated as
// far as they stay unambiguous, with one dash or two, values after a space or "="; the last one wins. The
// options themselves are those of engine/sync/option_table.h. Not by CLI11, which has other rules and
// keeps copies of passwords.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "engine/sync/request.h"
#include "tools/godwit/options.h"
#include "tools/godwit/problem.h"

namespace godwit::cli {

struct SyncArguments {
    sync::SyncRequest request;
    std::string passfile1, passfile2;
    std::string ledger;                                     // a file; empty: only in memory
    std::string statedir;                                   // empty: the usual one
    bool password1_given = false, password2_given = false;  // as arguments, where others could see them
    bool json = false;
    std::string outcomes;                                   // a file; empty: none
    std::string findings;                                   // likewise; with --verify
};

// Wipes every argument. Advice never quotes a value, since it may be a misplaced password.
std::expected<SyncArguments, Advice> parse_sync_arguments(std::vector<std::string> arguments);

// Overwrites the values of --password1 and --password2 in the arguments of the process, so that the process
// list shows them no longer than it takes to get here.
void hide_passwords(int count, char** arguments);

std::string sync_help();

// Fills in what the arguments leave out: --passfileN wins, then GODWIT_PASSWORDN, then IMAPSYNC_PASSWORDN,
// then
// --passwordN; `ask` is called for what is still missing. no_input: a file cannot be read.
using AskPassword = std::function<Result<Secret<std::string>>(const std::string& prompt)>;
Outcome<> find_passwords(SyncArguments& arguments, const Environment& environment, const AskPassword& ask);

// Asks at the terminal, without showing what is typed. not_found: there is no terminal, or nothing was typed;
// cancelled: Ctrl-C.
Result<Secret<std::string>> ask_at_terminal(const std::string& prompt);

}  // namespace godwit::cli
