// A compiled pattern of PCRE2 and a search that ends. Only perl_regex.cpp needs it.
#pragma once

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "engine/sync/perl_regex.h"

namespace godwit::sync {

class Pattern {
public:
    // `options` are PCRE2's. The cause of the error says what is wrong and where; callers add the context.
    static Result<Pattern> compile(std::string_view text, Subject subject, std::uint32_t options);

    // 0 if there is none.
    std::size_t number_of(const std::string& group) const;

private:
    friend class Search;
    struct Free {
        void operator()(pcre2_code* code) const { pcre2_code_free(code); }
    };
    std::unique_ptr<pcre2_code, Free> code_;
};

// Searches one text again and again. All of it together has a budget of steps: PCRE2 limits only what one place of the
// text costs, which leaves the square of its length for patterns that are slow everywhere. Every item of the pattern that
// is tried is a callout, and a callout pays for the way since the last one.
class Search {
public:
    enum class Found { yes, no, too_long };

    // Both must outlive it.
    Search(const Pattern& pattern, std::string_view text);

    // From `offset` on; `not_empty_there`: an empty match at `offset` itself does not count.
    Found next(std::size_t offset, bool not_empty_there);
    // Offsets of the match and its groups, two each; PCRE2_UNSET for groups that took no part.
    std::span<const std::size_t> groups() const;

private:
    static int spend(pcre2_callout_block* at, void* search);

    struct Free {
        void operator()(pcre2_match_data* data) const { pcre2_match_data_free(data); }
        void operator()(pcre2_match_context* context) const { pcre2_match_context_free(context); }
    };
    const Pattern& pattern_;
    std::string_view text_;
    std::unique_ptr<pcre2_match_data, Free> data_;
    std::unique_ptr<pcre2_match_context, Free> context_;
    std::uint64_t budget_;
    std::size_t position_ = 0;  // of the last callout
    bool checked_ = false;      // the text is UTF-8
};

}  // namespace godwit::sync
