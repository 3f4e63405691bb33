// The whole program but for its streams and environment, so that tests can run it.
#pragma once

#include "tools/godwit/console.h"
#include "tools/godwit/exit_code.h"
#include "tools/godwit/settings.h"

namespace godwit::cli {

// `arguments` as main gets them; passwords in them are overwritten.
ExitCode run_program(const Console& console, int count, char** arguments, const Environment& environment);

}  // namespace godwit::cli
