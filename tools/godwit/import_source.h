// A file of account pairs on its way to the daemon: in pieces, and its form guessed from the first line.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace godwit::cli {

// "native", "imapsync" or "yaml", as the daemon calls them. By the first line that is neither empty nor a
// comment: an imapsync list has six or seven fields between semicolons; a native file has a header whose
// columns, between commas, semicolons or tabs, are names; YAML begins with its first name or a brace.
std::string_view guess_form(std::string_view beginning);
// .yaml or .yml.
bool is_yaml_name(std::string_view path);

// Reads a file, or standard input for "-". Blocks while reading.
class ImportSource {
public:
    // not_found, secret_unreadable (the file cannot be read).
    static Result<std::unique_ptr<ImportSource>> open(const std::string& path);
    ~ImportSource();
    ImportSource(const ImportSource&) = delete;

    // Up to 64 KiB from the start, without taking them away.
    Result<std::string_view> peek();
    // 0 at the end.
    Result<std::size_t> read(std::span<char> buffer);
    // An error of read(), which the HTTP client passes on as one of its own.
    const std::optional<Error>& failure() const { return failure_; }

private:
    ImportSource(int file, std::string path) : file_(file), path_(std::move(path)) {}
    Result<std::size_t> read_file(char* buffer, std::size_t size);

    int file_;
    std::string path_;
    std::string peeked_;
    std::optional<Error> failure_;
};

}  // namespace godwit::cli
