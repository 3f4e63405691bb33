#include "engine/sync/folder_rules.h"

#include <algorithm>

#include "engine/sync/folder_names.h"

namespace godwit::sync {
namespace {

std::unexpected<Error> bad(std::string_view option, std::string_view value, std::string cause) {
    return fail(ErrorKind::invalid_argument, Reach::account, std::move(cause),
                fmt::format("--{} \"{}\"", option, printable(value, 100)));
}

Result<std::vector<FolderRules::Exact>> exact_rules(const std::vector<std::string>& written) {
    std::vector<FolderRules::Exact> rules;
    for (const auto& entry : written) {
        const auto equals = entry.find('=');
        if (equals == std::string::npos || equals == 0 || equals + 1 == entry.size())
            return bad("f1f2", entry, "needs the form SOURCE=DESTINATION");
        rules.push_back({entry.substr(0, equals), raw_name_of(std::string_view(entry).substr(equals + 1))});
    }
    return rules;
}

Result<std::vector<FolderRules::Rename>> renames(const std::vector<std::string>& written) {
    std::vector<FolderRules::Rename> rules;
    for (const auto& expression : written) {
        auto substitution = Substitution::parse(expression);
        if (!substitution) return bad("regextrans2", expression, std::move(substitution.error().cause));
        rules.push_back({expression, std::move(*substitution)});
    }
    return rules;
}

Result<std::optional<char>> separator(std::string_view option, const std::optional<std::string>& written) {
    if (!written) return std::nullopt;
    if (written->size() != 1 || !can_delimit(written->front()))
        return bad(option, *written, "needs one character that names are not made of, such as / or .");
    return written->front();
}

bool has_controls(std::string_view text) {
    return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

std::optional<std::string> raw_prefix(const std::optional<std::string>& written) {
    return written ? std::optional(raw_name_of(*written)) : std::nullopt;
}

}  // namespace

Result<FolderRules> FolderRules::make(const SyncOptions& options) {
    GODWIT_TRY(selection, Selection::make(options));
    GODWIT_TRY(f1f2, exact_rules(options.f1f2));
    GODWIT_TRY(regextrans2, renames(options.regextrans2));
    GODWIT_TRY(sep1, separator("sep1", options.sep1));
    GODWIT_TRY(sep2, separator("sep2", options.sep2));
    if (has_controls(options.subfolder2))
        return bad("subfolder2", options.subfolder2, "control characters do not belong in the name of a folder");
    return FolderRules{
        .selection = std::move(selection),
        .f1f2 = std::move(f1f2),
        .regextrans2 = std::move(regextrans2),
        .subfolder1 = options.subfolder1,
        .subfolder2 = raw_name_of(options.subfolder2),
        .prefix1 = raw_prefix(options.prefix1),
        .prefix2 = raw_prefix(options.prefix2),
        .sep1 = sep1,
        .sep2 = sep2,
        .automap = options.automap && options.subfolder2.empty(),
        .fixslash2 = options.fixslash2,
        .mixfolders = options.mixfolders,
    };
}

FolderTree FolderRules::overridden(FolderTree tree, Side side) const {
    const auto& prefix = side == Side::source ? prefix1 : prefix2;
    const auto& delimiter = side == Side::source ? sep1 : sep2;
    if (prefix) tree.prefix = *prefix;
    if (delimiter) tree.delimiter = delimiter;
    return tree;
}

}  // namespace godwit::sync
