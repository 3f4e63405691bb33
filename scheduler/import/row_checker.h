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

// Values are empty where the file has no such column.
using RowText = ByColumn<std::string_view>;
// As the file names its columns, for errors.
using ColumnNames = ByColumn<std::string>;

class RowChecker {
public:
    explicit RowChecker(ImportDefaults defaults);

    // Appends either to `rows` or to `errors`. Remembers good rows: their like is duplicate_in_file later on.
    void check(std::uint64_t row, const RowText& text, const ColumnNames& names,
               std::vector<ImportedRow>& rows, std::vector<RowError>& errors);

private:
    struct Row;
    void check_encoding(Row& row) const;
    void check_options(Row& row) const;
    void check_side(Row& row, sync::Side side) const;
    void check_host(Row& row, sync::Side side, bool keep_port) const;
    void check_tls(Row& row, sync::Side side) const;
    void check_endpoints(Row& row) const;
    void check_accounts(Row& row) const;
    void check_duplicates(Row& row);

    ImportDefaults defaults_;
    HashSet pairs_, external_ids_;
};

}  // namespace godwit::scheduler
