#include "engine/sync/transliteration.h"

namespace godwit::sync {
namespace {

struct Character {
    char32_t code;
    bool dash;  // not escaped
};

Result<Character> take(std::string_view& rest, Subject subject) {
    const bool dash = rest.front() == '-';
    if (rest.front() != '\\') return Character{take_character(rest, subject), dash};
    rest.remove_prefix(1);
    GODWIT_TRY(code, take_escaped(rest, subject));
    return Character{code, false};
}

}  // namespace

Result<CharacterList> CharacterList::parse(std::string_view text, Subject subject) {
    CharacterList list;
    bool may_begin_range = false;
    while (!text.empty()) {
        GODWIT_TRY(next, take(text, subject));
        if (!next.dash || text.empty() || list.empty()) {
            list.ranges_.push_back({next.code, next.code});
            may_begin_range = true;
            continue;
        }
        if (!may_begin_range) return bad_expression("a range that begins with the end of another");
        GODWIT_TRY(last, take(text, subject));
        if (last.code < list.ranges_.back().first) return bad_expression("a range whose end is before its beginning");
        list.ranges_.back().last = last.code;
        may_begin_range = false;
    }
    return list;
}

std::size_t CharacterList::size() const {
    std::size_t size = 0;
    for (const Range& range : ranges_) size += range.last - range.first + 1;
    return size;
}

std::optional<std::size_t> CharacterList::index_of(char32_t code) const {
    std::size_t before = 0;
    for (const Range& range : ranges_) {
        if (code >= range.first && code <= range.last) return before + (code - range.first);
        before += range.last - range.first + 1;
    }
    return std::nullopt;
}

char32_t CharacterList::at(std::size_t index) const {
    for (const Range& range : ranges_) {
        const std::size_t size = range.last - range.first + 1;
        if (index < size) return static_cast<char32_t>(range.first + index);
        index -= size;
    }
    return ranges_.back().last;
}

Result<Transliteration> Transliteration::parse(const PerlExpression& expression, Subject subject) {
    Transliteration out;
    out.subject_ = subject;
    for (const char modifier : expression.modifiers) {
        if (modifier != 'c' && modifier != 'd' && modifier != 's')
            return bad_expression(std::string("the modifier ") + modifier + " is not known to tr");
        (modifier == 'c' ? out.complement_ : modifier == 'd' ? out.delete_ : out.squeeze_) = true;
    }
    if (expression.verbatim) return bad_expression("an apostrophe cannot be the delimiter of tr");
    GODWIT_TRY(from, CharacterList::parse(expression.first, subject));
    GODWIT_TRY(to, CharacterList::parse(expression.second, subject));
    if (out.complement_ && to.size() > (out.delete_ ? 0 : 1))
        return bad_expression(out.delete_ ? "with c and d the right side is empty"
                                          : "with c the right side has one character at most");
    out.from_ = std::move(from);
    out.to_ = std::move(to);
    return out;
}

// What becomes of it: nothing where it is deleted.
std::optional<char32_t> Transliteration::changed(char32_t code, bool& listed) const {
    auto index = from_.index_of(code);
    if (complement_) index = index ? std::nullopt : std::optional<std::size_t>(0);
    listed = index.has_value();
    if (!listed) return code;
    if (delete_ && *index >= to_.size()) return std::nullopt;
    return to_.empty() ? code : to_.at(*index);
}

std::string Transliteration::apply(std::string_view text) const {
    std::string out;
    std::optional<char32_t> previous;  // the last one put, if it came of a listed one
    while (!text.empty()) {
        bool listed = false;
        const auto code = changed(take_character(text, subject_), listed);
        if (!code || (squeeze_ && listed && previous == code)) continue;
        append_character(out, *code, subject_);
        previous = listed ? code : std::nullopt;
    }
    return out;
}

}  // namespace godwit::sync
