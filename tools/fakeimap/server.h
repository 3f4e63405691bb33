// A scriptable IMAP server in memory: for tests of what real servers do only now and then, and for load that no real
// server could take. One executor; any number of connections over any Stream.
#pragma once

#include <memory>

#include "engine/base/task_scope.h"
#include "tools/fakeimap/command_reader.h"
#include "tools/fakeimap/persona.h"

namespace godwit::fakeimap {

class Server {
public:
    explicit Server(Persona persona = {}) : persona_(std::move(persona)) {}

    std::map<std::string, Account> accounts;
    Persona& persona() { return persona_; }
    std::uint64_t commands_seen(std::string_view name) const;

    // Serves one connection to its end.
    Awaitable<void> serve(std::unique_ptr<net::Stream> stream);

private:
    friend class Connection;
    Persona persona_;
    std::map<std::string, std::uint64_t, std::less<>> seen_;
};

}  // namespace godwit::fakeimap
