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

    // A message that has to be changed is held whole.
    std::size_t whole_message_bytes(const SyncLimits& limits) const {
        return transform.needed() ? std::size_t{most_transform_bytes} : limits.whole_message_bytes;
    }

    // invalid_argument names the option.
    static Result<PassRules> make(const SyncOptions& options);
};

}  // namespace godwit::sync
