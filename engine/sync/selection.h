// Which folders of the source are copied, and in which order. Pure once made.
//
// folder, folderrec, subscribed and include add up; without any of them every folder is taken. exclude then removes,
// whatever chose a folder. Names are meant in full, decoded or raw; patterns match the decoded or the raw name, so that
// those written for imapsync (modified UTF-7) work as well.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "engine/base/result.h"
#include "engine/sync/folder_tree.h"
#include "engine/sync/perl_regex.h"
#include "engine/sync/request.h"

namespace godwit::sync {

// The folders of a tree by the names that users give them. The tree must outlive it.
class NameIndex {
public:
    explicit NameIndex(const FolderTree& tree);
    // By its decoded name, else by its raw one; INBOX in any case.
    const imap::ListedFolder* find(std::string_view written) const;
    // Raw names, whether the parent is listed or not.
    bool has_children(std::string_view parent) const;

private:
    std::optional<char> delimiter_;
    std::vector<std::string> sorted_;  // raw, INBOX in upper case
    std::unordered_map<std::string, const imap::ListedFolder*> by_text_, by_raw_;
};

struct UnmappedFolder {
    std::string source, source_display;  // raw, for people
    std::string reason;                  // "not selected"
};

// An option names a folder that the source does not have.
struct UnknownName {
    std::string option, name;
};

struct Chosen {
    std::vector<const imap::ListedFolder*> folders;  // each once, INBOX first, then by raw name: parents before children
    std::vector<UnmappedFolder> left_out;
    std::vector<UnknownName> unknown;
};

class Selection {
public:
    // invalid_argument names the pattern that does not compile and why.
    static Result<Selection> make(const SyncOptions& options);

    // Other users' folders only where they are named; so are levels that hold no mail (\Noselect), which come into being with
    // what is below them. The pointers are into `source`.
    Chosen choose(const FolderTree& source, const NameIndex& index) const;

    // Ascending in the wanted order: folderfirst in the order given, then the others, then folderlast.
    using Place = std::pair<int, std::size_t>;
    using Places = std::unordered_map<const imap::ListedFolder*, Place>;  // those without one stand at Place{}
    Places places(const NameIndex& index) const;

private:
    struct Pattern {
        std::string written;
        Regex regex;
        bool matches(std::string_view raw) const;
    };
    struct Named;

    static Result<std::vector<Pattern>> compile(std::string_view option, const std::vector<std::string>& patterns);
    Named named(const FolderTree& source, const NameIndex& index, std::vector<UnknownName>& unknown) const;
    bool wants(const imap::ListedFolder& folder, bool is_named) const;
    std::string reason_against(const FolderTree& source, const NameIndex& index, const imap::ListedFolder& folder,
                               const Named& named) const;

    std::vector<std::string> folder_, folderrec_, folderfirst_, folderlast_;
    bool subscribed_ = false;
    std::vector<Pattern> include_, exclude_;
};

}  // namespace godwit::sync
