// KeyRule: what options make of the message key. Pure.
//
// useheader: the first rung of the ladder is a digest of all lines of the named fields (ALL: of every field), sorted; a
// message that has none of them is known as by the second rung. skipheader: lines that match are not looked at.
// messageidnodomain: a Message-ID ends at its @. Without any of these it is message_key().
#pragma once

#include <string>
#include <vector>

#include "engine/sync/message_key.h"
#include "engine/sync/perl_regex.h"
#include "engine/sync/request.h"

namespace godwit::sync {

class KeyRule {
public:
    KeyRule() = default;
    // invalid_argument names the option.
    static Result<KeyRule> make(const SyncOptions& options);

    // `header` as for message_key().
    MessageKey key(std::string_view header, KeyRung rung) const;
    // What FETCH must name to get all that a key needs.
    std::string fetch_item() const;

private:
    std::string reduced(std::string_view header) const;
    std::optional<MessageKey> of_named_fields(std::string_view header) const;
    bool is_used(std::string_view name) const;

    std::vector<std::string> use_;   // lower case
    bool use_all_ = false, no_domain_ = false;
    std::vector<Regex> skip_;
};

// The keys that a pass asks for.
struct KeyMaker {
    const KeyRule& rule;
    KeyRung rung;
    MessageKey key(std::string_view header) const { return rule.key(header, rung); }
};

}  // namespace godwit::sync
