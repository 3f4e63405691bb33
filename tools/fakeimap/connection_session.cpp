// Signing in, selecting, and what belongs to no folder.
#include <charconv>

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

std::optional<std::uint64_t> number_of(std::string_view digits) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
    return value;
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
        const auto name = upper_case(word.text);
        if ((name != "CONDSTORE" && name != "QRESYNC") || !has(name)) continue;
        condstore_ = true;
        qresync_ |= name == "QRESYNC";
        enabled += " " + name;
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
    if (has("CONDSTORE")) out_ += fmt::format("* OK [HIGHESTMODSEQ {}] highest\r\n", shown_modseq(*found));
    if (!select_parameters(command, *found)) {
        selected_.reset();
        return "BAD arguments";
    }
    return read_only ? "OK [READ-ONLY] selected" : "OK [READ-WRITE] selected";
}

// "(CONDSTORE)", "(QRESYNC (…))" or nothing; false: malformed, or not to be said.
bool Connection::select_parameters(const ClientCommand& command, const Folder& folder) {
    const auto words = std::span<const Word>(command.words).subspan(1);
    if (words.empty()) return true;
    if (words.size() < 3 || !words[0].is('(') || !words.back().is(')')) return false;
    const auto name = upper_case(words[1].text);
    if (name == "QRESYNC" && qresync_) return resynchronise(words.subspan(2), folder);
    condstore_ |= name == "CONDSTORE";
    return name == "CONDSTORE" && words.size() == 3 && has("CONDSTORE");
}

// What follows QRESYNC (RFC 7162 section 3.2.5): "(UIDVALIDITY MODSEQ KNOWN-UIDS (…)))"; what numbers go with
// which UIDs is not looked at.
bool Connection::resynchronise(std::span<const Word> words, const Folder& folder) {
    if (words.size() < 5 || !words[0].is('(')) return false;
    const auto uidvalidity = number_of(words[1].text), since = number_of(words[2].text);
    const auto known = parse_set(words[3].syntax ? "1:4294967295" : words[3].text, folder.uidnext - 1);
    if (!uidvalidity || !since || !known) return false;
    if (uidvalidity != folder.uidvalidity) return true;
    tell_vanished(folder, *known, *since);
    for (const auto index : selected_->indices(*known, true)) {
        const Message& message = *folder.find(selected_->uids()[index]);
        if (message.modseq > *since)
            out_ += fmt::format("* {} FETCH (UID {} FLAGS ({}) MODSEQ ({}))\r\n", index + 1, message.uid,
                                joined(message.flags), message.modseq);
    }
    return true;
}

void Connection::tell_vanished(const Folder& folder, const imap::UidSet& known, std::uint64_t since) {
    std::vector<std::uint32_t> gone;
    for (const auto& [uid, modseq] : folder.vanished)
        if (modseq > since && known.contains(uid)) gone.push_back(uid);
    std::ranges::sort(gone);
    if (!gone.empty()) out_ += fmt::format("* VANISHED (EARLIER) {}\r\n", uid_list(gone));
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
