// What went wrong and how much of the work it takes down.
//
// Every expected failure in Godwit is an `Error` value inside a `Result<T>`; exceptions are for bugs,
// start-up, and the inside of adapters of throwing libraries.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace godwit {

// How much of the work one error ends. Ordered: a larger value contains the smaller ones.
enum class Reach { message, folder, account, host, node };

// Closed set: these names are the `reason` label of the metrics, the `code` of problems and the key of
// the retry policy. Add here, then in `name_of`, then in scheduler/retry_policy.
enum class ErrorKind {
    // reaching a server
    dns, address_denied, connect_timeout, connection_refused, connection_lost, tls_handshake, tls_verify,
    tls_unavailable, server_bye, timeout,
    // signing in
    auth_failed, auth_expired, auth_unavailable,
    // what a server refuses
    throttled, too_many_connections, over_quota, message_too_big, message_rejected, message_gone,
    message_corrupt, folder_missing, folder_create, folder_select, search_refused, command_refused,
    // what became of messages at the destination
    late_duplicate, accepted_then_removed, removed_at_destination, flags_refused, date_refused, folder_renamed,
    // protocol and safety
    protocol_error, limit_exceeded, byte_limit, uidvalidity_changed, identity_mismatch, source_is_destination,
    // ourselves
    destination_busy, lease_lost, cancelled, database, secret_unreadable, invalid_argument, not_found,
    conflict, disk_full, internal,
};

std::string_view name_of(ErrorKind kind);
std::optional<ErrorKind> error_kind_of(std::string_view name);
std::string_view name_of(Reach reach);

// `cause` is the words of whoever refused (a server's text, errno, SQLSTATE), shortened and without
// control characters; `context` says what Godwit was doing, added once where that is known.
// Neither ever holds a secret.
struct Error {
    ErrorKind kind = ErrorKind::internal;
    Reach reach = Reach::account;
    std::string cause;
    std::string context;

    // "context: cause (kind)"; parts that are empty are left out.
    std::string to_string() const;
};

// Text from a server made safe for logs and JSON: at most `limit` bytes, valid UTF-8, no control characters.
std::string printable(std::string_view text, std::size_t limit = 300);

}  // namespace godwit
