#include "engine/sync/perl_regex.h"

#include <variant>

#include "engine/base/utf8.h"
#include "engine/sync/pcre_pattern.h"
#include "engine/sync/perl_replacement.h"
#include "engine/sync/transliteration.h"

namespace godwit::sync {
namespace {

constexpr std::size_t largest_growth = 64, least_output_limit = 1u << 20, most_output_bytes = 128u << 20;

Result<std::uint32_t> pattern_options(std::string_view modifiers, std::string_view without_effect) {
    std::uint32_t options = 0;
    for (const char modifier : modifiers) {
        switch (modifier) {
            case 'i': options |= PCRE2_CASELESS; break;
            case 'm': options |= PCRE2_MULTILINE; break;
            case 's': options |= PCRE2_DOTALL; break;
            case 'x': options |= options & PCRE2_EXTENDED ? PCRE2_EXTENDED_MORE : PCRE2_EXTENDED; break;
            case 'n': options |= PCRE2_NO_AUTO_CAPTURE; break;
            case 'u': options |= PCRE2_UCP; break;
            case 'e': return bad_expression("the modifier e is refused: nothing is evaluated as Perl code");
            case 'r': return bad_expression("the modifier r would leave the text as it is");
            default:
                if (without_effect.find(modifier) == std::string_view::npos)
                    return bad_expression(std::string("the modifier ") + modifier + " is not known");
        }
    }
    return options;
}

// What Perl would put the value of a variable for. Without it the pattern would never match, and nobody would know why.
Result<void> check_no_variables(const PerlExpression& parts) {
    if (parts.verbatim) return {};
    const std::string_view pattern = parts.first;
    for (std::size_t i = 0; i + 1 < pattern.size(); ++i) {
        const char next = pattern[i + 1];
        if (pattern[i] == '\\')
            ++i;
        else if (pattern[i] == '$' && (next == '_' || next == '{' || std::isalpha(static_cast<unsigned char>(next))))
            return bad_expression("there are no variables; write \\$ for a dollar: " +
                                  printable(pattern.substr(i), 40));
    }
    return {};
}

std::string named(std::string_view what, std::string_view text) {
    return std::string(what) + " \"" + printable(text, 100) + "\"";
}

Result<Pattern> pattern_of(std::string_view expression, Subject subject) {
    if (!looks_delimited(expression)) return Pattern::compile(expression, subject, 0);
    GODWIT_TRY(parts, take_apart(expression));
    GODWIT_CHECK(check_no_variables(parts));
    GODWIT_TRY(options, pattern_options(parts.modifiers, "gcoap"));
    return Pattern::compile(parts.first, subject, options);
}

// s/…/…/.
struct Rewriting {
    Pattern pattern;
    Replacement replacement;
    bool all = false;

    static Result<Rewriting> make(const PerlExpression& parts, Subject subject) {
        GODWIT_CHECK(check_no_variables(parts));
        GODWIT_TRY(options, pattern_options(parts.modifiers, "goap"));
        GODWIT_TRY(pattern, Pattern::compile(parts.first, subject, options));
        GODWIT_TRY(replacement, Replacement::parse(parts, subject,
                                                   [&](const std::string& name) { return pattern.number_of(name); }));
        return Rewriting{std::move(pattern), std::move(replacement), parts.modifiers.find('g') != std::string::npos};
    }

    // Nothing where it takes too long or the outcome is too large.
    std::optional<std::string> apply(std::string_view text) const {
        const std::size_t limit =
            std::min(std::max(largest_growth * text.size(), least_output_limit), most_output_bytes);
        Search search(pattern, text);
        std::string out;
        std::size_t copied = 0;
        bool was_empty = false;
        do {
            const auto found = search.next(copied, was_empty);
            if (found == Search::Found::too_long) return std::nullopt;
            if (found == Search::Found::no) break;
            const auto groups = search.groups();
            if (groups[0] < copied || groups[1] < groups[0]) return std::nullopt;  // \K where it may not be
            out += text.substr(copied, groups[0] - copied);
            if (!replacement.render(out, text, groups, limit)) return std::nullopt;
            copied = groups[1];
            was_empty = groups[0] == groups[1];
        } while (all);
        out += text.substr(copied);
        if (out.size() > limit) return std::nullopt;
        return out;
    }
};

}  // namespace

struct Regex::Code {
    Pattern pattern;
};

Regex::Regex(std::shared_ptr<const Code> code) : code_(std::move(code)) {}

Result<Regex> Regex::make(std::string_view text, Subject subject) {
    auto pattern = Pattern::compile(text, subject, 0);
    if (!pattern) return pass_on(pattern.error(), named("pattern", text));
    return Regex(std::make_shared<const Code>(std::move(*pattern)));
}

Result<Regex> Regex::parse(std::string_view expression, Subject subject) {
    auto pattern = pattern_of(expression, subject);
    if (!pattern) return pass_on(pattern.error(), named("pattern", expression));
    return Regex(std::make_shared<const Code>(std::move(*pattern)));
}

bool Regex::matches(std::string_view text) const {
    return Search(code_->pattern, text).next(0, false) == Search::Found::yes;
}

struct Substitution::Code {
    std::variant<Rewriting, Transliteration> change;
    Subject subject;
    std::string name;

    static Result<std::variant<Rewriting, Transliteration>> make(std::string_view expression, Subject subject) {
        if (subject == Subject::utf8 && !is_utf8(expression)) return bad_expression("not UTF-8");
        GODWIT_TRY(parts, take_apart(expression));
        if (parts.op == PerlExpression::Operator::transliterate) return Transliteration::parse(parts, subject);
        if (parts.op == PerlExpression::Operator::substitute) return Rewriting::make(parts, subject);
        return bad_expression("it changes nothing; write s/…/…/ or tr/…/…/");
    }
};

Substitution::Substitution(std::shared_ptr<const Code> code) : code_(std::move(code)) {}

Result<Substitution> Substitution::parse(std::string_view expression, Subject subject) {
    const std::string name = named("expression", expression);
    auto change = Code::make(expression, subject);
    if (!change) return pass_on(change.error(), name);
    return Substitution(std::make_shared<const Code>(std::move(*change), subject, name));
}

Result<std::vector<Substitution>> Substitution::parse_all(std::string_view option,
                                                          const std::vector<std::string>& expressions,
                                                          Subject subject) {
    std::vector<Substitution> all;
    for (const auto& expression : expressions) {
        auto one = parse(expression, subject);
        if (!one) {
            one.error().context = fmt::format("--{}, {}", option, one.error().context);
            return pass_on(one.error());
        }
        all.push_back(std::move(*one));
    }
    return all;
}

Result<std::string> Substitution::apply(std::string_view text) const {
    if (code_->subject == Subject::utf8 && !is_utf8(text))
        return fail(ErrorKind::invalid_argument, Reach::message, "the text is not UTF-8", code_->name);
    if (const auto* tr = std::get_if<Transliteration>(&code_->change)) return tr->apply(text);
    auto out = std::get<Rewriting>(code_->change).apply(text);
    if (!out)
        return fail(ErrorKind::limit_exceeded, Reach::message, "takes too long, or the outcome is too large",
                    code_->name);
    return std::move(*out);
}

}  // namespace godwit::sync
