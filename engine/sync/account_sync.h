// account_sync: the engine's entry. Copies what is missing from one account to another, in three stages: discover
// (both sides, all folders), plan (pure), transfer (folder by folder).
#pragma once

#include "engine/net/dialer.h"
#include "engine/sync/ledger.h"
#include "engine/sync/observer.h"
#include "engine/sync/request.h"

namespace godwit::sync {

// Never throws for what servers do: the report carries the error. `context.drain` ends the pass at a message boundary
// (ErrorKind::cancelled), `context.stop` at once. Everything referenced must outlive the call; runs on context.executor.
Awaitable<SyncReport> sync_account(RunContext& context, net::Dialer& dialer, const SyncRequest& request,
                                   Ledger& ledger, SyncObserver& observer);

}  // namespace godwit::sync
