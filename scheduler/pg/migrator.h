// Migrator: brings a database to this binary's schema. Forward only, one transaction a file, under an advisory lock.
#pragma once

#include "engine/base/result.h"
#include "scheduler/pg/executor.h"

namespace godwit::scheduler::pg {

// Applies what is missing of schemas/migrations. Refuses a database that is newer than this binary, and one whose applied
// files differ from ours (SHA-256), with a message that says what to do. Blocking.
Result<int> migrate(const ExecutorOptions& options);   // the schema version afterwards

}  // namespace godwit::scheduler::pg
