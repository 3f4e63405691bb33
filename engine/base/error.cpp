#include "engine/base/error.h"

#include <algorithm>
#include <array>
#include <utility>

namespace godwit {
namespace {

using enum ErrorKind;
constexpr auto kind_names = std::to_array<std::pair<ErrorKind, std::string_view>>({
    {dns, "dns"},
    {address_denied, "address_denied"},
    {connect_timeout, "connect_timeout"},
    {connection_refused, "connection_refused"},
    {connection_lost, "connection_lost"},
    {tls_handshake, "tls_handshake"},
    {tls_verify, "tls_verify"},
    {tls_unavailable, "tls_unavailable"},
    {server_bye, "server_bye"},
    {timeout, "timeout"},
    {auth_failed, "auth_failed"},
    {auth_expired, "auth_expired"},
    {auth_unavailable, "auth_unavailable"},
    {throttled, "throttled"},
    {too_many_connections, "too_many_connections"},
    {over_quota, "over_quota"},
    {message_too_big, "message_too_big"},
    {message_rejected, "message_rejected"},
    {message_gone, "message_gone"},
    {message_corrupt, "message_corrupt"},
    {late_duplicate, "late_duplicate"},
    {accepted_then_removed, "accepted_then_removed"},
    {removed_at_destination, "removed_at_destination"},
    {flags_refused, "flags_refused"},
    {date_refused, "date_refused"},
    {folder_renamed, "folder_renamed"},
    {folder_missing, "folder_missing"},
    {folder_create, "folder_create"},
    {folder_select, "folder_select"},
    {search_refused, "search_refused"},
    {command_refused, "command_refused"},
    {protocol_error, "protocol_error"},
    {limit_exceeded, "limit_exceeded"},
    {byte_limit, "byte_limit"},
    {uidvalidity_changed, "uidvalidity_changed"},
    {identity_mismatch, "identity_mismatch"},
    {source_is_destination, "source_is_destination"},
    {destination_busy, "destination_busy"},
    {lease_lost, "lease_lost"},
    {cancelled, "cancelled"},
    {database, "database"},
    {secret_unreadable, "secret_unreadable"},
    {invalid_argument, "invalid_argument"},
    {not_found, "not_found"},
    {conflict, "conflict"},
    {disk_full, "disk_full"},
    {internal, "internal"},
});

}  // namespace

std::string_view name_of(ErrorKind kind) {
    for (const auto& [value, name] : kind_names)
        if (value == kind) return name;
    return "internal";
}

std::optional<ErrorKind> error_kind_of(std::string_view name) {
    for (const auto& [value, known] : kind_names)
        if (known == name) return value;
    return std::nullopt;
}

std::string_view name_of(Reach reach) {
    switch (reach) {
        case Reach::message: return "message";
        case Reach::folder: return "folder";
        case Reach::account: return "account";
        case Reach::host: return "host";
        case Reach::node: return "node";
    }
    return "account";
}

std::string Error::to_string() const {
    std::string text = context;
    if (!cause.empty()) {
        if (!text.empty()) text += ": ";
        text += cause;
    }
    text += text.empty() ? "" : " ";
    text += '(';
    text += name_of(kind);
    text += ')';
    return text;
}

namespace {

// Length of the valid UTF-8 sequence at the start of `text`, or 0.
std::size_t utf8_length(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char lead = byte(0);
    const std::size_t length = lead < 0x80 ? 1 : lead >= 0xf0 && lead < 0xf5 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead >= 0x80 && (lead < 0xc2 || lead > 0xf4)) return 0;
    if (text.size() < length) return 0;
    for (std::size_t i = 1; i < length; ++i)
        if ((byte(i) & 0xc0) != 0x80) return 0;
    if (lead == 0xe0 && byte(1) < 0xa0) return 0;
    if (lead == 0xed && byte(1) > 0x9f) return 0;
    if (lead == 0xf0 && byte(1) < 0x90) return 0;
    if (lead == 0xf4 && byte(1) > 0x8f) return 0;
    return length;
}

}  // namespace

std::string printable(std::string_view text, std::size_t limit) {
    std::string out;
    while (!text.empty() && out.size() < limit) {
        const std::size_t length = utf8_length(text);
        const bool c1 = length == 2 && text[0] == '\xc2' && static_cast<unsigned char>(text[1]) < 0xa0;
        const bool control = static_cast<unsigned char>(text[0]) < 0x20 || text[0] == 0x7f || c1;
        if (length == 0 || control) {
            out += control ? " " : "?";
            text.remove_prefix(std::max<std::size_t>(length, 1));
            continue;
        }
        if (out.size() + length > limit) break;
        out += text.substr(0, length);
        text.remove_prefix(length);
    }
    while (!out.empty() && out.back() == ' ') out.pop_back();
    return out;
}

}  // namespace godwit
