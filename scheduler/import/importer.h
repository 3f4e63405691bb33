// Importer: a file of account pairs, fed in pieces, to migration specs and row errors. Pure; memory does not
// grow with the file (of YAML, up to a limit): finished rows are handed out between feeds.
//
// Forms: native (RFC 4180 with a header row, separated by commas, semicolons or tabs; the columns are in
// columns.h, and every option that rows may have can be a column, too) and imapsync's list
// (host1;user1;password1;host2;user2;password2;options;), which are read as they come, and a YAML document
// (yaml.h), which is held until its end; all UTF-8, with or without a byte order mark. A host column may hold
// host:port. Passwords come out as Secret and are sealed by the caller. What comes out does not depend on
// where the bytes were cut.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/sync/option_table.h"

namespace godwit::scheduler {

enum class ImportFormat { native, imapsync, yaml };
std::optional<ImportFormat> import_format_of(std::string_view name);

// A row that was wrong. `row` is the line in the file where the row starts (1-based); `column` as the file
// names it ("options.exclude", "defaults.source_port" in YAML). A row has one error for each column that is
// wrong. Codes: missing_column, unknown_column (also: stands twice), column_count, bad_quoting, bad_yaml,
// bad_value (a map or list where none may be), unknown_option, bad_option, bad_host, bad_port, bad_tls,
// empty, too_long, bad_encoding (not UTF-8, or control characters), duplicate_in_file,
// same_source_and_destination.
struct RowError {
    std::uint64_t row = 0;
    std::string column;
    std::string code;
    std::string detail;  // one sentence that says what to change; never the value of a password
};

// A good row.
struct ImportedRow {
    std::uint64_t row = 0;
    std::string external_id;
    sync::AccountSpec source, destination;  // connect_to and ca_file are never set from rows
    sync::SyncOptions options;
};

// What rows leave out.
struct ImportDefaults {
    std::string source_host, destination_host;
    // 0: by TLS mode (993 implicit, 143 otherwise). Not for rows that name a TLS mode of their own.
    std::uint16_t source_port = 0, destination_port = 0;
    std::optional<net::TlsMode> source_tls, destination_tls;  // implicit unless the port is 143
    sync::OptionTarget options;  // what default_options() read; accounts are not looked at
};

// Options for all rows, as they would stand in an options column. invalid_argument; the cause
// names the option.
Result<sync::OptionTarget> default_options(std::string_view text);

struct ImportLimits {
    std::size_t row_bytes = 64u << 10;
    std::size_t field_bytes = 8u << 10;
    std::uint64_t rows = 10'000'000;
    std::size_t yaml_bytes = 16u << 20;
};

class Importer {
public:
    virtual ~Importer() = default;
    // Never fails as a whole, except: a header without the columns that must be there, or with one that is
    // not known, or what is not YAML (invalid_argument; the error is also a RowError), or too many rows
    // (limit_exceeded). After an error feed nothing more. end() takes a last row without a line break; call
    // it again while there is more, and take what is finished before.
    virtual Result<void> feed(std::string_view bytes) = 0;
    virtual Result<void> end() = 0;
    virtual bool has_more() const { return false; }
    // Hands over what is finished so far, and forgets it.
    std::vector<ImportedRow> take_rows() { return std::exchange(rows_, {}); }
    std::vector<RowError> take_errors() { return std::exchange(errors_, {}); }
    std::uint64_t rows_seen() const { return rows_seen_; }

protected:
    std::vector<ImportedRow> rows_;
    std::vector<RowError> errors_;
    std::uint64_t rows_seen_ = 0;  // data rows, good or bad
};

std::unique_ptr<Importer> make_importer(ImportFormat format, ImportDefaults defaults = {},
                                        ImportLimits limits = {});

}  // namespace godwit::scheduler
