// The command line of the program fakeimap, and the accounts it asks for. Pure.
#pragma once

#include <expected>
#include <string>
#include <vector>

#include "tools/fakeimap/persona.h"

namespace godwit::fakeimap {

struct Options {
    bool help = false;
    std::string address = "127.0.0.1";  // numeric
    std::uint16_t port = 0;             // 0: a free one
    Persona persona;
    std::uint32_t accounts = 0;  // user1 to userN; 0: any user
    std::uint32_t folders = 1;   // of each account: INBOX and "Folder 2" to "Folder N"
    std::uint32_t messages = 0;  // in each folder
    std::uint32_t size = 4'000;  // octets of a message, on average
    std::string password = "fake";
    std::uint32_t seed = 1;
};

// Without the program's name. The error is one sentence.
std::expected<Options, std::string> parse_options(const std::vector<std::string>& words);
std::string help_text();

// The account of a user, whose messages depend on nothing but the options and the name; nothing: no such
// user.
std::optional<Account> make_account(const Options& options, const std::string& user);

}  // namespace godwit::fakeimap
