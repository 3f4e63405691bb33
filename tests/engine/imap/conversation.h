// A Session and a scripted server talking to each other, for tests.
#pragma once

#include <functional>
#include <optional>

#include "engine/imap/session.h"
#include "tests/support/coro_test.h"
#include "tests/support/scripted_server.h"

namespace godwit::imap::testing {

using test::ScriptedServer;
using Script = std::function<Awaitable<void>(ScriptedServer&)>;
using Body = std::function<Awaitable<void>(Session&)>;

inline constexpr std::string_view greeting =
    "* OK [CAPABILITY IMAP4rev1 LITERAL+ SASL-IR AUTH=PLAIN UIDPLUS] ready\r\n";

struct Options {
    net::TlsMode tls = net::TlsMode::none;
    std::size_t reads = 0;            // bytes a read of the client gives at most; 0: any
    std::size_t capacity = 1u << 20;  // unread bytes on the way to the client
    SessionOptions session{.command_timeout = std::chrono::seconds(10)};
    std::chrono::milliseconds connect_wait{10'000};
    std::stop_token stop{};
};

inline Awaitable<void> conversation(const Script& script, const Body& body, const Options& options,
                                    std::optional<Error>* connect_error) {
    auto executor = co_await test::executor();
    auto context = test::context_on(executor, options.stop);
    auto [client_end, server_end] = test::memory_stream_pair(executor);
    if (options.reads) client_end->limit_reads(options.reads);
    server_end->limit_capacity(options.capacity);
    ScriptedServer server(std::move(server_end));
    test::PreparedDialer dialer(std::move(client_end));
    TaskScope scope(executor);
    scope.spawn("server", script(server));
    const net::Endpoint endpoint{.host = "mail.example", .port = 143, .tls = options.tls};
    auto session =
        co_await Session::connect(context, dialer, endpoint, options.session, after(options.connect_wait));
    if (!session && connect_error) *connect_error = session.error();
    EXPECT_EQ(session.has_value(), connect_error == nullptr) << test::text_of(session);
    if (session) {
        if (body) co_await body(**session);
        (*session)->abandon({ErrorKind::cancelled, Reach::account, "test over", {}});
        co_await (*session)->close();
    }
    server.stream().close();
    co_await scope.join();
}

// Runs both to their ends. With `connect_error`, connecting must fail, and this is how.
inline void converse(const Script& script, const Body& body, const Options& options = {},
                     std::optional<Error>* connect_error = nullptr) {
    test::run_coro(conversation(script, body, options, connect_error));
}

inline Command simple(std::string name) {
    Command command;
    command.name = name;
    command.parts = CommandBuilder(name, {}).finish();
    return command;
}

}  // namespace godwit::imap::testing
