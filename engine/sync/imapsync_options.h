// The options of imapsync that Godwit understands: one table for `godwit sync` and for the options column of import
// files, with the help text of each. Pure.
#pragma once

#include <span>
#include <string_view>

#include "engine/base/result.h"
#include "engine/sync/request.h"

namespace godwit::sync {

// What the options of one command line or row describe.
struct OptionTarget {
    AccountSpec source, destination;
    SyncOptions options;
};

struct OptionSpec {
    enum class Value { none, text, number };
    std::string_view name;        // "ssl1"; given as --ssl1. Negations ("nosyncinternaldates") are entries of their own.
    Value value = Value::none;
    std::string_view group;       // heading in the help: "Source", "Destination", "Folders", "Messages", …
    std::string_view help;
    bool allowed_in_rows = false; // reads no file, prints nothing, sets no credential
    Result<void> (*apply)(OptionTarget& target, std::string_view value) = nullptr;
};

std::span<const OptionSpec> imapsync_options();
// Exact name or an unambiguous prefix, as imapsync's Getopt::Long takes them; invalid_argument naming the option otherwise.
Result<const OptionSpec*> find_option(std::string_view name);

// Splits "--automap --exclude \"a b\"" as a shell would split plain words and quotes, without expanding anything.
Result<std::vector<std::string>> split_options(std::string_view text);
// Applies a row's options; invalid_argument names the first option that is unknown or not allowed there.
Result<void> apply_row_options(OptionTarget& target, std::string_view text);

}  // namespace godwit::sync
