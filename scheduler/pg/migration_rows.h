// Rows about migrations as values, for the store's own sources.
#pragma once

#include <pqxx/pqxx>

#include "scheduler/migration.h"

namespace godwit::scheduler::pg {

MigrationView migration_of(const pqxx::row& row);
// not_found when there is none.
MigrationView load_migration(pqxx::work& transaction, const std::string& tenant, const std::string& id);

// Of list_passes and reported_pass; the generation is the first field.
PassView pass_of(const pqxx::row& row, const MigrationId& migration);

// invalid_argument when it is no number of ours.
std::uint64_t number_cursor(const std::string& cursor, std::uint64_t at_start);

std::string parameters_json(const PassParameters& parameters);
PassParameters parameters_from_json(const std::string& text);

// {"missing": 3}: only kinds that there were.
std::string findings_json(const sync::FindingCounts& counts);
sync::FindingCounts findings_from_json(const std::string& text);

}  // namespace godwit::scheduler::pg
