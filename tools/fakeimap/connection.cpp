#include "tools/fakeimap/connection.h"

#include <openssl/evp.h>

#include "engine/base/text.h"
#include "engine/imap/folder_name.h"

namespace godwit::fakeimap {
namespace {

std::string quoted(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out += '"';
}

std::string from_base64(const std::string& text) {
    std::string out(text.size(), '\0');
    const int length = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                       reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
    const auto padding = std::ranges::count(text, '=');
    out.resize(length < padding ? 0 : static_cast<std::size_t>(length - padding));
    return out;
}

}  // namespace

Awaitable<bool> Connection::say(std::string text) {
    co_return (co_await stream_->write(text, after(std::chrono::minutes(5)))).has_value();
}

Awaitable<void> Connection::run() {
    if (!co_await say(fmt::format("* OK [CAPABILITY {}] fake\r\n", server_.persona_.capabilities))) co_return;
    const auto gate = [this](const ClientCommand& command) -> std::optional<std::string> {
        return server_.persona_.refuse ? server_.persona_.refuse(command.name, command.line) : std::nullopt;
    };
    while (!over_) {
        auto command = co_await reader_.next(gate);
        if (!command) break;
        ++server_.seen_[command->name];
        Answer answer;
        if (reader_.refused)
            answer.status = *reader_.refused;
        else if (auto refused = gate(*command))
            answer.status = *refused;
        else
            answer = co_await handle(*command);
        const auto& cut = server_.persona_.cut_before_answer;
        if (cut && cut(command->name)) {
            stream_->reset();
            co_return;
        }
        if (!co_await say(answer.data + command->tag + " " + answer.status + "\r\n")) break;
    }
    stream_->close();
}

Folder* Connection::folder(const std::string& name) {
    const auto found = account_->folders.find(imap::canonical_name(name, server_.persona_.delimiter));
    return found == account_->folders.end() ? nullptr : &found->second;
}

Awaitable<Connection::Answer> Connection::handle(ClientCommand& command) {
    const auto& name = command.name;
    const auto word = [&](std::size_t i) { return i < command.words.size() ? command.words[i].text : std::string(); };
    if (name == "CAPABILITY") co_return Answer{"* CAPABILITY " + server_.persona_.capabilities + "\r\n"};
    if (name == "NOOP" && selected_) co_return Answer{fmt::format("* {} EXISTS\r\n", selected_->messages.size())};
    if (name == "NOOP") co_return Answer{};
    if (name == "LOGOUT") {
        over_ = true;
        co_return Answer{"* BYE bye\r\n"};
    }
    if (name == "LOGIN") co_return sign_in(word(0), word(1));
    if (name == "AUTHENTICATE") co_return co_await authenticate(command);
    if (!account_) co_return Answer{"", "BAD sign in first"};
    if (name == "NAMESPACE")
        co_return Answer{fmt::format("* NAMESPACE (({} \"{}\")) NIL NIL\r\n", quoted(server_.persona_.prefix),
                                     server_.persona_.delimiter)};
    if (name == "LIST" || name == "LSUB") co_return list(command);
    if (name == "SELECT" || name == "EXAMINE") co_return select(command);
    if (name == "UID FETCH" && selected_) co_return fetch(command);
    if (name == "UID STORE" && selected_) co_return store(command);
    if (name == "APPEND") co_return append(command);
    if (name == "CREATE") {
        const bool fresh = account_->folders.try_emplace(word(0)).second;
        co_return Answer{"", fresh ? "OK created" : "NO [ALREADYEXISTS] exists"};
    }
    if (name == "SUBSCRIBE" && folder(word(0))) {
        folder(word(0))->subscribed = true;
        co_return Answer{};
    }
    if (name == "STATUS" && folder(word(0)))
        co_return Answer{fmt::format("* STATUS {} (MESSAGES {})\r\n", quoted(word(0)), folder(word(0))->messages.size())};
    co_return Answer{"", "NO what"};
}

Awaitable<Connection::Answer> Connection::authenticate(ClientCommand& command) {
    std::string response = command.words.size() > 1 ? command.words[1].text : std::string();
    if (response.empty()) {
        if (!co_await say("+ \r\n")) co_return Answer{"", "NO"};
        response = (co_await reader_.line()).value_or("");
    }
    const std::string plain = from_base64(response);
    const auto first = plain.find('\0'), second = plain.find('\0', first + 1);
    if (second == std::string::npos) co_return Answer{"", "BAD response"};
    const std::string authorise = plain.substr(0, first);
    const std::string user = plain.substr(first + 1, second - first - 1);
    co_return sign_in(authorise.empty() ? user : authorise, plain.substr(second + 1));
}

Connection::Answer Connection::sign_in(const std::string& user, const std::string& password) {
    const auto found = server_.accounts.find(user);
    if (found == server_.accounts.end() || found->second.password != password)
        return {"", "NO [AUTHENTICATIONFAILED] Authentication failed."};
    account_ = &found->second;
    return {"", "OK [CAPABILITY " + server_.persona_.capabilities + "] in"};
}

Connection::Answer Connection::list(const ClientCommand& command) {
    Answer answer;
    const bool lsub = command.name == "LSUB";
    const bool extended = command.line.find("RETURN") != std::string::npos;
    for (const auto& [name, folder] : account_->folders) {
        if (lsub && !folder.subscribed) continue;
        answer.data += fmt::format("* {} ({}) \"{}\" {}\r\n", command.name,
                                   extended && folder.subscribed ? "\\Subscribed" : "", server_.persona_.delimiter,
                                   quoted(name));
    }
    return answer;
}

Connection::Answer Connection::select(const ClientCommand& command) {
    selected_ = command.words.empty() ? nullptr : folder(command.words[0].text);
    if (!selected_) return {"", "NO [NONEXISTENT] no such folder"};
    return {fmt::format("* {} EXISTS\r\n* FLAGS (\\Seen \\Answered \\Flagged \\Deleted \\Draft)\r\n"
                        "* OK [PERMANENTFLAGS (\\Seen \\Answered \\Flagged \\Deleted \\Draft \\*)] limited\r\n"
                        "* OK [UIDVALIDITY {}] valid\r\n* OK [UIDNEXT {}] next\r\n",
                        selected_->messages.size(), selected_->uidvalidity, selected_->uidnext),
            command.name == "SELECT" ? "OK [READ-WRITE] selected" : "OK [READ-ONLY] selected"};
}

Connection::Answer Connection::append(const ClientCommand& command) {
    Folder* target = command.words.empty() ? nullptr : folder(command.words[0].text);
    if (!target) return {"", "NO [TRYCREATE] no such folder"};
    Message message;
    bool in_flags = false;
    for (std::size_t i = 1; i < command.words.size(); ++i) {
        const auto& word = command.words[i];
        if (word.syntax)
            in_flags = word.text == "(";
        else if (in_flags)
            message.flags.push_back(word.text);
        else if (word.literal)
            message.octets = word.text;
        else
            message.internal_date = word.text;
    }
    if (server_.persona_.on_append && !server_.persona_.on_append(message)) return {"", "OK accepted"};
    const auto uid = target->append(std::move(message));
    const bool uidplus = server_.persona_.capabilities.find("UIDPLUS") != std::string::npos;
    return {"", uidplus ? fmt::format("OK [APPENDUID {} {}] appended", target->uidvalidity, uid) : "OK appended"};
}

}  // namespace godwit::fakeimap
