// What the options say about folders, checked and compiled before anything is listed. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/sync/folder_tree.h"
#include "engine/sync/perl_regex.h"
#include "engine/sync/request.h"
#include "engine/sync/selection.h"

namespace godwit::sync {

struct FolderRules {
    struct Exact {
        std::string source;       // as written
        std::string destination;  // raw
    };
    struct Rename {
        std::string written;
        Substitution substitution;
    };

    Selection selection;
    std::vector<Exact> f1f2;  // of two for one folder the later one counts
    std::vector<Rename> regextrans2;
    std::string subfolder1;                       // as written; empty: off
    std::string subfolder2;                       // raw; empty: off
    std::optional<std::string> prefix1, prefix2;  // raw
    std::optional<char> sep1, sep2;
    bool automap = false;  // never together with subfolder2
    bool fixslash2 = true;
    std::optional<bool> mixfolders;

    // invalid_argument names the option and its value.
    static Result<FolderRules> make(const SyncOptions& options);

    // The tree with the prefix and the delimiter that the options give instead of the server's.
    FolderTree overridden(FolderTree tree, Side side) const;
};

}  // namespace godwit::sync
