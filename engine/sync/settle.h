// Settling: waiting until appends that are in doubt have arrived or will not any more.
//
// Two fresh listings above the watermark must agree, at least max(limits.settle, 4 x the slowest APPEND answer so far)
// apart (the latter no more than 10 minutes). Ends early with ErrorKind::cancelled when the pass drains; ErrorKind::timeout,
// Reach::folder or account, when messages keep arriving for 30 rounds.
#pragma once

#include "engine/sync/pass.h"

namespace godwit::sync {

// Of the destination folder with that raw name, which is selected anew for each look.
Awaitable<Result<void>> settle_folder(Pass& pass, const std::string& folder, std::uint32_t watermark, bool read_only = false);

// Of the whole account, by STATUS of these folders (raw names).
Awaitable<Result<void>> settle_account(Pass& pass, const std::vector<std::string>& folders);

}  // namespace godwit::sync
