// Signing in, selecting, and what belongs to no folder.
#include <openssl/evp.h>

#include "engine/base/text.h"
#include "tools/fakeimap/connection.h"

namespace godwit::fakeimap {
namespace {

constexpr std::string_view system_flags = "\\Answered \\Flagged \\Deleted \\Seen \\Draft";

std::string from_base64(const std::string& text) {
    std::string out(text.size(), '\0');
    const int length =
        EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                        reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
    const auto padding = std::ranges::count(text, '=');
    out.resize(length < padding ? 0 : static_cast<std::size_t>(length - padding));
    return out;
}

}  // namespace

Awaitable<Connection::Status> Connection::authenticate(const ClientCommand& command) {
    if (!equals_ignoring_case(command.argument(0), "PLAIN") || !has("AUTH=PLAIN"))
        co_return "NO no such mechanism";
    std::string response = command.argument(1);
    if (!response.empty() && !has("SASL-IR")) co_return "BAD no response was asked for";
    if (response.empty()) {
        out_ += "+ \r\n";
        if (!co_await flush()) co_return Status();
        response = (co_await reader_.line()).value_or("*");
    }
    const std::string plain = from_base64(response);
    const auto first = plain.find('\0'), second = plain.find('\0', first + 1);
    if (first == std::string::npos || second == std::string::npos) co_return "BAD response";
    const std::string authorise = plain.substr(0, first);
    const std::string user = plain.substr(first + 1, second - first - 1);
    co_return sign_in(authorise.empty() ? user : authorise, plain.substr(second + 1));
}

Connection::Status Connection::login(const ClientCommand& command) {
    if (command.words.size() != 2) return "BAD a user and a password";
    return sign_in(command.argument(0), command.argument(1));
}

Connection::Status Connection::sign_in(const std::string& user, const std::string& password) {
    if (account_) return "BAD signed in already";
    Account* found = server_.account(user);
    if (!found || found->password != password) return "NO [AUTHENTICATIONFAILED] Authentication failed.";
    account_ = found;
    user_ = user;
    if (server_.persona_.renews_uidvalidity && account_->sessions_ever > 0 && account_->sessions == 0)
        for (auto& [name, folder] : account_->folders) folder.renumber(server_.new_uidvalidity());
    ++account_->sessions;
    ++account_->sessions_ever;
    if (auto answer = still_throttled()) return *answer;
    return "OK [CAPABILITY " + server_.persona_.capabilities + "] in";
}

Connection::Status Connection::capability(const ClientCommand&) {
    out_ += "* CAPABILITY " + server_.persona_.capabilities + "\r\n";
    return "OK done";
}

// What has changed is told with the answer to every command.
Connection::Status Connection::noop(const ClientCommand&) { return "OK done"; }

Connection::Status Connection::logout(const ClientCommand&) {
    say_bye("bye");
    return "OK done";
}

Connection::Status Connection::id(const ClientCommand&) {
    out_ += "* ID (\"name\" \"fake\")\r\n";
    return "OK done";
}

Connection::Status Connection::enable(const ClientCommand& command) {
    std::string enabled;
    for (const auto& word : command.words) {
        if (!equals_ignoring_case(word.text, "CONDSTORE") || !has("CONDSTORE")) continue;
        condstore_ = true;
        enabled = " CONDSTORE";
    }
    out_ += "* ENABLED" + enabled + "\r\n";
    return "OK done";
}

Connection::Status Connection::select(const ClientCommand& command) {
    selected_.reset();
    const auto& persona = server_.persona_;
    if (persona.selects_per_session && ++selects_ > persona.selects_per_session)
        return say_bye(fmt::format("Too many {} commands issued, please reconnect.", command.name));
    const Folder* found = open_folder(command.argument(0));
    if (!found) return "NO [NONEXISTENT] no such folder";
    const bool read_only = command.name == "EXAMINE";
    selected_.emplace(canonical(command.argument(0)), *found, read_only);
    out_ += fmt::format(
        "* {} EXISTS\r\n* 0 RECENT\r\n* FLAGS ({})\r\n"
        "* OK [PERMANENTFLAGS ({}{})] limited\r\n"
        "* OK [UIDVALIDITY {}] valid\r\n* OK [UIDNEXT {}] next\r\n",
        found->messages.size(), system_flags, read_only ? "" : system_flags,
        read_only || !persona.keywords ? "" : " \\*", found->uidvalidity, found->uidnext);
    if (has("CONDSTORE")) {
        out_ += fmt::format("* OK [HIGHESTMODSEQ {}] highest\r\n", found->highest_modseq);
        condstore_ |=
            std::ranges::any_of(command.words, [](const Word& word) { return word.text == "CONDSTORE"; });
    }
    return read_only ? "OK [READ-ONLY] selected" : "OK [READ-WRITE] selected";
}

Connection::Status Connection::unselect(const ClientCommand&) {
    selected_.reset();
    return "OK done";
}

Connection::Status Connection::close(const ClientCommand& command) {
    if (!selected_->read_only()) expunge(command);
    return unselect(command);
}

}  // namespace godwit::fakeimap
