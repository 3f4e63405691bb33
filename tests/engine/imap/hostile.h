// A server that answers one command with whatever a test likes.
#pragma once

#include "tests/engine/imap/conversation.h"

namespace godwit::imap::testing {

using namespace std::chrono_literals;

// Long before the timeout of a test's Options.
inline constexpr std::chrono::milliseconds at_once{3000};

using TagScript = std::function<Awaitable<void>(ScriptedServer&, std::string tag)>;

struct Outcome {
    Result<StatusResponse> answer = StatusResponse{};
    std::chrono::milliseconds took{};
    bool broken = false;

    ErrorKind kind() const { return answer ? ErrorKind::internal : answer.error().kind; }
    std::string words() const { return test::text_of(answer); }
};

// Greets, takes the line of `command`, plays the script, and then says nothing more until the client hangs
// up.
inline Outcome ask(const TagScript& script, Options options = {}, Command command = simple("NOOP")) {
    Outcome outcome;
    converse(
        [&](ScriptedServer& server) -> Awaitable<void> {
            co_await server.say("* OK [CAPABILITY X] hi\r\n");
            std::string tag;
            co_await server.command(tag);
            co_await script(server, tag);
            while (co_await server.line() != "<end>") {
            }
        },
        [&](Session& session) -> Awaitable<void> {
            const auto start = std::chrono::steady_clock::now();
            outcome.answer = co_await session.run(std::move(command));
            outcome.took = std::chrono::duration_cast<std::chrono::milliseconds>(
                std::chrono::steady_clock::now() - start);
            outcome.broken = session.broken();
        },
        options);
    return outcome;
}

// The same with a text, in which TAG stands for the command's tag.
inline Outcome ask(std::string text, Options options = {}, Command command = simple("NOOP")) {
    return ask(
        [&](ScriptedServer& server, std::string tag) -> Awaitable<void> {
            for (std::size_t at; (at = text.find("TAG")) != std::string::npos;) text.replace(at, 3, tag);
            co_await server.say(text);
        },
        options, std::move(command));
}

// Takes every response of a kind.
template <class Data>
Command taking(std::string name) {
    Command command = simple(std::move(name));
    command.on_data = [](Response& response) { return std::holds_alternative<Data>(response); };
    return command;
}

}  // namespace godwit::imap::testing
