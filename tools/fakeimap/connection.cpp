#include "tools/fakeimap/connection.h"

#include <limits>

#include "engine/imap/folder_name.h"

namespace godwit::fakeimap {
namespace {

constexpr std::chrono::minutes patience{5};
constexpr std::uint64_t literal_minus = 4096;  // RFC 7888 section 5

bool has_word(std::string_view words, std::string_view word) {
    for (auto at = words.find(word); at != std::string_view::npos; at = words.find(word, at + 1)) {
        const auto end = at + word.size();
        if ((at == 0 || words[at - 1] == ' ') && (end == words.size() || words[end] == ' ')) return true;
    }
    return false;
}

std::uint64_t unasked_literals(const std::string& capabilities) {
    if (has_word(capabilities, "LITERAL+")) return std::numeric_limits<std::uint64_t>::max();
    return has_word(capabilities, "LITERAL-") ? literal_minus : 0;
}

// In these no EXPUNGE may be told (RFC 9051 section 7.5.1).
bool tells_expunges(std::string_view command) {
    return command != "FETCH" && command != "STORE" && command != "SEARCH";
}

}  // namespace

const Connection::Rule* Connection::rule_of(std::string_view name) {
    using C = Connection;
    using enum Needs;
    static const std::map<std::string_view, Rule> rules{
        {"CAPABILITY", {nothing, "", &C::capability}},
        {"NOOP", {nothing, "", &C::noop}},
        {"LOGOUT", {nothing, "", &C::logout}},
        {"LOGIN", {nothing, "", &C::login}},
        {"AUTHENTICATE", {nothing, "", nullptr}},
        {"ID", {nothing, "ID", &C::id}},
        {"ENABLE", {account, "ENABLE", &C::enable}},
        {"NAMESPACE", {account, "NAMESPACE", &C::namespaces}},
        {"LIST", {account, "", &C::list}},
        {"LSUB", {account, "", &C::list}},
        {"STATUS", {account, "", &C::status}},
        {"CREATE", {account, "", &C::create}},
        {"DELETE", {account, "", &C::remove}},
        {"RENAME", {account, "", &C::rename}},
        {"SUBSCRIBE", {account, "", &C::subscribe}},
        {"UNSUBSCRIBE", {account, "", &C::subscribe}},
        {"APPEND", {account, "", &C::append}},
        {"SELECT", {account, "", &C::select}},
        {"EXAMINE", {account, "", &C::select}},
        {"CHECK", {selection, "", &C::noop}},
        {"CLOSE", {selection, "", &C::close}},
        {"UNSELECT", {selection, "UNSELECT", &C::unselect}},
        {"EXPUNGE", {selection, "", &C::expunge}},
        {"UID EXPUNGE", {selection, "UIDPLUS", &C::expunge}},
        {"FETCH", {selection, "", nullptr}},
        {"UID FETCH", {selection, "", nullptr}},
        {"STORE", {selection, "", &C::store}},
        {"UID STORE", {selection, "", &C::store}},
        {"SEARCH", {selection, "", &C::search}},
        {"UID SEARCH", {selection, "", &C::search}},
        {"COPY", {selection, "", &C::copy}},
        {"UID COPY", {selection, "", &C::copy}},
        {"MOVE", {selection, "MOVE", &C::copy}},
        {"UID MOVE", {selection, "MOVE", &C::copy}},
    };
    const auto found = rules.find(name);
    return found == rules.end() ? nullptr : &found->second;
}

Connection::Connection(Server& server, std::unique_ptr<net::Stream> stream)
    : server_(server),
      stream_(std::move(stream)),
      reader_(*stream_, unasked_literals(server.persona_.capabilities)) {}

Connection::~Connection() {
    commit_deferred();
    if (account_) --account_->sessions;
}

Awaitable<bool> Connection::flush() {
    const auto text = std::exchange(out_, {});
    co_return (co_await stream_->write(text, after(patience))).has_value();
}

Awaitable<void> Connection::run() {
    out_ = fmt::format("* OK [CAPABILITY {}] fake\r\n", server_.persona_.capabilities);
    const CommandReader::LiteralGate gate = [this](const ClientCommand& command) { return refusal(command); };
    while (co_await flush() && !over_) {
        asked_ = false;
        auto command = co_await reader_.next(gate);
        if (!command) break;
        co_await carry_out(*command);
        if (cut_) {
            stream_->reset();
            co_return;
        }
    }
    stream_->close();
}

Awaitable<void> Connection::carry_out(const ClientCommand& command) {
    ++server_.seen_[command.name];
    server_.commit_due(std::chrono::steady_clock::now());
    commit_deferred();
    Status status;
    if (reader_.refused)
        status = *reader_.refused;
    else if (auto refused = refusal(command))
        status = std::move(*refused);
    else
        status = co_await handle(command);
    const auto& cut = server_.persona_.cut_before_answer;
    if (cut && cut(command.name)) cut_ = true;
    if (!cut_ && !status.empty()) finish(command, status);
}

Awaitable<Connection::Status> Connection::handle(const ClientCommand& command) {
    const Rule* rule = rule_of(command.name);
    if (!rule || (!rule->capability.empty() && !has(rule->capability))) co_return "BAD unknown command";
    if (rule->needs != Needs::nothing && !account_) co_return "BAD sign in first";
    if (rule->needs == Needs::selection && !selected_) co_return "BAD select a folder first";
    if (selected_ && !selected_folder())
        co_return say_bye("IMAP session state is inconsistent, please relogin.");
    if (command.name == "AUTHENTICATE") co_return co_await authenticate(command);
    if (!rule->handler) co_return co_await fetch(command);
    co_return (this->*rule->handler)(command);
}

void Connection::finish(const ClientCommand& command, const Status& status) {
    if (Folder* folder = selected_ && !over_ ? selected_folder() : nullptr)
        selected_->report(*folder, {tells_expunges(command.name), condstore_, qresync_}, out_);
    out_ += fmt::format("{} {}\r\n", command.tag.empty() ? "*" : command.tag, status);
    if (status.starts_with("OK") || over_) return;
    if (++errors_ == server_.persona_.errors_per_session) say_bye("Connection closed");
}

// Asked once a command: before its first literal is, or when it is complete.
std::optional<std::string> Connection::refusal(const ClientCommand& command) {
    if (std::exchange(asked_, true)) return std::nullopt;
    if (auto answer = throttled(command)) return answer;
    if (const auto& refuse = server_.persona_.refuse)
        if (auto answer = refuse(command.name, command.line)) return answer;
    if (command.name == "APPEND" && account_ && !open_folder(command.argument(0)))
        return "NO [TRYCREATE] no such folder";
    return std::nullopt;
}

std::optional<std::string> Connection::throttled(const ClientCommand& command) {
    const auto& persona = server_.persona_;
    if (!account_ || persona.throttle_every == 0 || command.name == "LOGOUT") return std::nullopt;
    if (is_nth(++account_->commands, persona.throttle_every))
        account_->throttled_until = after(std::chrono::milliseconds(persona.throttle_backoff_ms));
    return still_throttled();
}

std::optional<std::string> Connection::still_throttled() {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(account_->throttled_until -
                                                                   std::chrono::steady_clock::now());
    if (left.count() <= 0) return std::nullopt;
    over_ = true;
    return fmt::format("NO Request is throttled. Suggested Backoff Time: {} milliseconds", left.count());
}

Connection::Status Connection::say_bye(std::string_view text) {
    out_ += fmt::format("* BYE {}\r\n", text);
    over_ = true;
    return {};
}

void Connection::commit_deferred() {
    for (auto& [name, messages] : std::exchange(deferred_, {}))
        if (Folder* target = folder(name))
            for (auto& message : messages) server_.store(*account_, *target, std::move(message));
}

bool Connection::has(std::string_view capability) const {
    return has_word(server_.persona_.capabilities, capability);
}

std::string Connection::canonical(const std::string& name) const {
    return imap::canonical_name(name, server_.persona_.delimiter);
}

std::uint64_t Connection::shown_modseq(const Folder& folder) const {
    if (server_.persona_.modseq_stands) return 1;
    return server_.persona_.expunges_quietly ? folder.stored_modseq : folder.highest_modseq;
}

std::string Connection::expunge_code(const Folder& folder) const {
    return qresync_ ? fmt::format("[HIGHESTMODSEQ {}] ", shown_modseq(folder)) : std::string();
}

Folder* Connection::open_folder(const std::string& name) {
    Folder* found = folder(name);
    return found && found->selectable() ? found : nullptr;
}

Folder* Connection::selected_folder() {
    Folder* found = folder(selected_->name());
    return found && found->uidvalidity == selected_->uidvalidity() ? found : nullptr;
}

}  // namespace godwit::fakeimap
