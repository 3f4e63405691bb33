#include "tools/bench/pump_session.h"

#include <cstdio>
#include <stdexcept>
#include <utility>

namespace godwit::bench {

Session::Session(std::string name, const Endpoint& endpoint, bool tls, std::string user, std::string password,
                 std::vector<Command> first)
    : link(endpoint, tls),
      name_(std::move(name)),
      user_(std::move(user)),
      password_(std::move(password)),
      first_(std::move(first)) {}

std::optional<Session::Event> Session::next() {
    for (;;) {
        switch (reader.next()) {
            case Reader::Event::need_more: return std::nullopt;
            case Reader::Event::literal: return Event{Event::Kind::literal};
            case Reader::Event::octets: return Event{Event::Kind::octets};
            case Reader::Event::line:
                if (auto event = line(reader.text())) return event;
        }
    }
}

void Session::begin(const Command& command) {
    ++open_;
    link.send(command.kind + std::to_string(command.number) + ' ' + command.text);
}

void Session::log_out() {
    link.send("Z LOGOUT\r\n");
    link.flush();
}

bool Session::has(std::string_view capability) const { return has_flag(capabilities_, capability); }

void Session::refuse(std::string_view what) {
    if (!refused_++)
        std::fprintf(stderr, "bench_pump: %s: %.*s\n", name_.c_str(), static_cast<int>(what.size()),
                     what.data());
}

std::optional<Session::Event> Session::line(std::string_view text) {
    if (!greeted_) return greeted(text), std::nullopt;
    if (text.starts_with('+')) return Event{Event::Kind::go_ahead};
    if (!text.starts_with("* ")) return tagged(text);
    std::string_view rest = text.substr(2);
    const auto word = take_token(rest);
    if (same_text(word, "LIST")) return note_folder(rest), std::nullopt;
    if (same_text(word, "CAPABILITY")) return note_capabilities(rest), std::nullopt;
    if (same_text(word, "BYE")) throw std::runtime_error(name_ + " says " + std::string(text));
    return Event{Event::Kind::untagged};
}

std::optional<Session::Event> Session::tagged(std::string_view text) {
    if (text.empty()) throw std::runtime_error(name_ + " sent an empty line");
    std::string_view rest = text.substr(1);
    const Command command{text.front(), static_cast<unsigned>(to_number(take_token(rest))), {}};
    const bool ok = same_text(take_token(rest), "OK");
    if (open_) --open_;
    if (!ok) refuse(text);
    if (command.kind == 'L') {
        if (!ok) throw std::runtime_error(name_ + " refused to sign in " + user_);
        signed_in_ = true;
        note_code(rest);
        if (!capabilities_known_) send({'C', 0, "CAPABILITY"});
        send_first();
    }
    return Event{Event::Kind::answer, command, ok};
}

void Session::greeted(std::string_view text) {
    if (!text.starts_with("* OK")) throw std::runtime_error(name_ + " says " + std::string(text));
    greeted_ = true;
    note_code(text);
    send({'L', 0, "LOGIN " + quoted(user_) + ' ' + quoted(password_)});
    // Courier's login process loses what comes behind LOGIN; one that takes LITERAL+ has to keep it.
    if (has("LITERAL+")) send_first();
    capabilities_known_ = false;
}

void Session::send_first() {
    for (const auto& command : std::exchange(first_, {})) send(command);
}

void Session::note_code(std::string_view text) {
    constexpr std::string_view code = "[CAPABILITY ";
    if (const auto begin = text.find(code); begin != text.npos)
        note_capabilities(text.substr(begin + code.size(), text.find(']', begin) - begin - code.size()));
}

void Session::note_capabilities(std::string_view text) {
    capabilities_ = text;
    capabilities_known_ = true;
}

void Session::note_folder(std::string_view row) {
    const auto flags = take_token(row);
    const auto delimiter = take_token(row);
    Folder folder{take_token(row),
                  same_text(delimiter, "NIL") || delimiter.empty() ? '\0' : delimiter.front()};
    if (has_flag(flags, "\\Noselect") || has_flag(flags, "\\NonExistent")) return;
    if (same_text(folder.name, "INBOX")) folder.name = "INBOX";
    folders_[folder.name] = std::move(folder);
}

}  // namespace godwit::bench
