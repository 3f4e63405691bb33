// Selection: which folders a user wants. Pure once made; PCRE2 with a match limit (patterns come from users).
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/sync/request.h"

namespace godwit::sync {

class Selection {
public:
    // invalid_argument names the pattern that does not compile and why.
    static Result<Selection> make(const SyncOptions& options);

    // `display_name` of the source folder. Listed by name (if names are given) or matching an include pattern (if any are
    // given), and matching no exclude pattern.
    bool wants(std::string_view display_name) const;

private:
    struct Pattern;
    std::vector<std::string> names_;
    std::vector<std::shared_ptr<const Pattern>> include_, exclude_;
};

}  // namespace godwit::sync
