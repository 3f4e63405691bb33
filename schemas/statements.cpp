#include "schemas/statements.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "schemas/embedded.h"

namespace godwit::schemas {

namespace {

constexpr std::string_view name_line = "-- name: ";

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

}  // namespace

Statements::Statements(std::string_view folder) : folder_(folder) {
    for (const auto& file : files())
        if (file.name.starts_with(folder_ + "/")) parse(file.text);
}

const std::string& Statements::at(std::string_view name) const {
    const auto found = statements_.find(name);
    if (found == statements_.end()) give_up("there is no such statement", name);
    return found->second;
}

void Statements::give_up(std::string_view problem, std::string_view where) const {
    std::fprintf(stderr, "godwit: schemas/%s: %.*s: %.*s\n", folder_.c_str(),
                 static_cast<int>(problem.size()), problem.data(), static_cast<int>(where.size()),
                 where.data());
    std::abort();
}

void Statements::add(std::string_view name, std::string_view text) {
    if (name.empty()) return;  // what stands before the first name describes the file
    if (trimmed(text).empty()) give_up("no text", name);
    if (!statements_.emplace(name, trimmed(text)).second) give_up("defined twice", name);
}

void Statements::parse(std::string_view text) {
    std::string_view name;
    std::size_t begin = 0;
    for (std::size_t at = 0; at < text.size();) {
        const auto end = std::min(text.find('\n', at), text.size());
        const auto line = text.substr(at, end - at);
        if (line.starts_with(name_line)) {
            add(name, text.substr(begin, at - begin));
            name = trimmed(line.substr(name_line.size()));
            if (name.empty()) give_up("a name is missing", line);
            begin = std::min(end + 1, text.size());
        }
        at = end + 1;
    }
    add(name, text.substr(begin));
}

}  // namespace godwit::schemas
