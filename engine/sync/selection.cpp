#define PCRE2_CODE_UNIT_WIDTH 8
#include "engine/sync/selection.h"

#include <pcre2.h>

namespace godwit::sync {

struct Selection::Pattern {
    pcre2_code* code = nullptr;
    pcre2_match_context* limits = nullptr;

    explicit Pattern(pcre2_code* compiled) : code(compiled), limits(pcre2_match_context_create(nullptr)) {
        pcre2_set_match_limit(limits, 100'000);
        pcre2_set_depth_limit(limits, 10'000);
    }
    ~Pattern() {
        pcre2_match_context_free(limits);
        pcre2_code_free(code);
    }
    Pattern(const Pattern&) = delete;

    bool matches(std::string_view text) const {
        pcre2_match_data* data = pcre2_match_data_create_from_pattern(code, nullptr);
        const int found = pcre2_match(code, reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), 0, 0, data, limits);
        pcre2_match_data_free(data);
        return found >= 0;
    }

    static Result<std::shared_ptr<const Pattern>> compile(const std::string& text) {
        int error = 0;
        PCRE2_SIZE offset = 0;
        pcre2_code* code = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), PCRE2_UTF, &error,
                                         &offset, nullptr);
        if (code) return std::make_shared<const Pattern>(code);
        char words[200] = {};
        pcre2_get_error_message(error, reinterpret_cast<PCRE2_UCHAR*>(words), sizeof words);
        return fail(ErrorKind::invalid_argument, Reach::account, fmt::format("{} at {}", words, offset),
                    "pattern \"" + printable(text, 100) + "\"");
    }
};

Result<Selection> Selection::make(const SyncOptions& options) {
    Selection selection;
    selection.names_ = options.folder;
    for (const auto& text : options.include) {
        GODWIT_TRY(pattern, Pattern::compile(text));
        selection.include_.push_back(std::move(pattern));
    }
    for (const auto& text : options.exclude) {
        GODWIT_TRY(pattern, Pattern::compile(text));
        selection.exclude_.push_back(std::move(pattern));
    }
    return selection;
}

bool Selection::wants(std::string_view display_name) const {
    const auto matches = [&](const auto& pattern) { return pattern->matches(display_name); };
    if (std::ranges::any_of(exclude_, matches)) return false;
    if (names_.empty() && include_.empty()) return true;
    return std::ranges::find(names_, display_name) != names_.end() || std::ranges::any_of(include_, matches);
}

}  // namespace godwit::sync
