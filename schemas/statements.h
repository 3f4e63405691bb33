// The named statements of a folder of schemas/ ("-- name: claim_passes" blocks). There is no SQL in C++.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace godwit::schemas {

class Statements {
public:
    // Of every file of the folder, e.g. "queries". A mistake in one ends the program with a message.
    explicit Statements(std::string_view folder);

    // The text of a statement; a name that does not exist ends the program (a test looks all up).
    const std::string& at(std::string_view name) const;
    const std::map<std::string, std::string, std::less<>>& all() const { return statements_; }

private:
    [[noreturn]] void give_up(std::string_view problem, std::string_view where) const;
    void parse(std::string_view text);
    void add(std::string_view name, std::string_view text);

    std::string folder_;
    std::map<std::string, std::string, std::less<>> statements_;
};

}  // namespace godwit::schemas
