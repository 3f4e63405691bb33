#include "scheduler/pg/queries.h"

#include <cstdio>
#include <cstdlib>

#include "schemas/embedded.h"

namespace godwit::scheduler::pg {

namespace {

using Queries = std::map<std::string, std::string, std::less<>>;

constexpr std::string_view name_line = "-- name: ";

[[noreturn]] void give_up(std::string_view problem, std::string_view where) {
    std::fprintf(stderr, "godwit: schemas/queries: %.*s: %.*s\n", static_cast<int>(problem.size()),
                 problem.data(), static_cast<int>(where.size()), where.data());
    std::abort();
}

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

void add(Queries& queries, std::string_view name, std::string_view text) {
    if (name.empty()) return;  // what stands before the first name describes the file
    if (trimmed(text).empty()) give_up("no text", name);
    if (!queries.emplace(name, trimmed(text)).second) give_up("defined twice", name);
}

void parse(Queries& queries, std::string_view text) {
    std::string_view name;
    std::size_t begin = 0;
    for (std::size_t at = 0; at < text.size();) {
        const auto end = std::min(text.find('\n', at), text.size());
        const auto line = text.substr(at, end - at);
        if (line.starts_with(name_line)) {
            add(queries, name, text.substr(begin, at - begin));
            name = trimmed(line.substr(name_line.size()));
            if (name.empty()) give_up("a name is missing", line);
            begin = std::min(end + 1, text.size());
        }
        at = end + 1;
    }
    add(queries, name, text.substr(begin));
}

Queries parse_all() {
    Queries queries;
    for (const auto& file : schemas::files())
        if (file.name.starts_with("queries/")) parse(queries, file.text);
    return queries;
}

}  // namespace

const Queries& all_queries() {
    static const Queries queries = parse_all();
    return queries;
}

const std::string& query(std::string_view name) {
    const auto found = all_queries().find(name);
    if (found == all_queries().end()) give_up("there is no such statement", name);
    return found->second;
}

}  // namespace godwit::scheduler::pg
