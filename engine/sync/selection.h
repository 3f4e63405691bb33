// Selection: which folders a user wants. Pure once made.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/sync/perl_regex.h"
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
    std::vector<std::string> names_;
    std::vector<Regex> include_, exclude_;
};

}  // namespace godwit::sync
