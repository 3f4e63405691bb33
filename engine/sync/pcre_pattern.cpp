#include "engine/sync/pcre_pattern.h"

namespace godwit::sync {
namespace {

constexpr std::uint64_t least_budget = 500'000, budget_per_octet = 64, most_budget = 300'000'000;
constexpr std::uint64_t octets_per_step = 8;  // a class or a dot goes over that many in the time of a callout
constexpr std::uint32_t most_heap_kib = 64u << 10;

// Perl's idea of lines, whatever PCRE2 was built with.
pcre2_compile_context* compile_context() {
    static const std::unique_ptr<pcre2_compile_context, decltype(&pcre2_compile_context_free)> context = [] {
        auto* made = pcre2_compile_context_create(nullptr);
        pcre2_set_newline(made, PCRE2_NEWLINE_LF);
        pcre2_set_bsr(made, PCRE2_BSR_UNICODE);
        return std::unique_ptr<pcre2_compile_context, decltype(&pcre2_compile_context_free)>(
            made, pcre2_compile_context_free);
    }();
    return context.get();
}

PCRE2_SPTR units(std::string_view text) { return reinterpret_cast<PCRE2_SPTR>(text.data() ? text.data() : ""); }

// Where PCRE2 looks for a place to start, two things go wrong. For a first letter in either case it runs through the
// whole rest of the text, each time, and pays nothing. And after a lookahead it may ask for one letter twice (all before
// 10.45): it finds no (?=b)a?b in "b".
bool starts_badly(const pcre2_code* code, std::string_view text) {
    std::uint32_t first_unit = 0, options = 0;
    pcre2_pattern_info(code, PCRE2_INFO_FIRSTCODETYPE, &first_unit);
    pcre2_pattern_info(code, PCRE2_INFO_ALLOPTIONS, &options);
    const bool lookahead =
        text.find("(?=") != text.npos || text.find("(?*") != text.npos || text.find("(*") != text.npos;
    return lookahead || (first_unit == 1 && (options & PCRE2_CASELESS) != 0);
}

}  // namespace

Result<Pattern> Pattern::compile(std::string_view text, Subject subject, std::uint32_t options) {
    options |= PCRE2_AUTO_CALLOUT | PCRE2_NEVER_BACKSLASH_C | (subject == Subject::utf8 ? PCRE2_UTF : PCRE2_NEVER_UTF);
    int error = 0;
    PCRE2_SIZE offset = 0;
    Pattern pattern;
    const auto compile = [&](std::uint32_t all_options) {
        pattern.code_.reset(pcre2_compile(units(text), text.size(), all_options, &error, &offset, compile_context()));
    };
    compile(options);
    if (!pattern.code_) {
        char words[200] = {};
        pcre2_get_error_message(error, reinterpret_cast<PCRE2_UCHAR*>(words), sizeof words);
        return fail(ErrorKind::invalid_argument, Reach::account, fmt::format("{} at {}", words, offset));
    }
    if (starts_badly(pattern.code_.get(), text)) compile(options | PCRE2_NO_START_OPTIMIZE);
    return pattern;
}

std::size_t Pattern::number_of(const std::string& group) const {
    const int number = pcre2_substring_number_from_name(code_.get(), reinterpret_cast<PCRE2_SPTR>(group.c_str()));
    return number > 0 ? static_cast<std::size_t>(number) : 0;
}

Search::Search(const Pattern& pattern, std::string_view text)
    : pattern_(pattern),
      text_(text),
      data_(pcre2_match_data_create_from_pattern(pattern.code_.get(), nullptr)),
      context_(pcre2_match_context_create(nullptr)),
      budget_(std::min(least_budget + budget_per_octet * text.size(), most_budget)) {
    pcre2_set_callout(context_.get(), spend, this);
    pcre2_set_match_limit(context_.get(), most_budget);
    pcre2_set_heap_limit(context_.get(), most_heap_kib);
}

Search::Found Search::next(std::size_t offset, bool not_empty_there) {
    position_ = offset;
    const std::uint32_t options = (not_empty_there ? PCRE2_NOTEMPTY_ATSTART : 0) | (checked_ ? PCRE2_NO_UTF_CHECK : 0);
    const int found =
        pcre2_match(pattern_.code_.get(), units(text_), text_.size(), offset, options, data_.get(), context_.get());
    checked_ = true;
    if (found >= 0) return Found::yes;
    const bool no_text = found >= PCRE2_ERROR_UTF8_ERR21 && found <= PCRE2_ERROR_UTF8_ERR1;
    return found == PCRE2_ERROR_NOMATCH || no_text ? Found::no : Found::too_long;
}

std::span<const std::size_t> Search::groups() const {
    return {pcre2_get_ovector_pointer(data_.get()), 2 * pcre2_get_ovector_count(data_.get())};
}

int Search::spend(pcre2_callout_block* at, void* search) {
    auto& self = *static_cast<Search*>(search);
    const auto now = at->current_position, before = std::exchange(self.position_, now);
    const std::uint64_t steps = 1 + (now > before ? now - before : before - now) / octets_per_step;
    if (steps > self.budget_) return PCRE2_ERROR_CALLOUT;
    self.budget_ -= steps;
    return 0;
}

}  // namespace godwit::sync
