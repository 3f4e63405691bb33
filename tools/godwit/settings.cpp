#include "tools/godwit/settings.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include <fcntl.h>
#include <unistd.h>

#include <fmt/format.h>

#include "engine/base/text.h"

namespace godwit::cli {

namespace {

constexpr std::size_t line_limit = 64u << 10;

std::unexpected<Error> unreadable(ErrorKind kind, const std::string& path, std::string_view why) {
    return fail(kind, Reach::node, fmt::format("{}: {}", path, why));
}

Result<Secret<std::string>> token_in(const std::string& path) {
    GODWIT_TRY(line, first_line_of(path));
    // A token is one word of printable ASCII; anything else is some other file.
    for (const unsigned char c : line.reveal())
        if (c <= 0x20 || c >= 0x7f)
            return unreadable(ErrorKind::secret_unreadable, path, "its first line is no token");
    if (line.empty()) return unreadable(ErrorKind::secret_unreadable, path, "its first line is empty");
    return line;
}

std::string_view host_of(std::string_view url) {
    url.remove_prefix(std::min(url.size(), url.find("://") == url.npos ? 0 : url.find("://") + 3));
    url = url.substr(0, url.find('/'));
    if (url.starts_with('[')) return url.substr(1, url.find(']') == url.npos ? url.npos : url.find(']') - 1);
    return url.substr(0, url.find(':'));
}

}  // namespace

Environment process_environment() {
    return [](const std::string& name) -> std::optional<std::string> {
        const char* value = std::getenv(name.c_str());
        return value ? std::optional<std::string>(value) : std::nullopt;
    };
}

std::string server_url(const GlobalOptions& options, const Environment& environment) {
    if (!options.server.empty()) return options.server;
    if (auto server = environment("GODWIT_SERVER"); server && !server->empty()) return *server;
    return std::string(default_server);
}

Result<Secret<std::string>> find_token(const GlobalOptions& options, const Environment& environment) {
    if (!options.token_file.empty()) return token_in(options.token_file);
    if (auto token = environment("GODWIT_TOKEN"); token && !token->empty()) {
        for (const unsigned char c : *token)
            if (c <= 0x20 || c >= 0x7f)
                return fail(ErrorKind::secret_unreadable, Reach::node, "GODWIT_TOKEN holds no token");
        return Secret<std::string>(std::move(*token));
    }
    if (auto file = environment("GODWIT_TOKEN_FILE"); file && !file->empty()) return token_in(*file);
    return token_in(std::string(default_token_file));
}

bool sends_token_in_the_clear(std::string_view server) {
    if (!lower_case(server).starts_with("http://")) return false;
    const auto host = lower_case(host_of(server));
    return host != "localhost" && host != "::1" && !host.starts_with("127.");
}

Result<Secret<std::string>> first_line_of(const std::string& path) {
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        const auto kind = errno == ENOENT ? ErrorKind::not_found : ErrorKind::secret_unreadable;
        return unreadable(kind, path, std::strerror(errno));
    }
    std::string text(line_limit, '\0');
    std::size_t size = 0;
    ssize_t got = 0;
    while (size < text.size() && (got = ::read(file, text.data() + size, text.size() - size)) > 0) {
        size += static_cast<std::size_t>(got);
        if (text.find('\n', size - static_cast<std::size_t>(got)) < size) break;
    }
    const int error = errno;
    ::close(file);
    text.resize(size);
    const auto end = text.find('\n');
    const bool whole = end != std::string::npos || size < line_limit;
    std::string line = text.substr(0, end);
    wipe(text);
    Secret<std::string> secret(line.ends_with('\r') ? line.substr(0, line.size() - 1) : line);
    wipe(line);
    if (got < 0) return unreadable(ErrorKind::secret_unreadable, path, std::strerror(error));
    if (!whole) return unreadable(ErrorKind::secret_unreadable, path, "its first line is too long");
    return secret;
}

std::string connection_help() {
    return fmt::format(
        "With every command that talks to the daemon: --server URL, --token-file FILE, --ca FILE "
        "(certificate\n"
        "authorities for https), --json (print the API's JSON).\n"
        "The daemon:\n"
        "  It is looked for at --server URL, else at $GODWIT_SERVER, else at {}.\n"
        "The token:\n"
        "  The first line of --token-file FILE, else $GODWIT_TOKEN, else the first line of the file that\n"
        "  $GODWIT_TOKEN_FILE names, else of {}, where the daemon\n"
        "  writes it on its first start. It is never an argument, since others can see those.\n",
        default_server, default_token_file);
}

}  // namespace godwit::cli
