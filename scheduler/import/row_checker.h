// RowChecker: from the values of one row to a migration, or to everything that is wrong with the row. The
// rules that all forms of files share.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/sync/option_table.h"
#include "scheduler/import/columns.h"
#include "scheduler/import/hash_set.h"
#include "scheduler/import/importer.h"

namespace godwit::scheduler {

// An option that stands by itself, outside the options column.
struct OptionCell {
    const sync::OptionSpec* option;
    std::string_view value;
    std::string name;  // as the file has it, for errors
};
struct RowText {
    ByColumn<std::string_view> values;  // empty where the file has no such column
    std::vector<OptionCell> options;    // in the order of the file; those that are empty are left out
};
// As the file names its columns, for errors.
using ColumnNames = ByColumn<std::string>;

// "implicit", "starttls", "none", and words that people know from mail programs.
std::optional<net::TlsMode> tls_mode_in(std::string_view text);

// What is wrong with an option, and which it is: "--maxsize needs …", "exclude "(": missing …".
std::string sentence_of(const Error& error);

class RowChecker {
public:
    explicit RowChecker(const ImportDefaults& defaults);

    // What is said of an option counts in this order, the last one most (a list adds to what was said
    // before): the defaults, the options column, the option's own columns. Appends either to `rows` or to
    // `errors`. Remembers good rows: their like is duplicate_in_file later on.
    void check(std::uint64_t row, const RowText& text, const ColumnNames& names,
               std::vector<ImportedRow>& rows, std::vector<RowError>& errors);

private:
    struct Row;
    void check_encoding(Row& row) const;
    void check_options(Row& row) const;
    void check_cells(Row& row) const;
    void check_side(Row& row, sync::Side side) const;
    void check_host(Row& row, sync::Side side, bool keep_port) const;
    void check_tls(Row& row, sync::Side side) const;
    void check_endpoints(Row& row) const;
    void check_accounts(Row& row) const;
    void check_duplicates(Row& row);

    // Of port and TLS, since the columns of a row, too, have their say before a default counts.
    struct SideDefaults {
        std::string host;
        std::uint16_t port = 0;
        sync::OptionTarget::TlsWish wish;
    };
    static SideDefaults side_defaults(sync::AccountSpec& spec, sync::OptionTarget::TlsWish& wish,
                                      const std::string& host, std::uint16_t port,
                                      std::optional<net::TlsMode> tls);
    const SideDefaults& defaults(sync::Side side) const {
        return side == sync::Side::source ? source_ : destination_;
    }

    sync::OptionTarget beginning_;  // of every row
    SideDefaults source_, destination_;
    HashSet pairs_, external_ids_;
};

}  // namespace godwit::scheduler
