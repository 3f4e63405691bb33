// What `godwit sync` ends with: imapsync's classes.
#pragma once

#include "engine/sync/report.h"
#include "tools/godwit/exit_code.h"

namespace godwit::cli {

// 0 only if everything selected is on the destination. A pass that came to its end but for some messages or folders is told by
// the class that most of these belong to; one that gave up before is `incomplete`, if nothing else is known. Of an undo pass: 0
// only if nothing of the copy is left, `incomplete` if some of it had to be (in a dry run: would).
ExitCode exit_code_of(const sync::SyncReport& report);

}  // namespace godwit::cli
