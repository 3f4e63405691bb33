// Pieces of the commands. Internal to commands*.cpp.
#pragma once

#include "engine/imap/commands.h"
#include "engine/imap/quirks.h"

namespace godwit::imap {

inline Command make_command(std::string name, CommandBuilder&& builder) {
    Command command;
    command.name = std::move(name);
    command.parts = builder.finish();
    return command;
}

// The answer, if it is OK; else what it means.
inline Awaitable<Result<StatusResponse>> ok_answer(std::shared_ptr<InFlight> sent, std::string name) {
    GODWIT_CO_TRY(answer, co_await sent->answer());
    if (answer.status != Status::ok) co_return std::unexpected(classify(answer, name));
    co_return answer;
}

inline Awaitable<Result<StatusResponse>> run_ok(Session& session, Command command) {
    std::string name = command.name;
    GODWIT_CO_TRY(sent, co_await session.start(std::move(command)));
    co_return co_await ok_answer(std::move(sent), std::move(name));
}

// An on_data that takes every response of one kind.
template <class Data>
std::function<bool(Response&)> take(std::function<void(Data&&)> take_one) {
    return [take_one = std::move(take_one)](Response& response) {
        auto* data = std::get_if<Data>(&response);
        if (data) take_one(std::move(*data));
        return data != nullptr;
    };
}

}  // namespace godwit::imap
