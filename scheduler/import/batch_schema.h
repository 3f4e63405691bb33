// JSON Schema (2020-12) of the YAML document of an import, from the tables of columns and options. Pure.
#pragma once

#include <string>

namespace godwit::scheduler {

// schemas/batch.schema.json. A schema cannot say everything: what it accepts may still be wrong (a host that
// is none, the same account twice); and names are those it lists, though the importer takes them in any case
// and with '-' for '_'.
std::string batch_schema();

}  // namespace godwit::scheduler
