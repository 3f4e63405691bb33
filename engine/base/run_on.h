// run_on: awaits a task that runs on another executor.
//
// The caller waits for the task's end, so that it may refer to the caller's locals; nothing outlives the
// wait. The other executor must be running. Cancelling the caller reaches the task on the task's own
// executor.
#pragma once

#include "engine/base/run_context.h"

namespace godwit {

Awaitable<void> run_on(asio::any_io_executor other, Awaitable<void> task);

}  // namespace godwit
