// Where the daemon is and what lets us in.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "engine/base/secret.h"

namespace godwit::cli {

inline constexpr std::string_view default_server = "http://127.0.0.1:8420";
inline constexpr std::string_view default_token_file = "/var/lib/godwit/admin.token";

// The value of an environment variable, if it is set.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;
Environment process_environment();

// Options that every subcommand takes; empty: not given.
struct GlobalOptions {
    std::string server;
    std::string token_file;
    std::string ca_file;  // for a daemon behind TLS
    bool json = false;
};

// --server, else GODWIT_SERVER, else default_server.
std::string server_url(const GlobalOptions& options, const Environment& environment);
// --token-file, else GODWIT_TOKEN (the token itself), else GODWIT_TOKEN_FILE, else default_token_file.
// not_found: the file does not exist; secret_unreadable: it cannot be read or holds no token.
Result<Secret<std::string>> find_token(const GlobalOptions& options, const Environment& environment);
// Plain HTTP to anything but this machine.
bool sends_token_in_the_clear(std::string_view server);

// The first line of a file, without its end; at most 64 KiB. not_found or secret_unreadable name the file.
Result<Secret<std::string>> first_line_of(const std::string& path);

// How the help explains the above.
std::string connection_help();

}  // namespace godwit::cli
