// Perl's tr/a-z/A-Z/, also called y. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/sync/perl_expression.h"

namespace godwit::sync {

// Characters as a list of ranges, never written out.
class CharacterList {
public:
    static Result<CharacterList> parse(std::string_view text, Subject subject);

    bool empty() const { return ranges_.empty(); }
    std::size_t size() const;
    std::optional<std::size_t> index_of(char32_t code) const;  // of its first place
    char32_t at(std::size_t index) const;                      // the last one, beyond the end; not of an empty list

private:
    struct Range {
        char32_t first, last;
    };
    std::vector<Range> ranges_;
};

class Transliteration {
public:
    // Modifiers c, d and s. With c the right side has one character at most, and with c and d none: which of all the
    // others comes first is of no use to anyone.
    static Result<Transliteration> parse(const PerlExpression& expression, Subject subject);

    // UTF-8 must be valid.
    std::string apply(std::string_view text) const;

private:
    std::optional<char32_t> changed(char32_t code, bool& listed) const;

    CharacterList from_, to_;
    Subject subject_ = Subject::utf8;
    bool complement_ = false, delete_ = false, squeeze_ = false;
};

}  // namespace godwit::sync
