// Regular expressions as imapsync's users write them: PCRE2 behind Perl's forms of matching and replacing. Pure once made;
// nothing is evaluated as code. Matching has a limit of steps, since patterns and subjects come from users and servers: one
// that takes too long does not match, and a replacement that does is an error.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

namespace godwit::sync {

// What patterns are matched against: names of folders are UTF-8, flags and messages are octets (each octet is a character).
enum class Subject { utf8, octets };

// A pattern: "bare", or with Perl's delimiters and modifiers: m/…/i, /…/, m{…}x. The modifiers are i, m, n, s, u, x; a,
// c, g, o and p change nothing here. Text that is not UTF-8 does not match where it should be.
class Regex {
public:
    // A bare pattern; invalid_argument names it, and says what is wrong and where.
    static Result<Regex> make(std::string_view pattern, Subject subject = Subject::utf8);
    // m/…/, /…/ or bare; what begins with / or with m and a delimiter is not bare, and an error if it does not end as such.
    static Result<Regex> parse(std::string_view expression, Subject subject = Subject::utf8);

    bool matches(std::string_view text) const;

private:
    struct Code;
    explicit Regex(std::shared_ptr<const Code> code);
    std::shared_ptr<const Code> code_;
};

// s/pattern/replacement/flags or tr/a-z/A-Z/ (also y, with c, d and s), with any of Perl's delimiters. In replacements:
// $1, ${1}, \1, $&, ${name}, $+{name}, \U \L \F \Q \E \u \l (of ASCII's letters), \n \t \r \0 \xHH \x{…}. The modifiers
// g, i, m, n, s, u, x; a, o and p change nothing; e, ee and r are refused. As in Perl, but: an empty pattern is just
// that, not the last one that matched; a $ that begins no name and every @ are text; variables are refused.
class Substitution {
public:
    // invalid_argument names the expression.
    static Result<Substitution> parse(std::string_view expression, Subject subject = Subject::utf8);
    // All that were given for an option ("regexmess"), which the error names too.
    static Result<std::vector<Substitution>> parse_all(std::string_view option, const std::vector<std::string>& expressions,
                                                       Subject subject);

    // limit_exceeded where it takes too long, or the outcome is larger than 64 times the text (or 1 MiB if that is more) or
    // 128 MiB; invalid_argument for a text that is not UTF-8 where it should be. Both of Reach::message.
    Result<std::string> apply(std::string_view text) const;

private:
    struct Code;
    explicit Substitution(std::shared_ptr<const Code> code);
    std::shared_ptr<const Code> code_;
};

}  // namespace godwit::sync
