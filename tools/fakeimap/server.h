// A scriptable IMAP server in memory: for tests of what real servers do only now and then, and for load that
// no real server could take. One executor; any number of connections over any Stream.
#pragma once

#include <memory>
#include <random>

#include "engine/base/task_scope.h"
#include "tools/fakeimap/command_reader.h"
#include "tools/fakeimap/persona.h"

namespace godwit::fakeimap {

class Server {
public:
    explicit Server(Persona persona = {}) : persona_(std::move(persona)), random_(persona_.seed) {}

    std::map<std::string, Account> accounts;
    // Makes the account of a user who is not among `accounts`; nothing: there is no such user. May be empty.
    std::function<std::optional<Account>(const std::string& user)> make_account;
    Persona& persona() { return persona_; }
    std::uint64_t commands_seen(std::string_view name) const;

    // Stores what late commits hold back until `now`, by default all of it. Every command does so first; a
    // test that looks into a folder itself may have to.
    void commit_due(SteadyTime now = SteadyTime::max());

    // Serves one connection to its end. The server outlives it.
    Awaitable<void> serve(std::unique_ptr<net::Stream> stream);

private:
    friend class Connection;
    struct Late {
        SteadyTime due;
        std::string user, folder;
        std::vector<Message> messages;
    };
    // The first message that is not to be stored, and the answer.
    struct Refusal {
        std::size_t index;
        std::string answer;
    };

    Account* account(const std::string& user);
    Folder* folder(Account& account, const std::string& name);
    std::uint32_t new_uidvalidity() { return persona_.reuses_uidvalidity ? 1 : ++last_uidvalidity_; }
    std::optional<Refusal> quota_refusal(const Account& account, const std::vector<Message>& messages) const;
    std::optional<Refusal> append_refusal(const Account& account, const std::vector<Message>& messages);
    // What an APPEND stores, after all that the persona does to it; the UID, if there is one to name.
    std::optional<std::uint32_t> store(Account& account, Folder& folder, Message message);
    // What a COPY stores.
    std::uint32_t place(Account& account, Folder& folder, Message message);
    void commit_later(std::string user, std::string folder, std::vector<Message> messages);

    Persona persona_;
    std::map<std::string, std::uint64_t, std::less<>> seen_;
    std::vector<Late> late_;  // by `due`
    std::mt19937_64 random_;
    std::uint32_t last_uidvalidity_ = 1'000;
    std::uint64_t appends_ = 0;  // commands
    std::uint64_t offered_ = 0;  // messages of these
    std::uint64_t stored_ = 0;   // messages of these
};

// Whether something happens this time, as the …_every fields of Persona say.
inline bool is_nth(std::uint64_t count, std::uint64_t every) { return every > 0 && count % every == 0; }

}  // namespace godwit::fakeimap
