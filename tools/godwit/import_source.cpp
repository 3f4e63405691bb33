#include "tools/godwit/import_source.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <unistd.h>

#include "engine/base/secret.h"
#include "engine/base/text.h"
#include "engine/sync/option_table.h"

namespace godwit::cli {

namespace {

constexpr std::size_t peek_bytes = 64u << 10;

// A name of a column, as headers spell them: source_host, src-host, host1, dest_user, authuser2, …, or an
// option.
bool is_column(std::string_view text) {
    while (!text.empty() && std::string_view(" \"\t").contains(text.front())) text.remove_prefix(1);
    while (!text.empty() && std::string_view(" \"\t").contains(text.back())) text.remove_suffix(1);
    auto name = lower_case(text);
    std::ranges::replace(name, '-', '_');
    if (name == "external_id" || name == "options") return true;
    bool sided = false;
    for (const std::string_view prefix : {"source_", "src_", "destination_", "dest_", "dst_"})
        if (!sided && name.starts_with(prefix)) {
            name.erase(0, prefix.size());
            sided = true;
        }
    if (!sided && (name.ends_with('1') || name.ends_with('2'))) {
        name.pop_back();
        sided = true;
    }
    constexpr std::array words{"host", "port", "tls", "ssl", "user", "password", "auth_user", "authuser"};
    return (sided && std::ranges::find(words, name) != words.end()) || sync::find_row_option(text) != nullptr;
}

std::string_view first_line(std::string_view text) {
    if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
    while (!text.empty()) {
        auto line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (line.find_first_not_of(" \t") != line.npos && line[line.find_first_not_of(" \t")] != '#')
            return line;
    }
    return {};
}

}  // namespace

bool is_yaml_name(std::string_view path) {
    const auto name = lower_case(path);
    return name.ends_with(".yaml") || name.ends_with(".yml");
}

std::string_view guess_form(std::string_view beginning) {
    constexpr std::ptrdiff_t semicolons_of_a_list = 5;  // between six fields
    const auto line = first_line(beginning);
    for (const std::string_view start : {"migrations:", "defaults:", "---", "{", "%YAML"})
        if (line.starts_with(start)) return "yaml";
    // A user may be called user1, so one such word makes no header.
    int columns = 0, others = 0;
    for (auto rest = line; !rest.empty();) {
        const auto end = rest.find_first_of(",;\t");
        ++(is_column(rest.substr(0, end)) ? columns : others);
        rest.remove_prefix(end == rest.npos ? rest.size() : end + 1);
    }
    if (columns > others) return "native";
    return std::ranges::count(line, ';') >= semicolons_of_a_list ? "imapsync" : "native";
}

Result<std::unique_ptr<ImportSource>> ImportSource::open(const std::string& path) {
    const bool standard_input = path == "-";
    const int file = standard_input ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        const auto kind = errno == ENOENT ? ErrorKind::not_found : ErrorKind::secret_unreadable;
        return fail(kind, Reach::node, path + ": " + std::strerror(errno));
    }
    return std::unique_ptr<ImportSource>(new ImportSource(file, standard_input ? "standard input" : path));
}

ImportSource::~ImportSource() {
    wipe(peeked_);
    if (file_ != STDIN_FILENO) ::close(file_);
}

Result<std::size_t> ImportSource::read_file(char* buffer, std::size_t size) {
    ssize_t got = -1;
    do {
        got = ::read(file_, buffer, size);
    } while (got < 0 && errno == EINTR);
    if (got >= 0) return static_cast<std::size_t>(got);
    failure_ = Error{ErrorKind::secret_unreadable, Reach::node, path_ + ": " + std::strerror(errno), {}};
    return std::unexpected(*failure_);
}

Result<std::string_view> ImportSource::peek() {
    peeked_.resize(peek_bytes);
    std::size_t size = 0;
    while (size < peek_bytes) {
        GODWIT_TRY(got, read_file(peeked_.data() + size, peek_bytes - size));
        size += got;
        // One whole line that says something is enough: standard input may be slow.
        const auto line = first_line({peeked_.data(), size});
        if (got == 0 || (!line.empty() && line.data() + line.size() < peeked_.data() + size)) break;
    }
    peeked_.resize(size);
    return std::string_view(peeked_);
}

Result<std::size_t> ImportSource::read(std::span<char> buffer) {
    if (peeked_.empty()) return read_file(buffer.data(), buffer.size());
    const auto size = std::min(buffer.size(), peeked_.size());
    std::ranges::copy_n(peeked_.data(), static_cast<std::ptrdiff_t>(size), buffer.data());
    peeked_.erase(0, size);
    return size;
}

}  // namespace godwit::cli
