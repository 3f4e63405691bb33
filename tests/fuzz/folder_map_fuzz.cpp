// Two folder trees and the options for them: no folder is lost, none meet unasked, and the outcome is the same every time.
#include <cstdint>

#include "tests/fuzz/fuzz_input.h"
#include "tests/support/folder_map_checks.h"

namespace {

using namespace godwit;
using namespace godwit::sync;
using fuzz::Input;
using fuzz::require;

std::vector<std::string> texts(Input& input, std::size_t most) {
    std::vector<std::string> out;
    for (auto count = input.byte() % (most + 1); count > 0 && !input.empty(); --count) out.emplace_back(input.text());
    return out;
}

// Each bit of `said` is one attribute.
std::vector<std::string> attributes(std::uint8_t said) {
    static constexpr std::string_view known[] = {"\\Noselect", "\\NonExistent", "\\Sent", "\\Trash",
                                                 "\\Drafts",   "\\Junk",        "\\All",  "\\Archive"};
    std::vector<std::string> out;
    for (std::size_t bit = 0; bit < std::size(known); ++bit)
        if ((said >> bit & 1) != 0) out.emplace_back(known[bit]);
    return out;
}

FolderTree tree(Input& input) {
    const auto delimiter = static_cast<char>(input.byte());
    std::vector<imap::ListedFolder> folders;
    for (auto count = input.byte() % 24; count > 0; --count) {
        const auto said = input.byte();
        // Most folders are plain ones.
        auto list = said < 128 ? std::vector<std::string>() : attributes(input.byte());
        folders.push_back({{std::move(list), delimiter, std::string(input.text()), false}, (said & 1) != 0});
    }
    imap::NamespaceData spaces;
    if ((input.byte() & 1) != 0) spaces.personal.push_back({std::string(input.text()), delimiter});
    for (auto& prefix : texts(input, 2)) spaces.shared.push_back({std::move(prefix), delimiter});
    auto made = make_tree(std::move(folders), spaces);
    made.case_blind = (input.byte() & 1) != 0;
    return made;
}

std::optional<std::string> perhaps(Input& input) {
    return (input.byte() & 1) != 0 ? std::optional(std::string(input.text())) : std::nullopt;
}

SyncOptions options(Input& input) {
    SyncOptions options;
    const auto flags = input.byte();
    options.subscribed = (flags & 1) != 0;
    options.automap = (flags & 2) != 0;
    options.fixslash2 = (flags & 4) == 0;
    if ((flags & 8) != 0) options.mixfolders = (flags & 16) != 0;
    for (auto* list : {&options.folder, &options.folderrec, &options.include, &options.exclude, &options.folderfirst,
                       &options.folderlast, &options.f1f2, &options.regextrans2})
        *list = texts(input, 2);
    options.subfolder1 = input.text();
    options.subfolder2 = input.text();
    for (auto* value : {&options.prefix1, &options.prefix2, &options.sep1, &options.sep2}) *value = perhaps(input);
    return options;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Input input(data, size);
    const auto source = tree(input), given = tree(input);
    auto rules = FolderRules::make(options(input));
    if (!rules) {
        require(!rules.error().cause.empty() && !rules.error().context.empty());
        rules = FolderRules::make({});
    }
    const auto destination = rules->overridden(given, Side::destination);
    const auto map = map_folders(source, destination, *rules);
    if (!map) {
        require(map.error().kind == ErrorKind::folder_missing);
        return 0;
    }
    require(fault_of(*map, source, destination).empty());
    require(fault_of_renames(*map, source, destination).empty());
    require(same(*map, *map_folders(source, destination, *rules)));
    return 0;
}
