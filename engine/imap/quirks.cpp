#include "engine/imap/quirks.h"

#include <algorithm>
#include <array>

#include "engine/base/text.h"

namespace godwit::imap {
namespace {

using enum ErrorKind;

Reach reach_of(ErrorKind kind) {
    switch (kind) {
        case throttled:
        case too_many_connections:
        case server_bye: return Reach::host;
        case message_too_big:
        case message_rejected:
        case message_gone: return Reach::message;
        case folder_missing:
        case folder_create:
        case folder_select:
        case search_refused: return Reach::folder;
        default: return Reach::account;
    }
}

struct CodeRule {
    std::string_view code;
    ErrorKind kind;
};
constexpr auto codes = std::to_array<CodeRule>({
    {"AUTHENTICATIONFAILED", auth_failed},
    {"AUTHORIZATIONFAILED", auth_failed},
    {"EXPIRED", auth_expired},
    {"PRIVACYREQUIRED", auth_unavailable},
    {"OVERQUOTA", over_quota},
    {"TOOBIG", message_too_big},
    {"TRYCREATE", folder_missing},
    {"NONEXISTENT", folder_missing},
    {"EXPUNGEISSUED", message_gone},
    {"THROTTLED", throttled},
    {"UNAVAILABLE", throttled},
    {"INUSE", throttled},
});

struct TextRule {
    std::string_view words;  // lower case
    ErrorKind kind;
};
// Texts of servers that send no code for it; see the notes on each in tests/engine/imap/quirks_test.cpp.
constexpr auto texts = std::to_array<TextRule>({
    {"too many open connections", too_many_connections},           // Cyrus
    {"maximum number of connections", too_many_connections},       // Dovecot, with [LIMIT]
    {"too many simultaneous connections", too_many_connections},   // Gmail
    {"too many connections", too_many_connections},
    {"account exceeded command or bandwidth limits", throttled},   // Gmail
    {"suggested backoff time", throttled},                         // Exchange Online
    {"request is throttled", throttled},
    {"rate limit", throttled},
    {"try again later", throttled},
    {"server busy", throttled},
    {"over quota", over_quota},                                    // Cyrus
    {"exceeded your mail quota", over_quota},                      // Courier
    {"quota exceeded", over_quota},
    {"mail size is larger than the maximum", message_too_big},     // Dovecot, with [LIMIT]
    {"message size exceeds", message_too_big},                     // Cyrus
    {"message too large", message_too_big},
});

ErrorKind default_kind(const StatusResponse& answer, std::string_view command) {
    if (command == "LOGIN" || command == "AUTHENTICATE") return auth_failed;
    if (command == "APPEND") return message_rejected;
    if (command == "SELECT" || command == "EXAMINE") return folder_select;
    if (command == "CREATE") return folder_create;
    if (command == "UID SEARCH") return search_refused;
    return answer.status == Status::bad ? protocol_error : command_refused;
}

std::optional<ErrorKind> known_text(std::string_view text) {
    const std::string words = lower_case(text);
    for (const auto& rule : texts)
        if (words.find(rule.words) != std::string::npos) return rule.kind;
    return std::nullopt;
}

}  // namespace

Error classify(const StatusResponse& answer, std::string_view command) {
    ErrorKind kind = default_kind(answer, command);
    bool by_code = false;
    if (answer.code)
        for (const auto& rule : codes)
            if (rule.code == answer.code->name) {
                kind = rule.kind;
                by_code = true;
            }
    if (!by_code)
        if (const auto known = known_text(answer.text)) kind = *known;
    std::string cause = answer.status == Status::bad ? "BAD " : answer.status == Status::no ? "NO " : "";
    if (answer.code) cause += "[" + answer.code->name + "] ";
    return {kind, reach_of(kind), printable(cause + answer.text), std::string(command)};
}

Error classify_bye(std::string_view text) {
    const ErrorKind kind = known_text(text).value_or(server_bye);
    return {kind, Reach::host, printable("BYE " + std::string(text)), {}};
}

bool is_stand_in(std::string_view octets) {
    return octets.size() < 2000 && octets.find("Subject: message unavailable") != std::string_view::npos &&
           octets.find("This message is no longer available on the server.") != std::string_view::npos;
}

std::vector<std::string> split_words(std::string_view text) {
    std::vector<std::string> words;
    while (!text.empty()) {
        const auto end = std::min(text.find(' '), text.size());
        if (end > 0) {
            std::string word(text.substr(0, end));
            std::ranges::transform(word, word.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
            words.push_back(std::move(word));
        }
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return words;
}

}  // namespace godwit::imap
