// SyncRequest: everything one pass over one pair of accounts needs to know, as values.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/secret.h"
#include "engine/net/dialer.h"

namespace godwit::sync {

enum class Side { source, destination };
inline std::string_view name_of(Side side) { return side == Side::source ? "source" : "destination"; }

// One login on one host. With `auth_user` set the password is that user's and `user` is the authorization identity
// (RFC 4616): an admin signs in for a user.
struct AccountSpec {
    net::Endpoint endpoint;
    std::string user;
    Secret<std::string> password;
    std::string auth_user;
};

// The kind of pass; the words of the queue, the API and the metrics.
enum class PassKind { preflight, sync, final, verify, undo };
std::string_view name_of(PassKind kind);
std::optional<PassKind> pass_kind_of(std::string_view name);

// What a user chooses. Every default is imapsync's where imapsync has the option.
struct SyncOptions {
    std::vector<std::string> folders;          // display names; empty: all (--folder)
    std::vector<std::string> include, exclude; // PCRE on display names of the source
    bool subscribe = true;                     // subscribe what is subscribed at the source
    bool sync_flags = true;                    // set flags of messages already there to the source's
    bool sync_internal_dates = true;
    bool dry_run = false;                      // log in, list, plan; change nothing
    std::uint64_t max_message_bytes = 0;       // 0: no limit of ours
    bool restore_removed = false;              // copy again what was removed at the destination since it was copied
    bool allow_mismatch = false;               // go on where much of the destination's mail matches nothing of the source's

    friend bool operator==(const SyncOptions&, const SyncOptions&) = default;
};

// Limits of the run itself, set by the node.
struct SyncLimits {
    std::chrono::milliseconds connect_timeout{30'000};
    std::chrono::milliseconds command_timeout{300'000};  // without a sign of life of the server (imap/patience.h)
    std::size_t whole_message_bytes = 256u << 10;   // larger messages are streamed alone
    std::size_t buffer_bytes = 1u << 20;        // of message bytes held by this pass
    std::size_t batch_messages = 100;           // in one APPEND where the destination has MULTIAPPEND
    std::chrono::milliseconds settle{2000};     // at least, between the two listings that settle an append in doubt
};

struct SyncRequest {
    std::string migration_id;                   // for logs and reports
    PassKind kind = PassKind::sync;
    AccountSpec source, destination;
    SyncOptions options;
    SyncLimits limits;
    bool settle_first = false;   // an earlier run ended without a word: appends of it may still arrive
};

}  // namespace godwit::sync
