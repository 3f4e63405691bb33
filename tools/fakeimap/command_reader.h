// Reads one client command, with its literals, into words. Limits are generous: this is a test server.
#pragma once

#include <functional>
#include <limits>
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

    bool is(char parenthesis) const { return syntax && text[0] == parenthesis; }
};

std::string upper_case(std::string_view text);

struct ClientCommand {
    std::string tag;
    std::string name;         // upper case; "UID FETCH" counts as one name
    std::vector<Word> words;  // arguments
    std::string line;         // arguments as sent, without literals' octets

    bool by_uid() const { return name.starts_with("UID "); }
    // The argument at this place; empty if there is none.
    const std::string& argument(std::size_t index) const;
};

class CommandReader {
public:
    // Up to `unasked` octets a literal may come without being asked for ("{5+}"): 0 without LITERAL+ and
    // LITERAL-.
    explicit CommandReader(net::Stream& stream,
                           std::uint64_t unasked = std::numeric_limits<std::uint64_t>::max())
        : stream_(stream), unasked_(unasked) {}

    // Nothing at the end of the connection. Asks for synchronising literals with "+ go ahead" unless the gate
    // says no by returning the answer to give; the command then comes back with only what was sent. So it
    // does when an unasked literal is larger than allowed; where none is allowed, its octets are then read as
    // commands, as real servers do.
    using LiteralGate = std::function<std::optional<std::string>(const ClientCommand&)>;
    Awaitable<std::optional<ClientCommand>> next(const LiteralGate& gate = {});
    Awaitable<std::optional<std::string>> line();

    // Set when the command is to be refused: the answer to give.
    std::optional<std::string> refused;

private:
    struct Announced;
    Awaitable<bool> read_literal(const Announced& literal, ClientCommand& command, const LiteralGate& gate);
    Awaitable<std::optional<std::string>> octets(std::uint64_t size);

    net::Stream& stream_;
    std::uint64_t unasked_;
    std::string buffer_;
    std::size_t taken_ = 0;  // of the buffer's front
};

}  // namespace godwit::fakeimap
