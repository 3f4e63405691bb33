// PassRules: what options say, compiled once for a pass. Pure.
#pragma once

#include "engine/sync/flag_rules.h"
#include "engine/sync/key_rule.h"
#include "engine/sync/message_transform.h"

namespace godwit::sync {

struct PassRules {
    KeyRule keys;
    FlagRules flags;
    MessageTransform transform;

    // invalid_argument names the option.
    static Result<PassRules> make(const SyncOptions& options);
};

}  // namespace godwit::sync
