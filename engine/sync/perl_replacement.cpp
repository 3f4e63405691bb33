#include "engine/sync/perl_replacement.h"

#include <charconv>

namespace godwit::sync {
namespace {

char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_name(char c) { return is_digit(c) || c == '_' || lower(c) != upper(c); }

// Of ASCII alone, as Perl does with octets; other octets are left as they are, so that UTF-8 stays what it is.
void change_case(std::string& out, std::size_t from, char mode) {
    if (mode == 'Q') {
        std::string quoted;
        for (const char c : out.substr(from)) {
            if (c >= 0 && !is_name(c)) quoted += '\\';
            quoted += c;
        }
        out.replace(from, std::string::npos, quoted);
        return;
    }
    const bool one = mode == 'u' || mode == 'l';
    const auto end = one ? std::min(from + 1, out.size()) : out.size();
    for (auto i = from; i < end; ++i) out[i] = upper(mode) == 'U' ? upper(out[i]) : lower(out[i]);
}

}  // namespace

// Reads the text as Perl's lexer does: \L inside \U ends it, \u reaches as far as what it stands in, \E ends the innermost
// of the others.
class Replacement::Reader {
public:
    Reader(std::string_view text, Subject subject, const GroupNumber& number_of)
        : rest_(text), subject_(subject), number_of_(number_of) {}

    Result<std::vector<Part>> read() {
        while (!rest_.empty()) {
            const char c = take();
            if (c == '\\') {
                GODWIT_CHECK(escape());
            } else if (c == '$') {
                GODWIT_CHECK(variable());
            } else {
                add_text({&c, 1});
            }
        }
        while (!open_.empty()) close();
        return std::move(parts_);
    }

private:
    char take() {
        const char c = rest_.front();
        rest_.remove_prefix(1);
        return c;
    }

    void add_text(std::string_view text) {
        if (parts_.empty() || parts_.back().kind != Part::Kind::text) parts_.push_back({Part::Kind::text, {}});
        parts_.back().text += text;
    }
    void add_group(std::size_t number) { parts_.push_back({Part::Kind::group, {}, number}); }
    void begin(char mode) {
        if (mode == 'L' || mode == 'U' || mode == 'F')
            while (is_open("LUF")) close();
        open_ += mode;
        parts_.push_back({Part::Kind::begin, {}, 0, mode});
    }
    void close() {
        parts_.push_back({Part::Kind::end, {}, 0, open_.back()});
        open_.pop_back();
    }
    bool is_open(std::string_view modes) const { return open_.find_first_of(modes) != std::string::npos; }

    Result<void> escape() {
        constexpr std::string_view modes = "ULFQul";
        if (rest_.starts_with('E')) {
            take();
            while (open_.ends_with('u') || open_.ends_with('l')) close();
            if (!open_.empty()) close();
        } else if (rest_.starts_with("L\\u") || rest_.starts_with("U\\l")) {
            begin(rest_[2]);
            begin(rest_[0]);
            rest_.remove_prefix(3);
        } else if (!rest_.empty() && modes.find(rest_.front()) != std::string_view::npos) {
            begin(take());
        } else if (is_old_group()) {
            add_group(static_cast<std::size_t>(take() - '0'));
        } else {
            GODWIT_TRY(code, take_escaped(rest_, subject_));
            std::string text;
            append_character(text, code, subject_);
            add_text(text);
        }
        return {};
    }
    // \1 to \9 alone; \10 is the character of that octal number.
    bool is_old_group() const {
        return !rest_.empty() && rest_[0] >= '1' && rest_[0] <= '9' && (rest_.size() == 1 || !is_digit(rest_[1]));
    }

    Result<void> variable() {
        if (rest_.starts_with('&')) {
            take();
            add_group(0);
        } else if (rest_.starts_with('{') || rest_.starts_with("+{")) {
            const auto open = rest_.find('{'), end = rest_.find('}');
            if (end == std::string_view::npos) return bad_expression("no closing \"}\"");
            const auto name = rest_.substr(open + 1, end - open - 1);
            rest_.remove_prefix(end + 1);
            return group(name);
        } else if (!rest_.empty() && is_name(rest_.front())) {
            const auto end = std::ranges::find_if_not(rest_, is_digit(rest_[0]) ? is_digit : is_name);
            const auto name = rest_.substr(0, static_cast<std::size_t>(end - rest_.begin()));
            rest_.remove_prefix(name.size());
            if (!is_digit(name[0])) return no_variable(name);
            GODWIT_CHECK(group(name));
            if (rest_.starts_with('[') || rest_.starts_with('{') || rest_.starts_with("->[") ||
                rest_.starts_with("->{"))
                return bad_expression("a bracket after a group is an index in Perl; write ${1} for the group");
        } else {
            add_text("$");
        }
        return {};
    }
    Result<void> group(std::string_view name) {
        while (name.starts_with(' ')) name.remove_prefix(1);
        while (name.ends_with(' ')) name.remove_suffix(1);
        if (name.empty() || name[0] == '0') return no_variable(name);
        std::size_t number = std::string::npos;  // and stays that for numbers that are too large: a group that is empty
        if (is_digit(name[0])) {
            const auto read = std::from_chars(name.data(), name.data() + name.size(), number);
            if (read.ptr != name.data() + name.size()) return no_variable(name);
        } else if (name == "^MATCH") {
            number = 0;
        } else {
            number = number_of_(std::string(name));
            if (number == 0) return no_variable(name);
        }
        add_group(number);
        return {};
    }
    static Result<void> no_variable(std::string_view name) {
        return bad_expression("no group is called $" + printable(name, 40) + ", and there are no variables");
    }

    std::string_view rest_;
    Subject subject_;
    const GroupNumber& number_of_;
    std::string open_;  // modes, the innermost last
    std::vector<Part> parts_;
};

Result<Replacement> Replacement::parse(const PerlExpression& expression, Subject subject,
                                       const GroupNumber& number_of) {
    Replacement out;
    if (!expression.verbatim) {
        GODWIT_TRY(parts, Reader(expression.second, subject, number_of).read());
        out.parts_ = std::move(parts);
        return out;
    }
    std::string text;
    for (std::string_view rest = expression.second; !rest.empty(); rest.remove_prefix(1)) {
        if (rest.starts_with("\\\\") || rest.starts_with("\\'")) rest.remove_prefix(1);
        text += rest.front();
    }
    out.parts_.push_back({Part::Kind::text, std::move(text)});
    return out;
}

bool Replacement::render(std::string& out, std::string_view text, std::span<const std::size_t> groups,
                         std::size_t limit) const {
    std::vector<std::size_t> begun;
    for (const Part& part : parts_) {
        switch (part.kind) {
            case Part::Kind::text: out += part.text; break;
            case Part::Kind::begin: begun.push_back(out.size()); break;
            case Part::Kind::end:
                change_case(out, begun.back(), part.mode);
                begun.pop_back();
                break;
            case Part::Kind::group: {
                // An unset offset is the largest number.
                const auto at = part.group < groups.size() / 2 ? groups[2 * part.group] : text.size();
                if (at < text.size()) out += text.substr(at, groups[2 * part.group + 1] - at);
            }
        }
        if (out.size() > limit) return false;
    }
    return true;
}

}  // namespace godwit::sync
