// The right side of Perl's s///: text with groups and changes of case. Pure.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/sync/perl_expression.h"

namespace godwit::sync {

class Replacement {
public:
    // The number of a named group; 0 if there is none.
    using GroupNumber = std::function<std::size_t(const std::string& name)>;

    static Result<Replacement> parse(const PerlExpression& expression, Subject subject, const GroupNumber& number_of);

    // Appends to `out`. `groups` are offsets into `text`, two each, the whole match first; a group that took no part, or
    // does not exist, is empty. False when `out` has grown beyond `limit`.
    bool render(std::string& out, std::string_view text, std::span<const std::size_t> groups, std::size_t limit) const;

private:
    // begin and end enclose what \U \L \F \Q \u \l change; `mode` is that letter.
    struct Part {
        enum class Kind { text, group, begin, end } kind;
        std::string text;
        std::size_t group = 0;
        char mode = 0;
    };
    class Reader;
    std::vector<Part> parts_;
};

}  // namespace godwit::sync
