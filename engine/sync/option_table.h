// The options of a sync: one table of names, types, defaults and help texts. The flags of `godwit sync`, the columns of
// import files, the options column of imapsync's lists, JSON (stored and in YAML batches), the JSON Schema and the reference
// page all come from it. Names and meanings are imapsync's where imapsync has the option. Pure.
//
// What imapsync has and Godwit has not is refused by name, since leaving it out would change what is copied; what only tunes
// imapsync's own workings (--nolog, --buffersize, …) is accepted and does nothing (imapsync_names.h).
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "engine/base/result.h"
#include "engine/sync/request.h"

namespace godwit::sync {

// What the options of one command line or row describe. `endpoint.port` is 0 and the wishes are empty until an option says
// something; settle_options() then decides.
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

enum class ValueKind {
    none,     // takes no value
    flag,     // the same, and --noNAME takes it back
    choice,   // --NAME, --NAME=WORD or --noNAME
    number,
    bytes,    // a number, also 35M: k, M and G stand for powers of 1024
    days,     // a number with a fraction
    rate,     // likewise, a second
    percent,  // likewise, up to 100
    text,
    list,     // may be given again
};

using OptionField =
    std::variant<std::monostate, bool SyncOptions::*, std::optional<bool> SyncOptions::*, std::uint64_t SyncOptions::*,
                 double SyncOptions::*, std::optional<double> SyncOptions::*, std::string SyncOptions::*,
                 std::optional<std::string> SyncOptions::*, std::vector<std::string> SyncOptions::*,
                 ResyncFlags SyncOptions::*>;

struct OptionSpec {
    std::string_view name;   // "ssl1"; given as --ssl1
    ValueKind kind = ValueKind::none;
    std::string_view value;  // what the value is, in the help: "REGEX"
    std::string_view group;  // heading in the help
    std::string_view help;
    bool allowed_in_rows = false;                // reads no file, prints nothing, sets no credential
    OptionField field;                           // where the value goes; monostate: `apply` knows
    Result<void> (*apply)(OptionTarget& target, std::string_view value, bool negated) = nullptr;
    std::array<std::string_view, 2> aliases{};   // imapsync's other spellings
};

// In the order of the help. Options that do nothing are left out; find_option knows them.
std::span<const OptionSpec> option_table();

struct GivenOption {
    const OptionSpec* spec;
    bool negated = false;
};
// Exact name or an unambiguous prefix, in any case and without the leading dashes, as imapsync's Getopt::Long takes them
// ("no-x" is "nox"); invalid_argument naming the option otherwise.
Result<GivenOption> find_option(std::string_view name);
// The option that a column of a table or a name in YAML stands for: its whole name or another spelling of it, in any case,
// whatever '-' and '_' are in it. Null unless rows may have it; options without effect are none.
const OptionSpec* find_row_option(std::string_view name);
// Whether the next word is its value, where none stands behind "=".
bool takes_value(const OptionSpec& option);

// invalid_argument names the option, never the value of a password. passfile1 and passfile2 are the caller's business.
Result<void> apply_option(OptionTarget& target, GivenOption option, std::string_view value);
// The same from the cell of a table or a scalar of YAML: flags are yes/no, true/false, on/off, 1/0.
Result<void> apply_cell(OptionTarget& target, const OptionSpec& option, std::string_view value);

// Call after the last option. Port and TLS mode of both sides: implicit TLS on 993 when nothing is said, STARTTLS on port
// 143, clear text only for --nossl1 --notls1 together; the port follows the mode when none is given. Nothing falls back
// later. Expressions are compiled. invalid_argument when the wishes of a side contradict each other, or names the option
// whose expression is wrong.
Result<void> settle_options(OptionTarget& target);
// The expressions and rules alone.
Result<void> check_options(const SyncOptions& options);

// Splits "--automap --exclude \"a b\"" as a shell would split plain words and quotes, without expanding anything.
Result<std::vector<std::string>> split_options(std::string_view text);
// Applies a row's options; invalid_argument names the first option that is unknown or not allowed there.
Result<void> apply_row_options(OptionTarget& target, std::string_view text);

}  // namespace godwit::sync
