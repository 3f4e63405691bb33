#include "engine/sync/pass_rules.h"

namespace godwit::sync {

Result<PassRules> PassRules::make(const SyncOptions& options) {
    PassRules rules;
    GODWIT_TRY(keys, KeyRule::make(options));
    GODWIT_TRY(flags, FlagRules::make(options));
    GODWIT_TRY(transform, MessageTransform::make(options));
    rules.keys = std::move(keys);
    rules.flags = std::move(flags);
    rules.transform = std::move(transform);
    return rules;
}

}  // namespace godwit::sync
