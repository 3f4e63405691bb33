// Reads one client command, with its literals, into words. Limits are generous: this is a test server.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/net/stream.h"

namespace godwit::fakeimap {

// An argument: an atom or string, or a parenthesis ("(" and ")" with `syntax`).
struct Word {
    std::string text;
    bool syntax = false;
    bool literal = false;
};

struct ClientCommand {
    std::string tag;
    std::string name;          // upper case; "UID FETCH" counts as one name
    std::vector<Word> words;   // arguments
    std::string line;          // arguments as sent, without literals' octets
};

class CommandReader {
public:
    explicit CommandReader(net::Stream& stream) : stream_(stream) {}

    // Nothing at the end of the connection. Asks for synchronising literals with "+ go ahead" unless `refuse_literal`
    // says no by returning the answer to give; the command then comes back with only what was sent.
    using LiteralGate = std::function<std::optional<std::string>(const ClientCommand&)>;
    Awaitable<std::optional<ClientCommand>> next(const LiteralGate& gate = {});
    Awaitable<std::optional<std::string>> line();

    // Set when the gate refused: the answer to give.
    std::optional<std::string> refused;

private:
    Awaitable<bool> fill(std::size_t bytes);

    net::Stream& stream_;
    std::string buffer_;
};

}  // namespace godwit::fakeimap
