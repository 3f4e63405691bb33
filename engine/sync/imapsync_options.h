// The options of imapsync that Godwit understands: one table for `godwit sync` and for the options column of
// import files, with the help text of each. Pure.
//
// What imapsync has and Godwit has not is refused by name, since leaving it out would change what is copied;
// what only tunes imapsync's own workings (--nolog, --buffersize, …) is accepted and does nothing.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/sync/request.h"

namespace godwit::sync {

// What the options of one command line or row describe. `endpoint.port` is 0 and the wishes are empty until
// an option says something; settle_endpoints() then decides.
struct OptionTarget {
    struct TlsWish {
        std::optional<bool> ssl, tls;  // --ssl1/--nossl1 (implicit TLS), --tls1/--notls1 (STARTTLS)
    };

    OptionTarget();
    AccountSpec source, destination;
    TlsWish source_tls, destination_tls;
    SyncOptions options;
    SyncLimits limits;
};

struct OptionSpec {
    enum class Value { none, text, number };
    std::string_view
        name;  // "ssl1"; given as --ssl1. Negations ("nosyncinternaldates") are entries of their own.
    Value value = Value::none;
    std::string_view group;  // heading in the help: "Source", "Destination", "Folders", "Messages", "Run"
    std::string_view help;
    bool allowed_in_rows = false;  // reads no file, prints nothing, sets no credential
    // Null for passfile1 and passfile2: reading files is the caller's business. Call it through apply_option.
    Result<void> (*apply)(OptionTarget& target, std::string_view value) = nullptr;
};

// In the order of the help. Options that do nothing are left out; find_option knows them.
std::span<const OptionSpec> imapsync_options();
// Exact name or an unambiguous prefix, in any case and without the leading dashes, as imapsync's Getopt::Long
// takes them
// ("no-x" is "nox"); invalid_argument naming the option otherwise.
Result<const OptionSpec*> find_option(std::string_view name);
// invalid_argument names the option, never the value of a password.
Result<void> apply_option(OptionTarget& target, const OptionSpec& option, std::string_view value);

// Call after the last option. Port and TLS mode of both sides: implicit TLS on 993 when nothing is said,
// STARTTLS on port 143, clear text only for --nossl1 --notls1 together; the port follows the mode when none
// is given. Nothing falls back later. invalid_argument when the wishes of a side contradict each other.
Result<void> settle_endpoints(OptionTarget& target);

// Splits "--automap --exclude \"a b\"" as a shell would split plain words and quotes, without expanding
// anything.
Result<std::vector<std::string>> split_options(std::string_view text);
// Applies a row's options; invalid_argument names the first option that is unknown or not allowed there.
Result<void> apply_row_options(OptionTarget& target, std::string_view text);

}  // namespace godwit::sync
