// Folder reports as rows of the database.
#pragma once

#include "scheduler/pg/sql.h"
#include "scheduler/store.h"

namespace godwit::scheduler::pg {

// The rows as one JSON array, keyed by column; at most Store::folders_kept, texts shortened.
std::string folder_rows_json(const std::vector<sync::FolderReport>& folders);

// From a row of list_folder_reports.
FolderView folder_of(const pqxx::row& row, const MigrationId& migration);

}  // namespace godwit::scheduler::pg
